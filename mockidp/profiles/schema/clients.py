"""How clients come into being and prove who they are (RFC 6749, 2; RFC 7591; RFC 7523)."""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.oauth import names
from mockidp.profiles import rules
from mockidp.profiles.schema.facts import fact
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAuth:
    methods: tuple[str, ...] = fact(
        names.CLIENT_AUTH_METHODS,
        "how a client may prove who it is, tried in this order",
        choices=names.CLIENT_AUTH_METHODS,
        ordered=True,
    )
    basic_decoding: str = fact(
        "form",
        "id and secret in a Basic header: form-url-encoded (RFC 6749, 2.3.1), raw, or either",
        choices=("form", "raw", "either"),
    )
    malformed_basic: str = fact(
        "refuse",
        "a Basic header that cannot be read: refuse, or ignore and look into the body",
        choices=("refuse", "ignore"),
    )
    several_methods: str = fact(
        "refuse",
        "credentials in the header and in the body: refuse, or the first method wins",
        choices=("refuse", "first"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAssertion:
    algs: tuple[str, ...] = fact(
        names.ASSERTION_ALGORITHMS,
        "algorithms of a client_assertion",
        choices=names.ASSERTION_ALGORITHMS,
    )
    audience: str = fact(
        "issuer or endpoint",
        "the `aud` of a client_assertion: the issuer or the address of the token endpoint or the "
        "one asked, also in a list; or the issuer alone",
        choices=("issuer or endpoint", "issuer"),
    )
    lifetime: float = fact(3600.0, "the most seconds that its `exp` may be ahead")
    skew: float = fact(10.0, "the most seconds that its `iat` and `nbf` may be ahead")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    id_look: str = fact(
        "guid",
        "look of a new client's id: guid, hex:N, decimal:N, alnum:N or token:N",
        rule=rules.look,
    )
    secret_look: str = fact("hex:32", "look of a new client's secret", rule=rules.look)
    attributes: Mapping[str, str] = fact(
        {},
        "attributes of a new client's record and the look of their values",
        open=True,
        rule=rules.look,
    )
    delay: float = fact(
        0.0, "seconds for which a client that is added while the lane runs is refused"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    path: str = fact(
        "", "where clients register themselves; empty: nowhere", rule=rules.path_or_nothing
    )
    access: str = fact(
        "open",
        "who may: anybody, or who has the initial_access_token of the settings",
        choices=("open", "initial_access_token"),
    )
    management: bool = fact(
        True,
        "whether a client gets a registration_access_token, to read, replace and delete its "
        "registration with",
    )
    token_look: str = fact("token:32", "look of such a token", rule=rules.look)
    loopback_uris: bool = fact(
        False,
        "whether http will do for the URIs of a client that lead to the machine itself, where a "
        "web client must otherwise use https",
    )
