"""The public keys as a JWK Set (RFC 7517, section 5)."""

from __future__ import annotations

from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.json_text import to_json
from mockidp.profiles.schema import Profile
from mockidp.web.endpoints.document import Document
from mockidp.web.message import Answer, Request


class Jwks(Document):
    name = "jwks"

    def paths(self, profile: Profile) -> tuple[str, ...]:
        return (profile.jwks.path,)

    def answer(self, lane: Issuer, parsed: Request, entry: Exchange) -> Answer:
        refused = self.wrong_method(parsed, entry)
        return refused or Answer(
            200,
            [(b"content-type", lane.profile.jwks.content_type.encode("latin-1"))],
            to_json({"keys": jwk_set(lane)}, lane.profile.wire.json),
        )


def jwk_set(lane: Issuer) -> list[dict[str, str]]:
    """The published keys, newest first, with the members and the order of the profile."""
    policy = lane.profile.jwks
    wanted = [name for name in policy.members if policy.kid or name != "kid"]
    return [
        {name: key.public_jwk[name] for name in wanted if name in key.public_jwk}
        for key in lane.keys.published()
    ]
