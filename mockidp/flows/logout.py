"""The end of a session that a client asks for: which one is meant, whether the user is asked, and
where the browser goes (OpenID Connect RP-Initiated Logout 1.0).
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from mockidp.flows.authorize.sessions import Session, named_session
from mockidp.flows.subject import named_user
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError, invalid_client, invalid_request
from mockidp.oauth.params import Params
from mockidp.oauth.uris import redirect_uri_difference
from mockidp.records import dataclass
from mockidp.tokens.hint import Hint, read_hint

_CITES = "OpenID Connect RP-Initiated Logout 1.0, 2"
_LONGEST_SHOWN = 200
#: The parameters that say where the browser goes afterwards.
_GOES_BACK = ("post_logout_redirect_uri", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    """A request that has been checked."""

    client: Client | None = None
    #: Where the browser goes afterwards, with `state`; "" where it stays.
    return_uri: str = ""
    hint: Hint | None = None
    logout_hint: str | None = None


def check_logout(lane: Issuer, params: Params) -> Logout:
    """The request with what follows from it.

    :raises OAuthError: then nobody is signed out, and the browser goes nowhere.
    """
    if lane.profile.token.repeated == "refuse":
        params.refuse_repeated()
    sent = params.get("id_token_hint")
    hint = None if sent is None else read_hint(lane, sent, cites=_CITES)
    client = _client(lane, params.get("client_id"), hint)
    return Logout(
        client=client,
        return_uri=_return_uri(client, params),
        hint=hint,
        logout_hint=params.get("logout_hint"),
    )


def _client(lane: Issuer, named: str | None, hint: Hint | None) -> Client | None:
    if named is None and hint is None:
        return None
    issued_to = hint.client_ids if hint is not None else ()
    if named is not None and hint is not None and named not in issued_to:
        raise invalid_request(
            f"client_id is {named[:_LONGEST_SHOWN]!r}, and the id_token_hint was issued to "
            f"{', '.join(issued_to)}",
            cites=_CITES,
        )
    client_id = named if named is not None else next(iter(issued_to), "")
    client = lane.clients.get(client_id)
    if client is None or not client.enabled:
        state = "is disabled" if client else "is not registered"
        raise invalid_client(
            f"client {client_id[:_LONGEST_SHOWN]!r} {state}", cites=_CITES, case="authorize_client"
        )
    return client


def _return_uri(client: Client | None, params: Params) -> str:
    uri, state = params.get("post_logout_redirect_uri"), params.get("state")
    if uri is None:
        return ""
    if client is None:
        raise invalid_request(
            "post_logout_redirect_uri is sent, and nothing says whose it is: send id_token_hint, "
            "or at least client_id",
            cites=_CITES,
        )
    # Section 3: "MUST exactly match"; no port is free here.
    if uri not in client.post_logout_redirect_uris:
        raise _unregistered(client, uri)
    if state is None:
        return uri
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{urlencode({'state': state}, quote_via=quote)}"


def _unregistered(client: Client, uri: str) -> OAuthError:
    registered = client.post_logout_redirect_uris
    if registered:
        hint = redirect_uri_difference(uri, registered)
    else:
        hint = (
            f"redirect_uri is sent, and client {client.client_id!r} has registered none: "
            f"configure it with post_logout_redirect_uris = [{uri[:_LONGEST_SHOWN]!r}]"
        )
    return invalid_request(
        hint.replace("redirect_uri", "post_logout_redirect_uri", 1),
        cites="OpenID Connect RP-Initiated Logout 1.0, 3",
    )


def session_of(lane: Issuer, logout: Logout, session: Session | None) -> Session | None:
    """Which session is meant: that of the browser, or else the one that the hint names, as where a
    form of the client's page has asked, which brings no cookie.
    """
    hint = logout.hint
    if session is not None or hint is None or hint.sid is None:
        return session
    return named_session(lane, hint.sub, hint.sid)


def is_confirmation_needed(lane: Issuer, logout: Logout, session: Session) -> bool:
    """Whether the user has to be asked first (sections 2 and 6)."""
    hint = logout.hint
    if hint is None or lane.profile.logout.confirmation == "always":
        return True
    user = named_user(lane, logout.logout_hint) if logout.logout_hint is not None else None
    is_other_user = user is not None and user.sub != session.user.sub
    # Section 4: a session that is over is "suspect"
    is_other_session = hint.sid is not None and hint.sid != session.sid
    return hint.sub != session.user.sub or is_other_session or is_other_user


def keep_logout(lane: Issuer, logout: Logout, params: Params) -> str:
    """Keep the request until the user has answered; gives its id."""
    now = lane.clock.now()
    waiting = Artifact(
        kind="logout",
        id=lane.ids.token(16),
        expires_at=now + lane.profile.authentication.page_lifetime,
        client_id=logout.client.client_id if logout.client else None,
        data={name: params[name] for name in _GOES_BACK if name in params},
    )
    lane.store.put(waiting, now=now)
    return waiting.id


def find_logout(lane: Issuer, id: str | None) -> Logout | None:
    """The request with this id. Where the browser goes is looked at anew: the client may have been
    changed or removed since, and then it stays.
    """
    waiting = lane.store.get("logout", id, now=lane.clock.now()) if id else None
    if waiting is None:
        return None
    client = lane.clients.get(waiting.client_id) if waiting.client_id is not None else None
    if client is not None and not client.enabled:
        client = None
    params = Params((name, str(value)) for name, value in waiting.data.items())
    try:
        return Logout(client=client, return_uri=_return_uri(client, params))
    except OAuthError:
        return Logout(client=client)
