"""The token endpoint (RFC 6749, section 3.2): from HTTP to a ``TokenRequest`` and back."""

from __future__ import annotations

from mockidp.flows.client_auth import present
from mockidp.flows.client_auth.method import Presented
from mockidp.flows.grant import TokenRequest
from mockidp.flows.token import answer_token_request
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.errors import OAuthError
from mockidp.web.client_request import read_client_request
from mockidp.web.dpop import give_nonce
from mockidp.web.message import Answer, Request
from mockidp.web.respond import token_answer


class Token:
    name = "token"

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> TokenRequest:
        return read_client_request(
            lane,
            request,
            entry,
            body_types=lane.profile.token.body_types,
            purpose="ask for tokens",
            cites=("RFC 6749, 3.2", "RFC 6749, 4.4.2"),
        )

    def limit_key(
        self, lane: Issuer, request: Request, parsed: TokenRequest | None
    ) -> bytes | None:
        if request.method != "POST":
            return None
        client_id = secret = None
        if parsed is not None:
            try:
                presented = present(lane, parsed)
            except OAuthError:
                client_id = parsed.client_id  # the answer will say what is wrong with the rest
            else:
                client_id, secret = _pair(lane, presented)
        return lane.limits.key(client_id, secret, request.ip)

    def answer(self, lane: Issuer, parsed: TokenRequest, entry: Exchange) -> Answer:
        answer = token_answer(lane, answer_token_request(lane, parsed))
        return give_nonce(lane, answer) if parsed.proofs else answer


def _pair(lane: Issuer, presented: Presented) -> tuple[str, str | None]:
    """Id and secret as the limiter counts them: where a header can be read in two ways, the reading
    that is the client's, so that it is the same pair as in a form.
    """
    for client_id in presented.client_ids:
        client = lane.clients.get(client_id)
        if client is not None and client.client_secret in presented.secrets:
            return client_id, client.client_secret
    return presented.client_ids[0], presented.secrets[0] if presented.secrets else None
