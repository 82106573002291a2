"""Whether a token was made for who is asked: the API, or userinfo (RFC 9068, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockidp.issuer import Issuer
from mockidp.tokens.claims import fill
from mockidp.tokens.lookup import Bearer, TokenRefused
from mockidp.web.dpop import SCHEME, uses_dpop
from mockidp.web.message import Request

_LONGEST_SHOWN = 200


def check_audience(
    lane: Issuer,
    request: Request,
    bearer: Bearer,
    accepted: Sequence[str],
    paths: Sequence[str],
    *,
    who: str,
    fact: str,
) -> None:
    """A token that was made for somebody else is none, or he could use it here. ``accepted`` is
    what the ``fact`` says, ``paths`` what {resource} stands for, and ``who`` is asked.

    :raises TokenRefused: where its `aud` names nobody who is accepted.
    """
    audience = bearer.claims.get("aud")
    if not accepted or audience is None:
        return
    named = {audience} if isinstance(audience, str) else set(map(str, _listed(audience)))
    # It may have been fetched under another address of the same provider.
    for place in (request.place.issuer, *lane.system.issuers):
        if named & set(_audiences(accepted, place, place, paths)):
            return
    ours = ", ".join(_audiences(accepted, request.place.issuer, request.place.origin, paths))
    shown = ", ".join(sorted(named))[:_LONGEST_SHOWN] or "nobody"
    problem = TokenRefused("invalid", f"aud is {shown}; {who} is: {ours} (RFC 9068, 4), see {fact}")
    problem.scheme = SCHEME if uses_dpop(lane, request) else problem.scheme
    raise problem


def _audiences(
    accepted: Sequence[str], issuer: str, origin: str, paths: Sequence[str]
) -> list[str]:
    known = {"issuer": issuer, "resource": [origin + path for path in paths]}
    return [str(one) for one in fill({"aud": accepted}, known)["aud"]]


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
