"""The public keys as a JWK Set (RFC 7517, section 5)."""

from __future__ import annotations

from contextlib import suppress

from mockidp.issuer import Issuer
from mockidp.keys.jwt import UNSIGNED
from mockidp.model.event import Exchange
from mockidp.oauth.json_text import to_json
from mockidp.web.endpoints.document import Document
from mockidp.web.message import Answer, Request
from mockidp.web.respond import encoded_headers


class Jwks(Document):
    name = "jwks"

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        refused = self.wrong_method(lane, parsed, entry)
        policy = lane.profile.jwks
        return refused or Answer(
            200,
            encoded_headers(policy.content_type, policy.headers),
            to_json({"keys": jwk_set(lane)}, lane.profile.wire.json),
        )


def jwk_set(lane: Issuer) -> list[dict[str, str]]:
    """The published keys, newest first, with the members and the order of the profile.

    Where there are ID tokens there is a key for every algorithm that the metadata names: one that
    nobody has used so far is taken from the pool now.
    """
    policy = lane.profile.jwks
    with suppress(LookupError):  # a closed lane takes no more keys, and still shows what it had
        named = (*lane.id_token_algs, *lane.userinfo_algs)
        for alg in named if "openid" in lane.profile.scopes.supported else ():
            if alg != UNSIGNED:
                lane.keys.signing_key(alg)
    wanted = [name for name in policy.members if policy.kid or name != "kid"]
    return [
        {name: key.public_jwk[name] for name in wanted if name in key.public_jwk}
        for key in lane.keys.published()
    ]
