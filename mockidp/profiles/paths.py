"""Where the endpoints of a provider are: the paths that its facts name, and the pages that are
ours. Routing, ``MockIdP.url``, hints and the checks of a configuration read them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from mockidp.oauth.paths import OWN
from mockidp.profiles.features import features_on
from mockidp.profiles.schema import Profile

LOGIN_PATH = f"{OWN}/login"
CONSENT_PATH = f"{OWN}/consent"
SIGN_OUT_PATH = f"{OWN}/sign-out"
ERROR_PATH = f"{OWN}/error"
CALLBACK_PATH = f"{OWN}/callback"
DEVICE_PATH = f"{OWN}/device"

#: What the real provider has elsewhere, or has not. That for devices is a second one, so that a
#: test finds it whatever the provider calls it.
_OWN_PAGES = (
    ("device", DEVICE_PATH),
    ("login", LOGIN_PATH),
    ("consent", CONSENT_PATH),
    ("sign_out", SIGN_OUT_PATH),
    ("error", ERROR_PATH),
    ("callback", CALLBACK_PATH),
)


class Place(NamedTuple):
    """A path that one endpoint has."""

    endpoint: str
    path: str
    #: What says so; none for a page of ours.
    facts: tuple[str, ...]
    #: Whether the endpoint has what it needs besides.
    is_served: bool


@lru_cache(maxsize=128)
def paths_of(profile: Profile) -> Mapping[str, tuple[str, ...]]:
    """The paths of each endpoint that is served, by its name; the first is the one that clients are
    told of. The API is not among them: it has prefixes.

    >>> from mockidp.profiles.load import load_profile
    >>> paths_of(load_profile("openid"))["token"]
    ('/token',)
    """
    found: dict[str, tuple[str, ...]] = {}
    for place in places(profile):
        if place.is_served:
            found[place.endpoint] = (*found.get(place.endpoint, ()), place.path)
    return MappingProxyType(found)


def places(profile: Profile) -> Iterator[Place]:
    """Every path that facts name, also of an endpoint that is off, and those of our pages."""
    on = features_on(profile)
    for endpoint, path, *facts in (*_named_by_facts(profile), *_OWN_PAGES):
        if path:
            # Discovery is there where either of its two documents is.
            is_served = endpoint in on or endpoint == "discovery"
            yield Place(endpoint, path, tuple(facts), is_served)


def _named_by_facts(profile: Profile) -> Iterator[tuple[str, ...]]:
    """Endpoint, path, and the facts that say so, of which the first names the path."""
    p = profile
    yield "token", p.token.path, "token.path"
    for path in p.token.aliases:
        yield "token", path, "token.aliases"
    if p.authorize.response_types:
        yield "authorize", p.authorize.path, "authorize.path", "authorize.response_types"
        for path in p.authorize.aliases:
            yield "authorize", path, "authorize.aliases", "authorize.response_types"
    yield "par", p.par.path, "par.path"
    yield "userinfo", p.userinfo.path, "userinfo.path"
    yield "introspection", p.introspection.path, "introspection.path"
    yield "revocation", p.revocation.path, "revocation.path"
    device = p.device_authorization
    if device.path:
        yield "device_authorization", device.path, "device_authorization.path"
        facts = ("device_authorization.verification_path", "device_authorization.path")
        yield "device", device.verification_path, *facts
    yield "end_session", p.logout.path, "logout.path"
    yield "check_session", p.session_management.path, "session_management.path"
    yield "registration", p.registration.path, "registration.path"
    yield "jwks", p.jwks.path, "jwks.path"
    yield "discovery", p.discovery.path, "discovery.path"
    yield "discovery", p.oauth_metadata.path, "oauth_metadata.path"
    if at := p.protected_resource.path:
        # RFC 9728, 3.1: that of each API, and that of all
        for prefix in (*p.api.prefixes, ""):
            yield "protected_resource", at + prefix, "protected_resource.path", "api.prefixes"
