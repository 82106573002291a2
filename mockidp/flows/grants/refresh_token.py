"""The refresh token grant (RFC 6749, section 6; RFC 9700, section 4.14)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.flows.grant import Decision, TokenRequest
from mockidp.flows.proof.dpop import check_key
from mockidp.flows.resources import audience_of, chosen_resources, resources_in
from mockidp.flows.spending import Refusals, spend
from mockidp.flows.subject import active_user
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.model.client import Client
from mockidp.oauth.errors import invalid_scope
from mockidp.oauth.scopes import parse_scope, refuse_unknown
from mockidp.tokens.revocation import revoke_access_token
from mockidp.tokens.wishes import wishes_in

_REFUSALS = Refusals(
    what="refresh token",
    unknown="unknown_refresh_token",
    expired="expired_refresh_token",
    foreign="foreign_refresh_token",
    spent="spent_refresh_token",
    cites="RFC 6749, 6",
)


class RefreshToken:
    grant_type = "refresh_token"
    required: tuple[str, ...] = ("refresh_token",)
    takes_scope = False
    allows_public_clients = True
    refused_scopes: tuple[str, ...] = ()

    def decide(
        self, lane: Issuer, request: TokenRequest, client: Client, scopes: tuple[str, ...]
    ) -> Decision:
        policy = lane.profile.refresh_token

        def check(token: Artifact) -> None:
            _narrowed(lane, request, token)
            chosen_resources(lane, request.params, resources_in(token.data), what="refresh token")
            check_key(request, _bound_key(token), "refresh token", "RFC 9449, 5")
            active_user(lane, token.sub, "refresh token")

        token = spend(
            lane,
            "refresh_token",
            request.params["refresh_token"],
            client,
            _REFUSALS,
            check=check,
            reuse=policy.reuse,
            once=policy.rotates,
            grace=policy.grace,
        )
        user = active_user(lane, token.sub, "refresh token")
        before = token.data.get("access_token")
        if policy.revokes_access_token and isinstance(before, str):
            revoke_access_token(lane, before)
        auth_time, sid = token.data.get("auth_time"), token.data.get("sid")
        granted = resources_in(token.data)
        return Decision(
            subject=user.sub,
            scopes=_narrowed(lane, request, token),
            user=user,
            family=token.family,
            auth_time=auth_time if isinstance(auth_time, int | float) else None,
            sid=sid if isinstance(sid, str) else None,
            refresh_scopes=token.scope if policy.narrowed == "keeps the scope" else None,
            wishes=wishes_in(token.data),
            claims=audience_of(
                chosen_resources(lane, request.params, granted, what="refresh token")
            ),
            refresh_resources=granted,
        )


def _bound_key(token: Artifact) -> object:
    kept = token.data.get("cnf")
    return kept.get("jkt") if isinstance(kept, Mapping) else None


def _narrowed(lane: Issuer, request: TokenRequest, token: Artifact) -> tuple[str, ...]:
    """The scopes asked for, which may be fewer than those of the token and not more."""
    written = request.params.get("scope", "").strip(" ")
    if not written:
        return token.scope
    scopes = parse_scope(written)
    refuse_unknown(scopes, lane.profile.scopes.supported)
    wider = [scope for scope in scopes if scope not in token.scope]
    if wider:
        had = " ".join(token.scope) or "none"
        error = invalid_scope(
            f"scope {wider[0]!r} is not one that the refresh token stands for: {had}",
            cites="RFC 6749, 6",
            scope=wider[0],
        )
        error.case = "wider_scope"
        raise error
    return scopes
