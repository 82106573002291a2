"""Which scripts of other origins may call an endpoint and read its answers: CORS (Fetch Standard,
section 3.2; RFC 9700, section 2.6 says where).
"""

from __future__ import annotations

import re

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.uris import match_redirect_uri, origin_of
from mockidp.profiles.schema import Profile
from mockidp.web.message import Answer, RawHeaders, Request

CITES = "Fetch, 3.2"

#: They say nothing that is not for everybody; and who registers has no redirect URI yet.
_PUBLIC = ("jwks", "discovery", "protected_resource", "registration")
_LONGEST_SHOWN = 200
_METHOD = re.compile(r"[A-Za-z]{1,20}")
_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{0,1000}")


def has_scripts(profile: Profile, endpoint: str) -> bool:
    """Whether scripts may call this endpoint at all."""
    return endpoint in profile.cors.endpoints


def preflight(lane: Issuer, endpoint: str, request: Request) -> Answer | None:
    """The answer to a browser that asks before it lets a script ask; None for any other request.

    Its headers are those of ``allow``.
    """
    method = request.header(b"access-control-request-method")
    origin = request.header(b"origin")
    if request.method != "OPTIONS" or origin is None or method is None:
        return None
    if not _may_read(lane, endpoint, origin):
        return Answer(403)  # `allow` says why
    headers: RawHeaders = []
    if _METHOD.fullmatch(method):
        headers.append((b"access-control-allow-methods", method.encode()))
    wanted = request.header(b"access-control-request-headers")
    # Whatever the script wants to send: what the endpoint makes of it is its own business.
    if wanted and _NAMES.fullmatch(wanted):
        headers.append((b"access-control-allow-headers", wanted.encode()))
    seconds = f"{lane.profile.cors.max_age:g}"
    return Answer(204, [*headers, (b"access-control-max-age", seconds.encode())])


def allow(
    lane: Issuer, endpoint: str, headers: RawHeaders, answer: Answer, entry: Exchange
) -> None:
    """Let the script that asks read the answer, refusals included, or say in the journal why it
    cannot.
    """
    origin = next((value.decode("latin-1") for name, value in headers if name == b"origin"), None)
    if origin is None:
        return
    if not _is_for_all(lane, endpoint):
        answer.headers.append((b"vary", b"Origin"))
    if not _may_read(lane, endpoint, origin):
        if not entry.hint:
            entry.cites = CITES
            entry.hint = (
                f"a browser keeps the answer from the script, because its origin "
                f"{origin[:_LONGEST_SHOWN]!r} is that of no client's redirect URI: register one, "
                "or set cors.origins = 'any'"
            )
        return
    allowed = "*" if _is_for_all(lane, endpoint) else origin
    answer.headers.append((b"access-control-allow-origin", allowed.encode("latin-1")))
    if entry.method != "OPTIONS" and (exposed := lane.profile.cors.exposed):
        answer.headers.append((b"access-control-expose-headers", ", ".join(exposed).encode()))


def _is_for_all(lane: Issuer, endpoint: str) -> bool:
    return endpoint in _PUBLIC or lane.profile.cors.origins == "any"


def _may_read(lane: Issuer, endpoint: str, origin: str) -> bool:
    if _is_for_all(lane, endpoint):
        return True
    known = {origin_of(uri) for client in lane.clients.all() for uri in client.redirect_uris} - {""}
    # At the loopback address the port of a native client changes with each start (RFC 8252, 7.3).
    return match_redirect_uri(f"{origin}/", [f"{known_origin}/" for known_origin in known])
