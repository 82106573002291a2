"""For which resources a token is: what a request names, and what its grant allows (RFC 8707)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params

PARAMETER = "resource"

#: RFC 8707, 2: an absolute URI (RFC 3986, 4.3), so without a fragment.
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!$-;=?-Z_a-z~%\[\]@]+")
_LONGEST = 2000
_LONGEST_SHOWN = 200
#: In one request; each of them gets into the token.
_MOST = 10


def repeatable(lane: Issuer) -> tuple[str, ...]:
    """The parameters that may be sent several times."""
    return (PARAMETER,) if lane.profile.resource_indicators.accepted else ()


def asked_resources(lane: Issuer, params: Params) -> tuple[str, ...]:
    """What the request names, each once; nothing at a provider that does not look.

    :raises OAuthError: ``invalid_target``.
    """
    policy = lane.profile.resource_indicators
    if PARAMETER not in params or not policy.accepted:
        return ()
    asked = tuple(dict.fromkeys(params.every(PARAMETER)))
    if len(asked) > _MOST:
        raise _refusal(f"{len(asked)} resources are named, more than the {_MOST} allowed")
    for resource in asked:
        shown = repr(resource[:_LONGEST_SHOWN])
        if len(resource) > _LONGEST or not _ABSOLUTE_URI.fullmatch(resource):
            raise _refusal(f"resource {shown} is no absolute URI without a fragment")
        if policy.known and resource not in policy.known:
            raise _refusal(f"resource {shown} is none of: {', '.join(policy.known)}")
    return asked


def chosen_resources(
    lane: Issuer, params: Params, granted: Sequence[str], *, what: str
) -> tuple[str, ...]:
    """Those of the grant that a token request names, or all of them where it names none (2.2).

    :raises OAuthError: ``invalid_target`` when it names others.
    """
    asked = asked_resources(lane, params)
    wider = [resource for resource in asked if resource not in granted]
    if wider:
        had = ", ".join(granted) or "none: name it in the authorization request too"
        raise _refusal(
            f"resource {wider[0][:_LONGEST_SHOWN]!r} is not one that the {what} stands for: {had}",
            "RFC 8707, 2.2",
        )
    return asked or tuple(granted)


def resources_in(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Those that a code or a refresh token stands for."""
    return tuple(data.get("resources", ()))


def to_data(resources: Sequence[str]) -> dict[str, list[str]]:
    """For a code or a refresh token; empty where none is named."""
    return {"resources": list(resources)} if resources else {}


def audience_of(resources: Sequence[str]) -> dict[str, Any]:
    """The claim of a token that is for these; empty where none is named (RFC 9068, 3)."""
    if not resources:
        return {}
    return {"aud": resources[0] if len(resources) == 1 else list(resources)}


def _refusal(hint: str, cites: str = "RFC 8707, 2") -> OAuthError:
    return OAuthError("invalid_target", hint=hint, cites=cites)
