"""A registered client and its metadata (RFC 6749, section 2; RFC 7591, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the provider knows about one client.

    >>> app = Client(client_id="app", client_secret="s3cret", scope=("read", "write"))
    >>> app.is_public, "s3cret" in repr(app)
    (False, False)
    """

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    client_name: str = ""
    #: The default is the one of RFC 7591, section 2.
    grant_types: tuple[str, ...] = ("authorization_code",)
    redirect_uris: tuple[str, ...] = ()
    #: What it may ask for; None: all that the provider has.
    scope: tuple[str, ...] | None = None
    #: None: any method that the profile allows.
    token_endpoint_auth_method: str | None = None
    #: What a provider's own claims are made of, such as `default_storage`. Copied, and read-only
    #: from then on.
    attributes: Mapping[str, object] = field(default_factory=dict, hash=False)
    #: Seconds; None: what the profile says.
    access_token_lifetime: float | None = None
    #: Which responses it may ask for; None: all that its grant types allow.
    response_types: tuple[str, ...] | None = None
    #: `web` or `native` (OpenID Connect Dynamic Client Registration 1.0, section 2).
    application_type: str = "web"
    #: Its public keys, given or to be fetched, as a JWK Set.
    jwks: Mapping[str, object] | None = field(default=None, hash=False)
    jwks_uri: str | None = None
    #: Algorithms: of its assertions, of its request objects, of what it gets.
    token_endpoint_auth_signing_alg: str | None = None
    request_object_signing_alg: str | None = None
    id_token_signed_response_alg: str | None = None
    userinfo_signed_response_alg: str | None = None
    #: Where its request objects may be fetched from (OpenID Connect Core 1.0, 6.2).
    request_uris: tuple[str, ...] = ()
    #: `public` or `pairwise` (OpenID Connect Core 1.0, section 8).
    subject_type: str | None = None
    sector_identifier_uri: str | None = None
    #: Seconds.
    default_max_age: float | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    #: Where a third party may begin a login (OpenID Connect Core 1.0, section 4).
    initiate_login_uri: str | None = None
    #: Logout: OpenID Connect RP-Initiated, Front-Channel and Back-Channel Logout 1.0.
    post_logout_redirect_uris: tuple[str, ...] = ()
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    #: RFC 9126, section 6; RFC 9449, section 5.2.
    require_pushed_authorization_requests: bool = False
    dpop_bound_access_tokens: bool = False
    #: Shown to people, and otherwise kept as registered (RFC 7591, section 2).
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: tuple[str, ...] = ()
    #: The same in other languages, by names such as `client_name#fr` (RFC 7591, section 2.2).
    localized: Mapping[str, object] = field(default_factory=dict, hash=False)
    #: Whether it must send a code_challenge, whatever the profile says (RFC 7636).
    require_pkce: bool = False
    #: Whether users are never asked for consent, as with an application of the provider's own.
    skip_consent: bool = False
    #: The user whose browser it is: signed in and consenting without a page.
    auto_login: str | None = None
    enabled: bool = True
    #: Seconds since the epoch before which it is refused, as while a registration spreads.
    active_from: float | None = None

    def __post_init__(self) -> None:
        # A client of the configuration is shared by lanes: a test that could write here would
        # change the next test.
        object.__setattr__(self, "attributes", MappingProxyType(dict(self.attributes)))
        object.__setattr__(self, "localized", MappingProxyType(dict(self.localized)))
        if self.jwks is not None:
            object.__setattr__(self, "jwks", MappingProxyType(dict(self.jwks)))

    @property
    def is_public(self) -> bool:
        """True if the client has no credentials (RFC 6749, section 2.1).

        One without a secret that signs its assertions or shows a certificate is confidential all
        the same.
        """
        return not self.client_secret and self.token_endpoint_auth_method in (None, "none")
