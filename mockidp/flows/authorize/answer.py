"""The end of an authorization request: what the client gets, or why it gets nothing (RFC 6749,
sections 4.1.2, 4.1.2.1 and 4.2.2; RFC 9207, 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockidp.flows.authorize.pushed import use_up_pushed
from mockidp.flows.authorize.request import Authorization, Destination
from mockidp.flows.authorize.response_modes import RESPONSE_MODES, Form, Redirect
from mockidp.flows.authorize.response_types import RESPONSE_TYPES
from mockidp.flows.authorize.response_types.response_type import Approval
from mockidp.flows.authorize.sessions import Session, remember_client, session_state
from mockidp.flows.device import Decided, decide
from mockidp.flows.wording import wording
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError

_MODES = {mode.name: mode for mode in RESPONSE_MODES}


def approve(lane: Issuer, request: Authorization, session: Session) -> Redirect | Form | Decided:
    """Give the client what it asked for, in the profile's order; a device has to fetch it."""
    if request.device is not None:
        user, auth_time = session.user, session.auth_time
        return decide(lane, request.device, request.client, user=user, auth_time=auth_time)
    use_up_pushed(lane, request)
    approval = Approval(request=request, session=session, family=lane.ids.token(16))
    members: dict[str, Any] = {}
    for response_type in RESPONSE_TYPES:
        if response_type.word in request.response_words:
            members.update(response_type.contribute(lane, approval, members))
    if "openid" in request.scopes:
        members |= _of_the_session(lane, request, session)
    destination = request.destination
    assert destination is not None, "the request has been checked"
    return _send(lane, destination, lane.profile.authorize.members, members)


def _of_the_session(lane: Issuer, request: Authorization, session: Session) -> dict[str, str]:
    """From now on the client knows of the session, and will be told when it ends."""
    if lane.profile.logout.channels:
        remember_client(lane, session, request.client)
    if not lane.profile.session_management.path:
        return {}
    # OpenID Connect Session Management 1.0, 2
    salt = lane.ids.token(16)
    state = session_state(
        request.client.client_id, request.redirect_uri, session.browser_state, salt
    )
    return {"session_state": state}


def refuse(lane: Issuer, error: OAuthError, destination: Destination) -> Redirect | Form:
    """Tell the client why it gets nothing."""
    said = wording(lane.profile, error)
    members = {
        "error": said.error,
        "error_description": said.description,
        "error_uri": said.uri,
        "hint": said.hint,
        "message": said.description,
    }
    if lane.profile.authorize.refused_mode == "query":
        destination = replace(destination, response_mode="query")
    return _send(lane, destination, lane.profile.authorize.refused_members, members)


def _send(
    lane: Issuer, destination: Destination, order: tuple[str, ...], members: Mapping[str, Any]
) -> Redirect | Form:
    known = {**members, "state": destination.state, "iss": destination.issuer}
    sent = {name: str(known[name]) for name in order if known.get(name)}
    return _MODES[destination.response_mode].send(lane, destination, sent)
