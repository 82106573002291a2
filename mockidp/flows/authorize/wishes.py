"""What an authentication request asks of the user and of the claims besides scopes: the steps that
read `claims`, `claims_locales`, `acr_values`, `id_token_hint` and offline_access (OpenID Connect
Core 1.0, sections 3.1.2.1, 5.2, 5.5 and 11), and whom it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockidp.flows.authorize.request import Authorization
from mockidp.issuer import Issuer
from mockidp.keys.segment import parse_object
from mockidp.model.artifact import JSON
from mockidp.model.user import User
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.tokens.hint import read_hint
from mockidp.tokens.subjects import subject_for
from mockidp.tokens.user_claims import named_by
from mockidp.tokens.wishes import Asked, Wishes, fits

_CITES = "OpenID Connect Core 1.0, 5.5"
_MOST_CLAIMS = 100
_MOST_LOCALES = 20
_LONGEST_SHOWN = 100


def read_wishes(lane: Issuer, it: Authorization) -> None:
    """`claims`, `claims_locales` and the class of the sign-in."""
    served = lane.profile.authentication.parameters
    members: Mapping[str, Any] = {}
    written = it.params.get("claims") if "claims" in served else None
    if written is not None:
        try:
            members = parse_object(written.encode("utf-8", "replace"))
        except ValueError as problem:
            raise invalid_request(f"the parameter claims {problem}", cites=_CITES) from None
    locales = it.params.get("claims_locales", "") if "claims_locales" in served else ""
    id_token = _asked(members, "id_token")
    acr = _acr(lane, it, id_token)
    if members or locales or acr is not None:  # Few requests ask for any of it.
        it.wishes = Wishes(
            id_token=id_token,
            userinfo=_asked(members, "userinfo"),
            locales=tuple(locales.split()[:_MOST_LOCALES]),
            acr=acr,
        )


def _asked(members: Mapping[str, Any], place: str) -> Asked:
    """The claims for one place; what else is written there means nothing and is ignored."""
    claims = members.get(place)
    if claims is None:
        return {}
    if not isinstance(claims, Mapping):
        raise invalid_request(f"{place} in the parameter claims is no object", cites=_CITES)
    if len(claims) > _MOST_CLAIMS:
        hint = f"{place} asks for {len(claims)} claims, more than {_MOST_CLAIMS}"
        raise invalid_request(hint, cites=_CITES)
    for name, wanted in claims.items():
        problem = _problem(wanted)
        if problem:
            hint = f"the claim {name[:_LONGEST_SHOWN]!r} of {place} {problem}"
            raise invalid_request(hint, cites=f"{_CITES}.1")
    return claims


def _problem(wanted: Any) -> str:
    if wanted is None:
        return ""
    if not isinstance(wanted, Mapping):
        return "is asked for with neither null nor an object"
    if not isinstance(wanted.get("essential", False), bool):
        return "has an essential that is neither true nor false"
    return "" if isinstance(wanted.get("values", []), list) else "has values that are no list"


def _acr(lane: Issuer, it: Authorization, id_token: Asked) -> str | None:
    """The class that the sign-in is of; None where nobody asks.

    Each sign-in here is of every class that there is.
    """
    supported = lane.profile.authentication.acr_values
    if not supported:
        return None
    claim: Mapping[str, JSON] = id_token.get("acr") or {}
    values = claim.get("values")
    named = [claim.get("value"), *(values if isinstance(values, list | tuple) else ())]
    # 5.5.1.1: what the claim says is more than a wish, and comes first.
    wanted = [text for text in named if isinstance(text, str)]
    is_essential = bool(wanted) and claim.get("essential") is True
    wanted = wanted or it.params.get("acr_values", "").split() or list(it.client.default_acr_values)
    if not wanted and "acr" not in id_token:
        return None
    for text in wanted:
        if text in supported:
            return text
    if is_essential:
        shown = ", ".join(wanted)[:_LONGEST_SHOWN]
        raise OAuthError(
            "unmet_authentication_requirements",
            hint=f"acr is essential and must be {shown}; this provider has: "
            f"{', '.join(supported)} (authentication.acr_values)",
            cites="OpenID Connect Core 1.0, 5.5.1.1; OpenID Connect Core Error Code "
            "unmet_authentication_requirements 1.0",
        )
    return supported[0]


def read_hint_of_user(lane: Issuer, it: Authorization) -> None:
    """`id_token_hint`: the user whom an ID token of ours is about."""
    token = it.params.get("id_token_hint")
    if token is not None and "id_token_hint" in lane.profile.authentication.parameters:
        it.hinted_sub = read_hint(lane, token, cites="OpenID Connect Core 1.0, 3.1.2.1").sub


def drop_offline_access(lane: Issuer, it: Authorization) -> None:
    """OpenID Connect Core 1.0, 11: ignored, unless what it needs is there."""
    policy = lane.profile.authentication.offline_access
    if "offline_access" not in it.scopes:
        return
    has_consent = policy != "with prompt=consent" or "consent" in it.prompts
    has_code = policy == "asked for" or "code" in it.response_words
    if not (lane.has("offline_access") and has_code and has_consent):
        it.scopes = tuple(scope for scope in it.scopes if scope != "offline_access")


def is_about(lane: Issuer, request: Authorization, user: User) -> bool:
    """Whether the request may be answered for this user (OpenID Connect Core 1.0, 3.1.2.2 and
    5.5.1).
    """
    if request.hinted_sub not in (None, user.sub):
        return False
    subs = [claims.get("sub") for claims in (request.wishes.id_token, request.wishes.userinfo)]
    if not any(subs):
        return True
    subject = subject_for(lane, request.client, user)
    return all(fits(subject, asked) for asked in subs)


def meant_user(lane: Issuer, request: Authorization) -> User | None:
    """Whom the request is about; None where it may be anybody, or nobody fits."""
    if is_about_anybody(request):
        return None
    return next((user for user in lane.users.all() if is_about(lane, request, user)), None)


def is_about_anybody(request: Authorization) -> bool:
    """Whether it says nothing of whom it is about."""
    places = (request.wishes.id_token, request.wishes.userinfo)
    subs = [claims.get("sub") or {} for claims in places]
    return request.hinted_sub is None and not any({"value", "values"} & {*asked} for asked in subs)


def single_claims(request: Authorization) -> tuple[str, ...]:
    """Claims about the user that no scope of the request gives: the user agrees to each."""
    asked = (*request.wishes.id_token, *request.wishes.userinfo)
    if not asked:
        return ()
    given = {*named_by(request.scopes), "sub", "acr", "amr", "auth_time"}
    return tuple(dict.fromkeys(name for name in asked if name.partition("#")[0] not in given))
