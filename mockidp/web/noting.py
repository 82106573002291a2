"""What the journal keeps of a request's path and parameters: no secret, wherever in it one may have
got to.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice

from mockidp.issuer import Issuer
from mockidp.model.artifact import ArtifactKind
from mockidp.model.client import Client
from mockidp.model.event import Exchange
from mockidp.oauth.names import REQUEST_PARAMETERS, SECRET_PARAMETERS
from mockidp.oauth.params import PLAUSIBLE_NAME, Params
from mockidp.web.message import without_secrets

LONGEST_SHOWN = 200
_LONGEST_PATH = 500
_MOST_SHOWN = 50
#: Names that are nobody's secret.
_WELL_KNOWN = frozenset(REQUEST_PARAMETERS)
#: What a secret may be called beside what the specifications call it, without the signs between
#: the words: in whole, in part, and in the end.
_SECRET_NAMES = frozenset(
    (
        *(name.replace("_", "") for name in SECRET_PARAMETERS),
        *("authorization", "bearer", "cookie", "pass"),
    )
)
_SECRET_WORDS = (
    "secret",
    "passw",
    "passphrase",
    "pwd",
    "apikey",
    "credential",
    "sessid",
    "sessionid",
)
_SECRET_ENDS = ("token", "accesskey", "privatekey")
_BETWEEN_WORDS = re.compile(r"[_.\[\]-]")
#: The name of a parameter in a path, as where the question mark was encoded too; from its first
#: letter on, so that a long path is read once.
_NAME = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{1,64})\"? ?(?:[=:]|%3[AaDd])")
#: Where its value ends, whatever is in it.
_END = re.compile(r"[&;]|$")
#: What looks like a JWT (RFC 7515, 7.1), whoever has made it.
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+")
#: What belongs in the Authorization header (RFC 9110, 11.4); what is short is a word.
_CREDENTIALS = re.compile(
    r"(?<![A-Za-z0-9_-])(basic|bearer|dpop)((?:[ +]|%20)+)[A-Za-z0-9._~+/=-]{12,}", re.IGNORECASE
)
_PIECE = re.compile(r"[A-Za-z0-9_-]+|[^A-Za-z0-9_-]+")
#: What opens something for whoever has read its id.
_HANDLES: tuple[ArtifactKind, ...] = (
    "access_token",
    "refresh_token",
    "authorization_code",
    "device_code",
    "registration_access_token",
    "session",
)


def note(lane: Issuer, entry: Exchange, params: Params, client_id: str | None) -> None:
    """Put what was asked into the entry."""
    client = lane.clients.get(client_id) if client_id else None
    known = (client,) if client else lane.clients.all()
    shown: dict[str, str] = {}
    for name, value in islice(params.items(), _MOST_SHOWN):
        if name == "client_id" and client:  # it may be equal to the secret
            shown[name] = value
        elif (
            name not in _WELL_KNOWN and name not in SECRET_PARAMETERS and not _is_name(name, known)
        ):
            shown["(no name)"] = "***"
        elif _is_secret(name):
            shown[name] = "***"
        else:
            shown[name] = without_secrets(value, known)[:LONGEST_SHOWN]
    entry.params = shown
    if client or not client_id:
        entry.client_id = client_id or None
    else:
        entry.client_id = without_secrets(client_id, known)[:LONGEST_SHOWN]


def shown_path(path: str, *lanes: Issuer) -> str:
    """A path that anybody may have made up: what belongs in a header or a body may be in it. What
    can be seen to be secret is left out, and what one of the ``lanes`` knows to be.
    """
    for lane in lanes:
        path = without_secrets(path, lane.clients.all())
    path = _JWT.sub("***", _CREDENTIALS.sub(r"\1\2***", _without_values(path)))
    shown = ""
    for found in _PIECE.finditer(path):
        if len(shown) >= _LONGEST_PATH:
            break
        shown += "***" if any(_is_handle(lane, found[0]) for lane in lanes) else found[0]
    return shown[:_LONGEST_PATH]


def _without_values(path: str) -> str:
    """The path, of secret parameters the names alone."""
    shown, at = "", 0
    for found in _NAME.finditer(path):
        name = found[1]
        if found.start() < at or not _is_secret(name):
            continue
        end = _END.search(path, found.end())
        value_end = end.start() if end else len(path)
        shown += path[at : found.end()] + ("***" if value_end > found.end() else "")
        at = value_end
    return shown + path[at:]


def _is_handle(lane: Issuer, text: str) -> bool:
    now = lane.clock.now()
    return any(lane.store.get(kind, text, now=now) is not None for kind in _HANDLES)


def note_form(lane: Issuer, entry: Exchange, params: Params) -> None:
    """The same for a form of our own pages. The error that a tester may choose comes with every
    button, and means something with one of them alone.
    """
    note(lane, entry, params, None)
    if params.get("action") != "fail":
        entry.params = {name: value for name, value in entry.params.items() if name != "error"}


def _is_name(text: str, clients: Collection[Client]) -> bool:
    # Of a body in another form, such as JSON, the "name" may be anything.
    return bool(PLAUSIBLE_NAME.fullmatch(text)) and without_secrets(text, clients) == text


def _is_secret(name: str) -> bool:
    """Whether a value with this name is nobody's to read, however the name is spelt."""
    if name in SECRET_PARAMETERS or name in _WELL_KNOWN:
        return name in SECRET_PARAMETERS
    written = _BETWEEN_WORDS.sub("", name.lower())
    return (
        written in _SECRET_NAMES
        or written.endswith(_SECRET_ENDS)
        or any(word in written for word in _SECRET_WORDS)
    )
