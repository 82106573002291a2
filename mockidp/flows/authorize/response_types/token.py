"""``response_type=token``, the implicit grant (RFC 6749, section 4.2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockidp.flows.authorize.response_types.response_type import Approval
from mockidp.flows.resources import audience_of
from mockidp.issuer import Issuer
from mockidp.oauth.scopes import format_scope
from mockidp.tokens.mint import mint_access_token


class Token:
    word = "token"

    def contribute(
        self, lane: Issuer, approval: Approval, members: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        request = approval.request
        override = lane.script.take_token()
        minted = mint_access_token(
            lane,
            client=request.client,
            subject=approval.user.sub,
            scopes=request.scopes,
            issuer=request.issuer,
            user=approval.user,
            family=approval.family,
            lifetime=override.lifetime if override else None,
            claims=audience_of(request.resources) | dict((override and override.claims) or {}),
            auth_time=approval.auth_time,
            wishes=request.wishes,
        )
        return {
            "access_token": minted.token,
            "token_type": "Bearer",
            "expires_in": str(minted.expires_in),
            "scope": format_scope(minted.scopes),
        }
