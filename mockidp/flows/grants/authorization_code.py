"""The authorization code grant at the token endpoint (RFC 6749, section 4.1.3; RFC 7636, 4.5)."""

from __future__ import annotations

from typing import Any

from mockidp.flows.grant import Decision, TokenRequest
from mockidp.flows.proof.dpop import check_key
from mockidp.flows.resources import audience_of, chosen_resources, resources_in
from mockidp.flows.spending import Refusals, spend
from mockidp.flows.subject import active_user
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.model.client import Client
from mockidp.oauth import pkce
from mockidp.oauth.errors import invalid_grant
from mockidp.oauth.uris import redirect_uri_difference
from mockidp.tokens.revocation import keep_redeemed
from mockidp.tokens.wishes import wishes_in

_REFUSALS = Refusals(
    what="code",
    unknown="unknown_code",
    expired="expired_code",
    foreign="foreign_code",
    spent="spent_code",
    cites="RFC 6749, 4.1.2",
)


class AuthorizationCode:
    grant_type = "authorization_code"
    required: tuple[str, ...] = ("code",)
    takes_scope = False  # the code stands for the scopes (RFC 6749, 4.1.3)
    allows_public_clients = True
    refused_scopes: tuple[str, ...] = ()

    def decide(
        self, lane: Issuer, request: TokenRequest, client: Client, scopes: tuple[str, ...]
    ) -> Decision:
        def check(code: Artifact) -> None:
            _check_redirect_uri(request, code.data)
            _check_verifier(lane, request, code.data)
            chosen_resources(lane, request.params, resources_in(code.data), what="code")
            check_key(request, code.data.get("dpop_jkt"), "code", "RFC 9449, 10")
            active_user(lane, code.sub, "code")

        policy = lane.profile.authorize
        code = spend(
            lane,
            "authorization_code",
            request.params["code"],
            client,
            _REFUSALS,
            check=check,
            reuse=policy.code_reuse,
        )
        if policy.code_reuse == "revoke":
            keep_redeemed(lane, code)
        user = active_user(lane, code.sub, "code")
        nonce, auth_time = code.data.get("nonce"), code.data.get("auth_time")
        sid, granted = code.data.get("sid"), resources_in(code.data)
        return Decision(
            subject=user.sub,
            scopes=code.scope,
            user=user,
            family=code.family,
            auth_time=auth_time if isinstance(auth_time, int | float) else None,
            nonce=nonce if isinstance(nonce, str) else None,
            sid=sid if isinstance(sid, str) else None,
            has_id_token=code.data.get("has_id_token") is True,
            wishes=wishes_in(code.data),
            claims=audience_of(chosen_resources(lane, request.params, granted, what="code")),
            refresh_resources=granted,
        )


def _check_redirect_uri(request: TokenRequest, data: Any) -> None:
    # RFC 6749, 4.1.3: required, and identical, if it was in the authorization request.
    asked = data.get("redirect_uri")
    sent = request.params.get("redirect_uri")
    if asked is None or sent == asked:
        return
    if sent is None:
        hint = "redirect_uri is missing: the authorization request had one, so it is needed here"
    else:
        hint = redirect_uri_difference(sent, [asked], is_loopback_port_free=False).replace(
            "registered", "one asked with"
        )
    raise invalid_grant(hint, cites="RFC 6749, 4.1.3", case="other_redirect_uri")


def _check_verifier(lane: Issuer, request: TokenRequest, data: Any) -> None:
    challenge, verifier = data.get("code_challenge"), request.params.get("code_verifier")
    if challenge is None:
        # RFC 9700, 4.8.2: a verifier without a challenge is a downgrade attack, or a client that
        # does not do what it believes to do. A provider that asks nobody for one does not look.
        if verifier is not None and lane.profile.authorize.pkce != "none":
            raise invalid_grant(
                "code_verifier is sent, but the authorization request had no code_challenge",
                cites="RFC 9700, 4.8.2",
                case="unasked_code_verifier",
            )
        return
    pkce.verify(verifier, challenge, data.get("code_challenge_method") or "plain")
