"""``response_type=id_token``, alone or beside others (OpenID Connect Core 1.0, 3.2.2.5 and
3.3.2.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockidp.flows.authorize.response_types.response_type import Approval
from mockidp.issuer import Issuer
from mockidp.tokens.mint import mint_id_token
from mockidp.tokens.user_claims import claims_of


class IdToken:
    word = "id_token"

    def contribute(
        self, lane: Issuer, approval: Approval, members: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        request = approval.request
        # Core, 5.4: with no access token there is no other way to the claims.
        is_alone = request.response_words == (self.word,)
        has_claims = is_alone or lane.profile.id_token.user_claims
        claims = claims_of(
            approval.user,
            request.scopes if has_claims else (),
            asked=request.wishes.id_token,
            locales=request.wishes.locales,
        )
        token = mint_id_token(
            lane,
            client=request.client,
            user=approval.user,
            issuer=request.issuer,
            auth_time=approval.auth_time,
            sid=approval.session.sid,
            nonce=request.params.get("nonce"),
            access_token=members.get("access_token"),
            code=members.get("code"),
            wishes=request.wishes,
            claims=claims,
        )
        return {"id_token": token}
