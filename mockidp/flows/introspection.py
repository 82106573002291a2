"""What a token is good for, told to a client that may know (RFC 7662)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockidp.flows.client_auth import authenticate
from mockidp.flows.grant import TokenRequest
from mockidp.flows.spending import usable_refresh_token
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.oauth.errors import invalid_client, missing_parameter
from mockidp.records import dataclass
from mockidp.tokens.lookup import TokenRefused, look_up
from mockidp.tokens.subjects import is_pairwise, subject_for, user_known_as


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The answer; ``hint`` says why a token is not active."""

    members: Mapping[str, Any]
    hint: str = ""


def introspect(lane: Issuer, request: TokenRequest) -> Told:
    """The members of the answer, in the profile's order.

    :raises OAuthError: when the request itself is refused (2.3).
    """
    if lane.profile.token.repeated == "refuse":
        request.params.refuse_repeated()
    client = authenticate(lane, request)
    if client.is_public:
        raise invalid_client(
            f"client {client.client_id!r} is public, and whoever introspects has to prove who it "
            "is: use a client with a secret, such as that of the API",
            cites="RFC 7662, 2.1",
        )
    token = request.params.get("token")
    if token is None:
        raise missing_parameter("token", "token is missing", cites="RFC 7662, 2.1")
    try:
        # 2.1: what is not found as the type of the hint is looked for as all others.
        if request.params.get("token_type_hint") == "refresh_token":
            known = _refresh_token(lane, request, token) or _access_token(lane, token)
        else:
            known = _known_as_any(lane, request, token)
    except TokenRefused as refused:
        return Told(members={"active": False}, hint=refused.hint)
    hidden = _why_hidden(lane, client, known)
    if hidden:
        # 4: a token that is not the caller's to know of is as good as none, so that nobody can
        # try tokens out here.
        return Told(members={"active": False}, hint=hidden)
    order = lane.profile.introspection.members
    return Told(
        members={"active": True, **{n: known[n] for n in order if known.get(n) is not None}}
    )


def _known_as_any(lane: Issuer, request: TokenRequest, token: str) -> Mapping[str, Any]:
    try:
        return _access_token(lane, token)
    except TokenRefused:
        known = _refresh_token(lane, request, token)
        if known is None:
            raise
        return known


def _access_token(lane: Issuer, token: str) -> Mapping[str, Any]:
    bearer = look_up(lane, token)
    user = user_known_as(lane, bearer.sub, bearer.client_id)
    if user is not None and not user.enabled:
        raise TokenRefused("invalid", f"the user {user.username!r} of the token is disabled")
    confirmation = bearer.claims.get("cnf")
    is_bound = isinstance(confirmation, Mapping) and "jkt" in confirmation
    return {
        **bearer.claims,
        "scope": " ".join(bearer.scopes) or None,
        "client_id": bearer.client_id,
        "username": _username(lane, bearer.client_id, user),
        "token_type": "DPoP" if is_bound else "Bearer",  # RFC 9449, 5 and 6.2
    }


def _refresh_token(lane: Issuer, request: TokenRequest, token: str) -> Mapping[str, Any] | None:
    kept = usable_refresh_token(lane, token)
    if kept is None:
        return None
    user = lane.users.by_sub(kept.sub) if kept.sub else None
    if user is None or not user.enabled:
        raise TokenRefused("invalid", "the user of the token is disabled, or has been removed")
    client = lane.clients.get(kept.client_id) if kept.client_id is not None else None
    # No token_type: it says how an access token is used (RFC 6749, 5.1), and this is none.
    return {
        "scope": " ".join(kept.scope) or None,
        "client_id": kept.client_id,
        "username": _username(lane, kept.client_id, user),
        "exp": None if kept.expires_at is None else int(kept.expires_at),
        "sub": user.sub if client is None else subject_for(lane, client, user),
        "iss": request.issuer,
    }


def _username(lane: Issuer, client_id: str | None, user: User | None) -> str | None:
    """Not beside a subject that is the client's own: it would tell two clients that they have the
    same user (OpenID Connect Core 1.0, 8).
    """
    client = lane.clients.get(client_id) if client_id is not None else None
    is_hidden = client is not None and is_pairwise(lane, client)
    return None if user is None or is_hidden else user.username


def _why_hidden(lane: Issuer, client: Client, known: Mapping[str, Any]) -> str:
    """Why the client may not know of the token; "" when it may."""
    if lane.profile.introspection.tells == "all" or known.get("client_id") == client.client_id:
        return ""
    audience = known.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if client.client_id in named:
        return ""
    return (
        f"the token is active, but it was issued to {known.get('client_id')!r} for {audience!r}, "
        f"and client {client.client_id!r} is neither (RFC 7662, 4): give its aud that client, or "
        "set introspection_tells = 'all'"
    )
