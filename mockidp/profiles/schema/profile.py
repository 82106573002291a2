"""One provider: all of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from mockidp.profiles.evidence import Fact
from mockidp.profiles.schema.api import Api, ApiKey, ProtectedResource
from mockidp.profiles.schema.authorize import Authentication, Authorize
from mockidp.profiles.schema.binding import Dpop, ResourceIndicators
from mockidp.profiles.schema.clients import ClientAssertion, ClientAuth, NewClient, Registration
from mockidp.profiles.schema.device import DeviceAuthorization
from mockidp.profiles.schema.facts import section
from mockidp.profiles.schema.lifecycle import Introspection, Revocation
from mockidp.profiles.schema.limiter import Limiter
from mockidp.profiles.schema.logout import Logout, SessionManagement
from mockidp.profiles.schema.metadata import Discovery, Documents, Jwks, OauthMetadata
from mockidp.profiles.schema.requests import Par, RequestObject
from mockidp.profiles.schema.token import Scopes, Token
from mockidp.profiles.schema.tokens import (
    AccessToken,
    IdToken,
    Jwt,
    RefreshToken,
    Signing,
    Userinfo,
)
from mockidp.profiles.schema.wire import Cors, Errors, Routing, Wire
from mockidp.records import dataclass


# One profile equals only itself: what is worked out from it can be kept beside it.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """How one provider behaves."""

    name: str
    title: str
    summary: str
    documentation: tuple[str, ...]
    #: The client every lane starts with, as keywords of ``Client``.
    default_client: Mapping[str, Any]
    #: The users every lane starts with, as keywords of ``User``; empty: alice and bob.
    default_users: tuple[Mapping[str, Any], ...] = ()
    #: Where each fact comes from, by its dotted path.
    evidence: Mapping[str, Fact] = field(default_factory=dict)

    routing: Routing = field(default_factory=Routing)
    wire: Wire = field(default_factory=Wire)
    token: Token = field(default_factory=Token)
    client_auth: ClientAuth = field(default_factory=ClientAuth)
    errors: Errors = field(default_factory=Errors)
    access_token: AccessToken = field(default_factory=AccessToken)
    jwt: Jwt = field(default_factory=Jwt)
    refresh_token: RefreshToken = field(default_factory=RefreshToken)
    authorize: Authorize = field(default_factory=Authorize)
    par: Par = field(default_factory=Par)
    authentication: Authentication = field(default_factory=Authentication)
    dpop: Dpop = field(default_factory=Dpop)
    resource_indicators: ResourceIndicators = field(default_factory=ResourceIndicators)
    id_token: IdToken = field(default_factory=IdToken)
    userinfo: Userinfo = field(default_factory=Userinfo)
    introspection: Introspection = field(default_factory=Introspection)
    revocation: Revocation = field(default_factory=Revocation)
    device_authorization: DeviceAuthorization = field(default_factory=DeviceAuthorization)
    logout: Logout = field(default_factory=Logout)
    session_management: SessionManagement = field(default_factory=SessionManagement)
    registration: Registration = field(default_factory=Registration)
    scopes: Scopes = field(default_factory=Scopes)
    new_client: NewClient = field(default_factory=NewClient)
    jwks: Jwks = field(default_factory=Jwks)
    discovery: Discovery = field(default_factory=Discovery)
    oauth_metadata: OauthMetadata = field(default_factory=OauthMetadata)
    documents: Documents = field(default_factory=Documents)
    signing: Signing = field(default_factory=Signing)
    cors: Cors = field(default_factory=Cors)
    api: Api = field(default_factory=Api)
    protected_resource: ProtectedResource = field(default_factory=ProtectedResource)
    limiter: Limiter | None = section(
        Limiter, "answers with a status of its own after too many failures"
    )
    client_assertion: ClientAssertion | None = section(
        ClientAssertion, "signed assertions by which clients prove who they are"
    )
    request_object: RequestObject | None = section(
        RequestObject, "authorization requests as a JWT, whose parameters win"
    )
    api_key: ApiKey | None = section(ApiKey, "a key as a second way into the API")


@lru_cache(maxsize=1)
def sections() -> Mapping[str, type]:
    """The tables of a profile file and the dataclass behind each."""
    found: dict[str, type] = {}
    for item in fields(Profile):
        kind = item.metadata.get("section") or item.default_factory
        if isinstance(kind, type) and is_dataclass(kind):
            found[item.name] = kind
    return MappingProxyType(found)
