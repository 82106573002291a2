"""What the tokens are: access, refresh and ID tokens, the JWTs among them (RFC 7519), and what a
client gets for one about its user (OpenID Connect Core 1.0, 5.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockidp.oauth import names
from mockidp.profiles import rules
from mockidp.profiles.schema.facts import Template, fact
from mockidp.records import dataclass

if TYPE_CHECKING:
    from mockidp.profiles.schema.profile import Profile


def _is_jwt(profile: Profile) -> bool:
    return profile.access_token.format == "jwt"


def _identifies(profile: Profile) -> bool:
    return "openid" in profile.scopes.supported


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    format: str = fact(
        "jwt",
        "what an access token is: jwt, or the look of an opaque one, such as hex:40",
        rule=rules.token_format,
    )
    lifetime: float = fact(
        3600.0, "seconds until it expires; also `expires_in`", rule=rules.told_seconds
    )
    alg: str = fact("RS256", "signing algorithm", choices=names.SIGNING_ALGORITHMS, applies=_is_jwt)
    typ: str = fact("JWT", "the `typ` of its header; empty: none", applies=_is_jwt)
    claims: Template = fact(
        {},
        "its claims, in this order; of an opaque one, which shows none, aud alone",
        open=True,
        sparse=True,
        applies=_is_jwt,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwt:
    header: tuple[str, ...] = fact(
        names.JOSE_MEMBERS,
        "order of the members of a token's header; those that it has not are left out",
        choices=names.JOSE_MEMBERS,
        ordered=True,
        complete=True,
    )
    times: str = fact(
        "whole",
        "whether times are whole numbers of seconds, or have microseconds",
        choices=("whole", "fractional"),
    )
    json: str = fact(
        "compact", "how its JSON is written; see wire.json", choices=("compact", "php")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    look: str = fact("token:32", "look of a refresh token", rule=rules.look)
    lifetime: float = fact(0.0, "seconds until it expires; 0: never")
    given_by: tuple[str, ...] = fact(
        ("authorization_code",),
        "grants whose answer has a refresh token, if the client may refresh at all",
        choices=names.USER_GRANTS,
    )
    needs: str = fact(
        "nothing",
        "the scope without which none is given: nothing, offline_access, or offline_access "
        "where an id_token is given beside it",
        choices=("nothing", "offline_access", "offline_access with id_token"),
    )
    rotates: bool = fact(True, "whether each use gives a new one and uses up the old one")
    narrowed: str = fact(
        "keeps the scope",
        "what the new one stands for where fewer scopes were asked for: it keeps the scope of the "
        "old one (RFC 6749, 6), or has these",
        choices=("keeps the scope", "has the fewer"),
        applies=lambda p: p.refresh_token.rotates,
    )
    reuse: str = fact(
        "refuse",
        "what a used one does: it is refused, or it also revokes all that came of the same grant",
        choices=("refuse", "revoke"),
    )
    revokes_access_token: bool = fact(
        False, "whether each use revokes the access token that came with it"
    )
    grace: float = fact(
        0.0,
        "seconds for which a used one gives new tokens once more, as where the answer got lost or "
        "two requests raced; 0: not at all",
        applies=lambda p: p.refresh_token.rotates,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    lifetime: float = fact(3600.0, "seconds until it expires", rule=rules.told_seconds)
    alg: str = fact("RS256", "signing algorithm", choices=names.SIGNING_ALGORITHMS)
    typ: str = fact("JWT", "the `typ` of its header; empty: none")
    given_by: tuple[str, ...] = fact(
        ("authorization_code", "refresh_token"),
        "grants whose answer has an id_token when openid is among the scopes",
        choices=(*names.USER_GRANTS, "refresh_token"),
    )
    again: bool = fact(
        True,
        "whether these give one although the authorization response held one already",
        applies=lambda p: any("code id_token" in kind for kind in p.authorize.response_types),
    )
    claims: Template = fact({}, "its claims, in this order", open=True, sparse=True)
    user_claims: bool = fact(
        False,
        "whether it has the claims about the user that the scopes name also when there is an "
        "access token to ask userinfo with",
    )

    @property
    def has_other_audiences(self) -> bool:
        """Whether it is for more than its client, and so has to say whose it is (OpenID Connect
        Core 1.0, 3.1.3.7; with errata set 2 `azp` is left out otherwise).
        """
        audience = self.claims.get("aud")
        return isinstance(audience, list | tuple) and len(audience) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    id_token: tuple[str, ...] = fact(
        (),
        "algorithms that a client may choose for its ID tokens besides id_token.alg "
        "(id_token_signed_response_alg); none: the signature may be left out of those from the "
        "token endpoint",
        choices=(*names.SIGNING_ALGORITHMS, "none"),
        ordered=True,
    )
    userinfo: tuple[str, ...] = fact(
        (),
        "algorithms with which a client may have the claims of userinfo signed "
        "(userinfo_signed_response_alg); none: as a JWT without a signature",
        choices=(*names.SIGNING_ALGORITHMS, "none"),
        ordered=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Userinfo:
    path: str = fact(
        "",
        "where the claims about the user are; empty: nowhere",
        rule=rules.path_or_nothing,
        applies=_identifies,
    )
    content_type: str = fact(
        "application/json",
        "its media type",
        rule=rules.header_text,
        applies=lambda p: _identifies(p) and p.userinfo.path,
    )
    audiences: tuple[str, ...] = fact(
        (),
        "what the `aud` of a token, where it has one, must name for userinfo: {issuer}, {resource} "
        "for the address of userinfo, or another text; none: it does not look",
        rule=rules.audience,
        applies=lambda p: _identifies(p) and p.userinfo.path,
    )
