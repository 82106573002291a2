"""An authorization request, and what is known of it as it is checked (RFC 6749, section 4.1.1)."""

from __future__ import annotations

from dataclasses import field

from mockidp.model.artifact import Artifact
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params
from mockidp.records import dataclass
from mockidp.tokens.wishes import NO_WISHES, Wishes


@dataclass(slots=True, kw_only=True)
class Authorization:
    """Filled by the steps of the pipeline, one after the other."""

    params: Params
    #: The `iss` of what the client gets.
    issuer: str
    #: The redirect URI of the provider's own try-out page.
    try_out_uri: str

    _client: Client | None = None
    #: "" until it is known to be the client's.
    redirect_uri: str = ""
    response_mode: str = "query"
    #: The words of ``response_type`` in the order of ``names.RESPONSE_WORDS``.
    response_words: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    #: What its developer should know although it is good; "": nothing.
    remark: str = ""
    code_challenge_method: str | None = None
    prompts: tuple[str, ...] = ()
    #: Seconds.
    max_age: int | None = None
    #: What it asks for besides scopes.
    wishes: Wishes = NO_WISHES
    #: `sub` of the user that its `id_token_hint` is about, as this provider itself knows it.
    hinted_sub: str | None = None
    #: What the tokens are for (RFC 8707).
    resources: tuple[str, ...] = ()
    #: What its `request_uri` has after the prefix, if the client has pushed it (RFC 9126).
    pushed: str | None = None
    #: What waits for the answer in the place of a client's redirect URI (RFC 8628).
    device: Artifact | None = None

    @property
    def client(self) -> Client:
        assert self._client is not None, "the step that finds the client comes first"
        return self._client

    @client.setter
    def client(self, client: Client) -> None:
        self._client = client

    @property
    def destination(self) -> Destination | None:
        """Where the answer goes; None as long as no redirect URI can be trusted."""
        if not self.redirect_uri:
            return None
        return Destination(
            client=self.client,
            redirect_uri=self.redirect_uri,
            response_mode=self.response_mode,
            state=self.params.get("state"),
            issuer=self.issuer,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A redirect URI that is the client's, and how the answer travels there."""

    client: Client
    redirect_uri: str
    response_mode: str
    state: str | None = field(repr=False)
    issuer: str


class Refused(Exception):
    """A refused authorization request, and where to say so; without a destination the browser
    shows it (RFC 6749, 4.1.2.1).
    """

    def __init__(self, error: OAuthError, destination: Destination | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.destination = destination
