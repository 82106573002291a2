"""What a token is bound to: a key of its client, a resource (RFC 9449, RFC 8707)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockidp.oauth import names
from mockidp.profiles.schema.facts import fact
from mockidp.records import dataclass

if TYPE_CHECKING:
    from mockidp.profiles.schema.profile import Profile


def _has_dpop(profile: Profile) -> bool:
    return bool(profile.dpop.algs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dpop:
    algs: tuple[str, ...] = fact(
        (),
        "algorithms of a DPoP proof (RFC 9449); none: the provider does not look at proofs",
        choices=names.FOREIGN_ALGORITHMS,
    )
    lifetime: float = fact(60.0, "seconds for which a proof is good", applies=_has_dpop)
    skew: float = fact(
        10.0, "the most seconds that its `iat` and `nbf` may be ahead", applies=_has_dpop
    )
    nonce: str = fact(
        "off",
        "whether a proof must hold a nonce that the provider has given out",
        choices=("off", "required"),
        applies=_has_dpop,
    )
    nonce_lifetime: float = fact(300.0, "seconds for which a nonce is good", applies=_has_dpop)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceIndicators:
    accepted: bool = fact(
        False,
        "whether a client may name the resources that a token is for, which are then its `aud` "
        "(RFC 8707); otherwise the parameter `resource` is ignored",
    )
    known: tuple[str, ...] = fact(
        (),
        "those that it may name; none: any absolute URI without a fragment",
        applies=lambda p: p.resource_indicators.accepted,
    )
