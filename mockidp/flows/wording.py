"""What an error says on the wire: the profile's words for its case, or else those of the RFC."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mockidp.oauth.errors import DESCRIPTIONS, OAuthError
from mockidp.oauth.names import WIDER_CASES
from mockidp.profiles.schema import Profile
from mockidp.records import dataclass

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    error: str
    description: str
    hint: str
    uri: str
    status: int
    #: A whole body, in the place of the members; None: there is none of its own.
    body: Mapping[str, Any] | None


def wording(profile: Profile, error: OAuthError) -> Wording:
    """The texts and the status of an error in the manner of the profile."""
    said = _said(profile.errors.cases, error)
    code = said.get("error", error.code)
    usual = error.description or DESCRIPTIONS.get(code, "")
    body = said.get("body")
    return Wording(
        error=code,
        # The provider's own texts are taken as they are; what a client sent in them is not.
        description=_filled(said.get("description", describable(usual)), error.values),
        hint=_filled(said.get("hint", ""), error.values),
        uri=said.get("uri", ""),
        status=said.get("status") or error.status or _status(profile, code),
        body=None if body is None else _filled_body(body, error.values),
    )


def _said(cases: Mapping[str, Any], error: OAuthError) -> Mapping[str, Any]:
    """The words for the case, or for the next wider one that the provider has words for."""
    wider = WIDER_CASES.get(error.case, "")
    general = "malformed_request" if error.code == "invalid_request" else ""
    found = (cases[case] for case in (error.case, wider, general) if case in cases)
    return next(found, {})


def describable(text: str) -> str:
    """The text in the characters that a description may have (RFC 6749, 5.2)."""
    # %x20-21 / %x23-5B / %x5D-7E, so neither quotes nor backslashes
    text = text.replace('"', "'").replace("\\", "/")
    return "".join(char if " " <= char <= "~" else "?" for char in text)


def _status(profile: Profile, code: str) -> int:
    policy = profile.errors
    return policy.invalid_client_status if code == "invalid_client" else policy.status


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: describable(values.get(found[1], "")), text)


def _filled_body(body: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: _filled(value, values) if isinstance(value, str) else value
        for name, value in body.items()
    }
