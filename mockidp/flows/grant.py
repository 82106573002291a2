"""The token request, and what a grant type has to say about it (RFC 6749, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Protocol

from mockidp.flows.proof.assertion import asserted_client_id
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.oauth.basic import BasicCredentials
from mockidp.oauth.params import Params
from mockidp.records import dataclass
from mockidp.tokens.wishes import NO_WISHES, Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A request to the token endpoint, parsed once."""

    params: Params
    #: Credentials of the Authorization header, if it has the Basic scheme.
    basic: BasicCredentials | None = None
    #: Why an Authorization header with the Basic scheme could not be read; "" when it could.
    basic_problem: str = ""
    #: The `iss` that tokens of this request carry.
    issuer: str
    #: What came with it that proves keys, by its kind: values of the DPoP header (RFC 9449, 4.1).
    proofs: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    #: The keys that they prove, once they have been looked at, as in the `cnf` of a token (RFC
    #: 7800, 3.1).
    confirmation: Mapping[str, str] = field(default_factory=dict)
    #: Where the provider was asked, and which path below.
    origin: str = ""
    path: str = ""
    #: Address of the caller.
    ip: str | None = None
    #: What of it has been used up: it is answered anew when a document has been fetched for it.
    spent: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def client_id(self) -> str | None:
        """The id the caller claims to have, for journal and limiter; nothing is proved by it."""
        if self.basic:
            return self.basic.user
        sent = self.params.get("client_id")
        return sent if sent is not None else asserted_client_id(self.params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a grant grants: to whom, for what."""

    subject: str
    scopes: tuple[str, ...]
    #: None when no user is involved.
    user: User | None = None
    #: What all tokens of this grant have in common; made by the endpoint where it is None.
    family: str | None = None
    #: When the user signed in, and the `nonce` of that request, for the ID token.
    auth_time: float | None = None
    nonce: str | None = None
    #: The session at the provider in which the user said yes.
    sid: str | None = None
    #: The scopes a refresh token stands for, where they are more than those of the access token.
    refresh_scopes: tuple[str, ...] | None = None
    #: Claims of the access token besides those of the profile; of one in both, the value is this.
    claims: Mapping[str, Any] = field(default_factory=dict)
    #: The resources that a refresh token stands for; None: those that the request names.
    refresh_resources: tuple[str, ...] | None = None
    #: Whether the authorization response held an ID token already.
    has_id_token: bool = False
    #: What the authentication request has asked for besides scopes.
    wishes: Wishes = NO_WISHES
    #: Members of the answer besides those of the tokens.
    members: Mapping[str, Any] = field(default_factory=dict)


class Grant(Protocol):
    """One grant type: its needs, which the token endpoint checks, and its one decision."""

    grant_type: str
    #: Parameters without which it is refused.
    required: tuple[str, ...]
    #: Whether a client without credentials may use it.
    allows_public_clients: bool
    #: Whether `scope` asks for scopes; otherwise ``decide`` gets none and knows them itself.
    takes_scope: bool
    #: Scopes that make no sense for it.
    refused_scopes: tuple[str, ...]

    def decide(
        self, lane: Issuer, request: TokenRequest, client: Client, scopes: tuple[str, ...]
    ) -> Decision:
        """Grant, or raise ``OAuthError``. Client, parameters and scopes have been checked."""
        ...
