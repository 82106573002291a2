"""The tokens that a decision is worth, as members of the answer (RFC 6749, section 5.1; OpenID
Connect Core 1.0, section 3.1.3.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockidp.control.script import TokenOverride
from mockidp.flows.grant import Decision, Grant, TokenRequest
from mockidp.flows.resources import asked_resources, audience_of, to_data
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.oauth.scopes import format_scope
from mockidp.records import dataclass
from mockidp.tokens.handles import Granted, mint_refresh_token
from mockidp.tokens.mint import AccessToken, mint_access_token, mint_id_token
from mockidp.tokens.user_claims import claims_of

_NO_OVERRIDE = TokenOverride()


@dataclass(frozen=True, slots=True)
class _Issue:
    """What all tokens of one answer are made from."""

    lane: Issuer
    request: TokenRequest
    client: Client
    decision: Decision
    resources: tuple[str, ...]


def issue(
    lane: Issuer, request: TokenRequest, client: Client, grant: Grant, decision: Decision
) -> Mapping[str, Any]:
    """The members of the answer, in no particular order."""
    of = _Issue(lane, request, client, decision, asked_resources(lane, request.params))
    user, family = decision.user, decision.family
    if family is None and user is not None:
        family = lane.ids.token(16)
    minted = _access_token(of, family)
    members: dict[str, Any] = {
        "access_token": minted.token,
        "token_type": "DPoP" if "jkt" in request.confirmation else "Bearer",
        "expires_in": minted.expires_in,
        "scope": format_scope(minted.scopes) or None,
        **decision.members,
    }
    if user is None or family is None:
        return members
    scopes = decision.scopes if decision.refresh_scopes is None else decision.refresh_scopes
    gives_id_token = _gives_id_token(lane, grant, decision)
    if _gives_refresh_token(lane, client, grant, scopes, gives_id_token):
        members["refresh_token"] = mint_refresh_token(
            lane,
            Granted(
                client_id=client.client_id,
                subject=user.sub,
                scopes=scopes,
                family=family,
                data=_kept_with_refresh_token(of, minted),
            ),
        )
    if gives_id_token:
        members["id_token"] = _id_token(of, user, minted)
    return members


def _access_token(of: _Issue, family: str | None) -> AccessToken:
    override = of.lane.script.take_token() or _NO_OVERRIDE
    decision, confirmation = of.decision, of.request.confirmation
    claims = override.claims
    if of.resources or confirmation or decision.claims:
        bound = {"cnf": dict(confirmation)} if confirmation else {}  # RFC 7800, 3.1
        claims = {**audience_of(of.resources), **bound, **decision.claims, **(claims or {})}
    return mint_access_token(
        of.lane,
        client=of.client,
        subject=decision.subject,
        scopes=decision.scopes,
        issuer=of.request.issuer,
        user=decision.user,
        family=family,
        lifetime=override.lifetime,
        claims=claims,
        auth_time=decision.auth_time,
        wishes=decision.wishes,
    )


def _kept_with_refresh_token(of: _Issue, minted: AccessToken) -> dict[str, Any]:
    """What the next token request has to know."""
    decision, confirmation = of.decision, of.request.confirmation
    again = decision.refresh_resources
    return {
        "access_token": minted.record_id,
        "auth_time": decision.auth_time,
        "sid": decision.sid,
        **decision.wishes.to_data(),
        **to_data(of.resources if again is None else again),
        # RFC 9449, 5; RFC 8705, 4: who proves who it is needs no key beside that
        **({"cnf": dict(confirmation)} if confirmation and of.client.is_public else {}),
    }


def _id_token(of: _Issue, user: User, minted: AccessToken) -> str:
    decision = of.decision
    return mint_id_token(
        of.lane,
        client=of.client,
        user=user,
        issuer=of.request.issuer,
        auth_time=decision.auth_time,
        nonce=decision.nonce,
        sid=decision.sid,
        access_token=minted.token,
        wishes=decision.wishes,
        claims=claims_of(
            user,
            decision.scopes if of.lane.profile.id_token.user_claims else (),
            asked=decision.wishes.id_token,
            locales=decision.wishes.locales,
        ),
    )


def _gives_id_token(lane: Issuer, grant: Grant, decision: Decision) -> bool:
    policy = lane.profile.id_token
    if decision.has_id_token and not policy.again:
        return False
    return grant.grant_type in policy.given_by and "openid" in decision.scopes


def _gives_refresh_token(
    lane: Issuer, client: Client, grant: Grant, scopes: Sequence[str], gives_id_token: bool
) -> bool:
    policy = lane.profile.refresh_token
    if grant.grant_type == "refresh_token":
        return policy.rotates
    if "refresh_token" not in lane.profile.token.grant_types:
        return False
    if grant.grant_type not in policy.given_by or "refresh_token" not in client.grant_types:
        return False
    # OpenID Connect Core 1.0, 11
    asks = policy.needs == "offline_access" or (
        policy.needs == "offline_access with id_token" and gives_id_token
    )
    return "offline_access" in scopes if asks else True
