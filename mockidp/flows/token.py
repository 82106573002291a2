"""A token request from its parameters to its answer: the shared phases, in the order the profile
states.

RFC 6749, sections 3.2, 4 and 5. The grant types decide in ``flows.grants``; no grant can forget a
check,
because all of them are made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockidp.control.script import TokenOverride
from mockidp.flows.client_auth import authenticate
from mockidp.flows.grant import Grant, TokenRequest
from mockidp.flows.grants import GRANTS
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError, invalid_request, invalid_scope
from mockidp.oauth.scopes import format_scope, parse_scope, refuse_unknown
from mockidp.tokens.mint import mint_access_token

_BY_GRANT_TYPE = {grant.grant_type: grant for grant in GRANTS}

_NO_OVERRIDE = TokenOverride()


def answer_token_request(lane: Issuer, request: TokenRequest) -> Mapping[str, Any]:
    """The members of the answer; the writer puts them in the profile's order.

    :raises OAuthError: when the provider refuses.
    """
    if lane.profile.token.repeated == "refuse":
        request.params.refuse_repeated()
    client, grant = _run_phases(lane, request)
    _check_allowed(client, grant)
    for name in grant.required:
        if name not in request.params:
            raise invalid_request(f"{grant.grant_type} needs the parameter {name}")
    scopes = granted_scopes(lane, request, client, grant)
    decision = grant.decide(lane, request, client, scopes)
    override = lane.script.take_token() or _NO_OVERRIDE
    minted = mint_access_token(
        lane,
        client=client,
        subject=decision.subject,
        scopes=decision.scopes,
        issuer=request.issuer,
        lifetime=override.lifetime,
        claims=override.claims,
    )
    return {
        "access_token": minted.token,
        "token_type": "Bearer",
        "expires_in": minted.expires_in,
        "scope": format_scope(minted.scopes) or None,
        **decision.members,
    }


def _run_phases(lane: Issuer, request: TokenRequest) -> tuple[Client, Grant]:
    client: Client | None = None
    grant: Grant | None = None
    for phase in lane.profile.token.order:
        if phase == "client":
            client = authenticate(lane, request)
        else:
            grant = choose_grant(lane, request)
    assert client is not None  # the schema asks for every phase
    assert grant is not None
    return client, grant


def _check_allowed(client: Client, grant: Grant) -> None:
    if grant.grant_type not in client.grant_types:
        allowed = ", ".join(client.grant_types) or "no grant"
        hint = f"client {client.client_id!r} may use {allowed}, not {grant.grant_type}"
        raise OAuthError("unauthorized_client", hint=hint, cites="RFC 6749, 5.2")
    if client.is_public and not grant.allows_public_clients:
        hint = f"{grant.grant_type} needs credentials, and client {client.client_id!r} is public"
        raise OAuthError("unauthorized_client", hint=hint, cites="RFC 6749, 4.4")


def choose_grant(lane: Issuer, request: TokenRequest) -> Grant:
    """The grant that the request names (RFC 6749, 4.5 and 5.2)."""
    policy = lane.profile.token
    grant_type = request.params.get("grant_type")
    if grant_type is None:
        raise OAuthError(
            policy.missing_grant_type,
            hint=f"grant_type is missing; send {', '.join(policy.grant_types)}",
            cites="RFC 6749, 5.2",
        )
    if grant_type in policy.refused_grants:
        raise OAuthError(
            policy.refused_grants[grant_type],
            hint=f"the provider knows {grant_type}, but no client here may use it; "
            f"use {', '.join(policy.grant_types)}",
            cites="RFC 6749, 5.2",
        )
    grant = _BY_GRANT_TYPE.get(grant_type)
    if grant is None or grant_type not in policy.grant_types:
        too_long = len(grant_type) > policy.max_length.get("grant_type", len(grant_type))
        shown = "a value that is too long" if too_long else repr(grant_type[:100])
        raise OAuthError(
            "unsupported_grant_type",
            hint=f"grant_type is {shown}; this provider serves {', '.join(policy.grant_types)}",
            cites="RFC 6749, 5.2",
        )
    return grant


def granted_scopes(
    lane: Issuer, request: TokenRequest, client: Client, grant: Grant
) -> tuple[str, ...]:
    """The scopes the client gets: what it asked for and may have, in the profile's order (RFC 6749,
    3.3).
    """
    policy = lane.profile.scopes
    allowed = policy.supported if client.scope is None else client.scope
    written = request.params.get("scope")
    # Nothing but spaces names no scope (3.3), so it counts as left out.
    if written is None or not written.strip(" "):
        scopes = _without_scope(policy.when_missing, allowed, grant)
    else:
        longest = lane.profile.token.max_length.get("scope", len(written))
        if len(written) > longest:
            raise invalid_scope(f"scope is longer than {longest} characters")
        scopes = parse_scope(written)
        refuse_unknown(scopes, policy.supported)
        refuse_unknown(scopes, allowed, what=f"client {client.client_id!r}")
        refused = [scope for scope in scopes if scope in grant.refused_scopes]
        if refused:
            raise invalid_scope(
                f"{grant.grant_type} cannot give {', '.join(refused)}: no user is involved"
            )
    return tuple(sorted(scopes)) if policy.order == "sorted" else scopes


def _without_scope(when_missing: str, allowed: tuple[str, ...], grant: Grant) -> tuple[str, ...]:
    if when_missing == "refuse":
        raise invalid_scope("scope is missing, and this provider has no default")
    if when_missing == "none":
        return ()
    return tuple(scope for scope in allowed if scope not in grant.refused_scopes)
