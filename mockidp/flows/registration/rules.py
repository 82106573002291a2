"""What must fit together in a client's metadata, as one table, and the defaults of what is left out
(OpenID Connect Dynamic Client Registration 1.0, sections 2 and 5; RFC 7591, sections 2 and 2.1).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from mockidp.config.people import grant_types_of
from mockidp.control.outgoing import Unavailable
from mockidp.control.outgoing import shown as shown_uri
from mockidp.flows.registration.addresses import (
    hosts_of,
    origin_of,
    page_problem,
    redirect_problem,
    server_problem,
)
from mockidp.flows.registration.members import MEMBERS
from mockidp.flows.registration.refusal import REGISTRATION, bad_metadata, bad_redirect_uri, shown
from mockidp.issuer import Issuer
from mockidp.keys.foreign import HMAC_ALGS, check_jwks
from mockidp.model.client import Client
from mockidp.oauth import names
from mockidp.profiles.features import lists_of, response_types_of

Values = dict[str, Any]
Rule = Callable[[Issuer, Values], None]

_MOST_SHOWN = 20


def check_metadata(lane: Issuer, given: Mapping[str, Any]) -> Values:
    """All members of the client's record, each checked, what was left out with its default.

    :raises OAuthError: ``invalid_client_metadata`` or ``invalid_redirect_uri``.
    :raises NeedsDocument: when its sector document has to be fetched.
    """
    values = _completed(lane, given)
    for rule in RULES:
        rule(lane, values)
    empty = Client(client_id="")
    return {name: getattr(empty, name) for name in (*MEMBERS, "localized")} | values


def _completed(lane: Issuer, given: Mapping[str, Any]) -> Values:
    values: Values = {
        "application_type": "web",
        "grant_types": ("authorization_code",),
        **given,
    }
    subjects = lane.profile.authentication.subject_types
    values.setdefault("subject_type", "public" if "public" in subjects else "".join(subjects[:1]))
    has_codes = "authorization_code" in values["grant_types"]
    values.setdefault("response_types", ("code",) if has_codes else ())
    methods = lists_of(lane.profile)["token_endpoint_auth_methods_supported"]
    usual = "client_secret_basic"
    values.setdefault(
        "token_endpoint_auth_method", usual if usual in methods else "".join(methods[:1])
    )
    if "openid" in lane.profile.scopes.supported:
        values.setdefault("id_token_signed_response_alg", lane.id_token_alg)
    return values


def _known_values(lane: Issuer, values: Values) -> None:
    values["response_types"] = tuple(
        dict.fromkeys(_spelt(lane, kind) for kind in values["response_types"])
    )
    for name, known in _known(lane).items():
        value = values.get(name, ())
        for one in (value,) if isinstance(value, str) else value:
            if one not in known:
                offered = ", ".join(list(known)[:_MOST_SHOWN]) or "none"
                raise bad_metadata(f"{name} has {shown(one)}; this provider has: {offered}")


def _known(lane: Issuer) -> Mapping[str, Iterable[str]]:
    """The values of each member that this provider can do something with."""
    profile = lane.profile
    assertions, objects = profile.client_assertion, profile.request_object
    return {
        "application_type": ("web", "native"),
        "response_types": response_types_of(profile),
        "grant_types": grant_types_of(profile),
        "scope": profile.scopes.supported,
        "token_endpoint_auth_method": lists_of(profile)["token_endpoint_auth_methods_supported"],
        "token_endpoint_auth_signing_alg": (
            assertions.algs if assertions else names.ASSERTION_ALGORITHMS
        ),
        "subject_type": profile.authentication.subject_types,
        "id_token_signed_response_alg": lane.id_token_algs,
        "userinfo_signed_response_alg": lane.userinfo_algs,
        "request_object_signing_alg": objects.algs if objects else (),
    }


def _spelt(lane: Issuer, response_type: str) -> str:
    """A response type with its words in the provider's order (RFC 6749, 3.1.1)."""
    words = sorted(response_type.split(" "))
    for known in lane.profile.authorize.response_types:
        if sorted(known.split(" ")) == words:
            return known
    return response_type


def _grants_and_responses(lane: Issuer, values: Values) -> None:
    """RFC 7591, 2.1, and the table in OpenID Connect Dynamic Client Registration 1.0, 2."""
    cites = f"{REGISTRATION}; RFC 7591, 2.1"
    grants, needed = values["grant_types"], dict[str, str]()
    for kind in values["response_types"]:
        for word in kind.split(" "):
            if word in _GRANT_OF:
                needed[_GRANT_OF[word]] = kind
    for grant, kind in needed.items():
        if grant not in grants:
            hint = f"response_types has {kind!r}, for which grant_types must have {grant!r}"
            raise bad_metadata(hint, cites=cites)
    # A grant beside those that are used does no harm: libraries send all that they know.
    unused = [grant for grant in dict.fromkeys(_GRANT_OF.values()) if grant in grants]
    if unused and not needed:
        hint = f"grant_types has {unused[0]!r}, and no entry of response_types uses it"
        raise bad_metadata(hint, cites=cites)


def _redirect_uris(lane: Issuer, values: Values) -> None:
    uris = values.get("redirect_uris", ())
    if not uris and values["response_types"]:
        kinds = ", ".join(values["response_types"])
        hint = f"redirect_uris is missing, and the response types {kinds} need one"
        raise bad_redirect_uri(hint, cites=f"{REGISTRATION}; RFC 7591, 2")
    _check_redirects(lane, values, "redirect_uris", bad_redirect_uri)


def _after_logout(lane: Issuer, values: Values) -> None:
    _check_redirects(lane, values, "post_logout_redirect_uris", bad_metadata)


def _check_redirects(lane: Issuer, values: Values, name: str, error: Any) -> None:
    for uri in values.get(name, ()):
        problem = redirect_problem(
            uri,
            values["application_type"],
            is_implicit="implicit" in values["grant_types"],
            loopback=lane.profile.registration.loopback_uris,
        )
        if problem:
            hint = f"{name} has {shown(uri)}, which {problem}"
            raise error(hint, cites=f"{REGISTRATION}; RFC 8252, 7 and 8.4")


def _addresses(lane: Issuer, values: Values) -> None:
    loopback = lane.profile.registration.loopback_uris
    for name in ("client_uri", "logo_uri", "policy_uri", "tos_uri"):
        in_all = {name: values.get(name)} | {
            key: uri
            for key, uri in values.get("localized", {}).items()
            if key.startswith(f"{name}#")
        }
        for key, uri in in_all.items():
            _refuse(key, uri, page_problem(uri) if uri else "", "RFC 7591, 2")
    for name, cites in _SERVERS.items():
        uri = values.get(name)
        # Third parties are told of this one, and no test suite is among them.
        is_local = loopback and name != "initiate_login_uri"
        _refuse(name, uri, server_problem(uri, loopback=is_local) if uri else "", cites)
    for uri in values.get("request_uris", ()):
        problem = server_problem(uri, loopback=loopback, fragment=True)
        _refuse("request_uris", uri, problem, REGISTRATION)


def _refuse(name: str, uri: Any, problem: str, cites: str) -> None:
    if problem:
        raise bad_metadata(f"{name} has {shown(uri)}, which {problem}", cites=cites)


def _front_channel(lane: Issuer, values: Values) -> None:
    uri = values.get("frontchannel_logout_uri")
    if uri and origin_of(uri) not in map(origin_of, values.get("redirect_uris", ())):
        raise bad_metadata(
            f"frontchannel_logout_uri {shown(uri)} has not the scheme, host and port of a "
            "redirect URI",
            cites="OpenID Connect Front-Channel Logout 1.0, 2",
        )


def _keys(lane: Issuer, values: Values) -> None:
    jwks = values.get("jwks")
    if jwks is not None and "jwks_uri" in values:
        raise bad_metadata("jwks and jwks_uri are both sent", cites=f"{REGISTRATION}; RFC 7591, 2")
    method = values["token_endpoint_auth_method"]
    if method == "private_key_jwt" and jwks is None and "jwks_uri" not in values:
        hint = "private_key_jwt needs jwks or jwks_uri"
        raise bad_metadata(hint, cites="OpenID Connect Core 1.0, 9")
    if jwks is not None:
        try:
            check_jwks(jwks, is_sent=True)
        except ValueError as problem:
            raise bad_metadata(
                f"jwks {problem}", cites=f"{REGISTRATION}; RFC 7517, 5 and 9.2"
            ) from None


def _algorithms(lane: Issuer, values: Values) -> None:
    method, alg = (
        values["token_endpoint_auth_method"],
        values.get("token_endpoint_auth_signing_alg"),
    )
    is_of_secrets = method == "client_secret_jwt"
    if alg is not None and method.endswith("_jwt") and (alg in HMAC_ALGS) != is_of_secrets:
        hint = f"token_endpoint_auth_signing_alg {alg} is none of {method}"
        raise bad_metadata(hint, cites="OpenID Connect Core 1.0, 9")
    fronts = [kind for kind in values["response_types"] if "id_token" in kind]
    if values.get("id_token_signed_response_alg") == "none" and fronts:
        hint = f"ID tokens of response type {fronts[0]!r} must be signed, not {'none'!r}"
        raise bad_metadata(hint, cites=REGISTRATION)


def _sector(lane: Issuer, values: Values) -> None:
    uri = values.get("sector_identifier_uri")
    cites = "OpenID Connect Dynamic Client Registration 1.0, 5"
    if uri is None:
        hosts = hosts_of(values.get("redirect_uris", ()))
        if values["subject_type"] == "pairwise" and len(hosts) > 1:
            hint = (
                f"pairwise, redirect URIs on {', '.join(hosts[:5])}, and no sector_identifier_uri"
            )
            raise bad_metadata(hint, cites=cites)
        return
    try:
        # Anew for each registration: the client may just have changed it.
        document = lane.documents.need(uri, once=True)
    except Unavailable as problem:
        raise bad_metadata(f"sector_identifier_uri: {problem.hint}", cites=cites) from None
    listed = _sector_document(document.content)
    if listed is None:
        hint = f"what is at {shown_uri(uri)} is no JSON array of redirect URIs"
        raise bad_metadata(hint, cites=cites)
    for redirect_uri in values.get("redirect_uris", ()):
        if redirect_uri not in listed:
            hint = f"{shown_uri(uri)} does not list the redirect URI {shown(redirect_uri)}"
            raise bad_metadata(hint, cites=cites)


def _sector_document(content: bytes) -> list[Any] | None:
    try:
        found = json.loads(content.decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


#: The grant that each word of a response type belongs to.
_GRANT_OF: Mapping[str, str] = MappingProxyType(
    {"code": "authorization_code", "token": "implicit", "id_token": "implicit"}
)

#: Addresses that the provider asks, or sends a browser to without its user.
_SERVERS: Mapping[str, str] = MappingProxyType(
    {
        "jwks_uri": REGISTRATION,
        "sector_identifier_uri": REGISTRATION,
        "initiate_login_uri": "OpenID Connect Core 1.0, 4",
        "frontchannel_logout_uri": "OpenID Connect Front-Channel Logout 1.0, 2",
        "backchannel_logout_uri": "OpenID Connect Back-Channel Logout 1.0, 2.2",
    }
)

#: The order is that of the hints one wants to read first; what may have to be fetched comes last.
RULES: tuple[Rule, ...] = (
    _known_values,
    _grants_and_responses,
    _redirect_uris,
    _after_logout,
    _addresses,
    _front_channel,
    _keys,
    _algorithms,
    _sector,
)
