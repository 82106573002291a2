"""Taking back a token that its client needs no longer (RFC 7009)."""

from __future__ import annotations

from mockidp.flows.client_auth import authenticate
from mockidp.flows.grant import TokenRequest
from mockidp.flows.spending import usable_refresh_token
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError, invalid_grant, missing_parameter
from mockidp.tokens.formats import format_of
from mockidp.tokens.lookup import TokenRefused, look_up
from mockidp.tokens.revocation import family_of, refuse_token, revoke_family


def revoke(lane: Issuer, request: TokenRequest) -> str:
    """Refuse the token from now on; gives why nothing was revoked, or "".

    ``token_type_hint`` changes nothing: both kinds are looked for (2.1).

    :raises OAuthError: when the client is not good, the token another client's, or of a type that
        the provider does not revoke.
    """
    if lane.profile.token.repeated == "refuse":
        request.params.refuse_repeated()
    client = authenticate(lane, request)
    token = request.params.get("token")
    if token is None:
        raise missing_parameter("token", "token is missing", cites="RFC 7009, 2.1")
    kept = usable_refresh_token(lane, token)
    if kept is not None:
        _check(lane, client, kept.client_id, "refresh_token")
        # 2.1: "the authorization server SHOULD also invalidate all access tokens based on the
        # same authorization grant"
        if kept.family is not None:
            revoke_family(lane, kept.family)
        return ""
    try:
        bearer = look_up(lane, token)
    except TokenRefused as refused:
        return f"there is nothing to revoke (RFC 7009, 2.2): {refused.hint}"
    _check(lane, client, bearer.client_id, "access_token")
    record_id = format_of(lane).record_id(token)
    family = family_of(lane, record_id)
    if lane.profile.revocation.whole_grant and family is not None:
        revoke_family(lane, family)
    else:
        expires_at = bearer.claims.get("exp")
        is_known = isinstance(expires_at, int | float)
        refuse_token(lane, record_id, expires_at if is_known else None)
    return ""


def _check(lane: Issuer, client: Client, owner: str | None, token_type: str) -> None:
    if owner != client.client_id:
        raise invalid_grant(
            f"the token was issued to client {owner!r}, not to {client.client_id!r}",
            cites="RFC 7009, 2.1; RFC 6749, 5.2",
            case="foreign_token",
        )
    revoked = lane.profile.revocation.token_types
    if token_type not in revoked:
        raise OAuthError(
            "unsupported_token_type",
            hint=f"the token is of the type {token_type}, and this provider revokes: "
            f"{', '.join(revoked) or 'none'}",
            cites="RFC 7009, 2.2.1",
            case="unsupported_token_type",
        )
