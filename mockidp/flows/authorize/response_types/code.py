"""``response_type=code`` (RFC 6749, section 4.1.2; RFC 7636, 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockidp.flows.authorize.response_types.response_type import Approval
from mockidp.flows.proof.dpop import takes_proofs
from mockidp.flows.resources import to_data
from mockidp.issuer import Issuer
from mockidp.model.artifact import JSON
from mockidp.tokens.handles import Granted, mint_code


class Code:
    word = "code"

    def contribute(
        self, lane: Issuer, approval: Approval, members: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        request = approval.request
        data: dict[str, JSON] = {
            "auth_time": approval.auth_time,
            "sid": approval.session.sid,
            **request.wishes.to_data(),
            **to_data(request.resources),
        }
        for name in ("redirect_uri", "nonce", "code_challenge"):
            if name in request.params:
                data[name] = request.params[name]
        if takes_proofs(lane) and "dpop_jkt" in request.params:
            data["dpop_jkt"] = request.params["dpop_jkt"]
        if "id_token" in request.response_words:
            data["has_id_token"] = True
        if request.code_challenge_method is not None:
            data["code_challenge_method"] = request.code_challenge_method
        code = mint_code(
            lane,
            Granted(
                client_id=request.client.client_id,
                subject=approval.user.sub,
                scopes=request.scopes,
                family=approval.family,
                data=data,
            ),
        )
        return {"code": code}
