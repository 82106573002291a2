"""A token request from its parameters to its answer: the shared phases, in the order the profile
states.

RFC 6749, sections 3.2, 4 and 5. The grant types decide in ``flows.grants``; no grant can forget a
check, because all of them are made here. What is granted is made into tokens in ``flows.issuing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockidp.flows.client_auth import authenticate
from mockidp.flows.grant import Grant, TokenRequest
from mockidp.flows.grants import grant_of
from mockidp.flows.issuing import issue
from mockidp.flows.proof.dpop import key_of_request, takes_proofs
from mockidp.flows.resources import asked_resources, repeatable
from mockidp.flows.scope import granted_scopes
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.oauth import names
from mockidp.oauth.errors import OAuthError, missing_parameter
from mockidp.profiles.features import lists_of


def answer_token_request(lane: Issuer, request: TokenRequest) -> Mapping[str, Any]:
    """The members of the answer; the writer puts them in the profile's order.

    :raises OAuthError: when the provider refuses.
    """
    if lane.profile.token.repeated == "refuse":
        request.params.refuse_repeated(allowed=repeatable(lane))
    client, grant = _run_phases(lane, request)
    scopes = _run_checks(lane, request, client, grant)
    asked_resources(lane, request.params)  # refused before anything is used up
    if takes_proofs(lane):
        request = _with_key(lane, request, client)
    decision = grant.decide(lane, request, client, scopes)
    return issue(lane, request, client, grant, decision)


def _with_key(lane: Issuer, request: TokenRequest, client: Client) -> TokenRequest:
    """The request with the key that its tokens will be bound to (RFC 9449, 5)."""
    jkt = key_of_request(lane, request)
    if jkt is not None:
        return replace(request, confirmation={**request.confirmation, "jkt": jkt})
    if client.dpop_bound_access_tokens:
        raise OAuthError(
            "invalid_dpop_proof",
            hint=f"client {client.client_id!r} is registered for tokens that are bound to a key "
            "(dpop_bound_access_tokens), and sent no DPoP header",
            cites="RFC 9449, 5.2",
        )
    return request


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


def _run_checks(
    lane: Issuer, request: TokenRequest, client: Client, grant: Grant
) -> tuple[str, ...]:
    """What every grant is asked, in the profile's order; gives the scopes."""
    scopes: tuple[str, ...] = ()
    for check in lane.profile.token.checks:
        if check == "grant_allowed":
            _check_allowed(client, grant)
        elif check == "parameters":
            _check_parameters(request, grant)
        elif grant.takes_scope:
            scopes = granted_scopes(
                lane, request.params.get("scope"), client, refused=grant.refused_scopes
            )
    return scopes


def _check_allowed(client: Client, grant: Grant) -> None:
    if grant.grant_type not in client.grant_types:
        allowed = ", ".join(client.grant_types) or "no grant"
        hint = f"client {client.client_id!r} may use {allowed}, not {grant.grant_type}"
        cites = "RFC 6749, 5.2"
    elif client.is_public and not grant.allows_public_clients:
        hint = f"{grant.grant_type} needs credentials, and client {client.client_id!r} is public"
        cites = "RFC 6749, 4.4"
    else:
        return
    raise OAuthError("unauthorized_client", hint=hint, cites=cites, case="grant_not_allowed")


def _check_parameters(request: TokenRequest, grant: Grant) -> None:
    for name in grant.required:
        if name not in request.params:
            raise missing_parameter(name, f"{grant.grant_type} needs the parameter {name}")


def choose_grant(lane: Issuer, request: TokenRequest) -> Grant:
    """The grant that the request names (RFC 6749, 4.5 and 5.2)."""
    policy = lane.profile.token
    grant_type = request.params.get("grant_type")
    if grant_type is None:
        raise OAuthError(
            "invalid_request",
            hint=f"grant_type is missing; send {_served(lane)}",
            cites="RFC 6749, 5.2",
            case="missing_grant_type",
        )
    if grant_type in names.GRANT_TYPES and lane.has(grant_type):
        return grant_of(grant_type)
    if grant_type in policy.refused_grants:
        error = policy.refused_grants[grant_type]
        if error == "invalid_grant" and grant_type in names.GRANT_TYPES:
            # What is not there is looked for before it is found to be nothing.
            _check_parameters(request, grant_of(grant_type))
        raise OAuthError(
            error,
            hint=f"the provider knows {grant_type}, but no client here may use it; "
            f"use {_served(lane)}",
            cites="RFC 6749, 5.2",
        )
    too_long = len(grant_type) > policy.max_length.get("grant_type", len(grant_type))
    shown = "a value that is too long" if too_long else repr(grant_type[:100])
    raise OAuthError(
        "unsupported_grant_type",
        hint=f"grant_type is {shown}; this provider serves {_served(lane)}",
        cites="RFC 6749, 5.2",
        case="unsupported_grant_type",
        values={"grant_type": grant_type[:100]},
    )


def _served(lane: Issuer) -> str:
    return ", ".join(lists_of(lane.profile)["grant_types_supported"]) or "none"
