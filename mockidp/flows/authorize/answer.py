"""The end of an authorization request: what the client gets, or why it gets nothing (RFC 6749,
sections 4.1.2, 4.1.2.1 and 4.2.2; RFC 9207, 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockidp.flows.authorize.request import Authorization, Destination
from mockidp.flows.authorize.response_modes import RESPONSE_MODES, Form, Redirect
from mockidp.flows.authorize.response_types import RESPONSE_TYPES
from mockidp.flows.authorize.response_types.response_type import Approval
from mockidp.flows.wording import wording
from mockidp.issuer import Issuer
from mockidp.model.user import User
from mockidp.oauth.errors import OAuthError

_MODES = {mode.name: mode for mode in RESPONSE_MODES}


def approve(lane: Issuer, request: Authorization, user: User, auth_time: float) -> Redirect | Form:
    """Give the client what it asked for, in the profile's order."""
    approval = Approval(request=request, user=user, auth_time=auth_time, family=lane.ids.token(16))
    members: dict[str, Any] = {}
    for response_type in RESPONSE_TYPES:
        if response_type.word in request.response_words:
            members.update(response_type.contribute(lane, approval, members))
    destination = request.destination
    assert destination is not None, "the request has been checked"
    return _send(destination, lane.profile.authorize.members, members)


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
    return _send(destination, lane.profile.authorize.refused_members, members)


def _send(
    destination: Destination, order: tuple[str, ...], members: Mapping[str, Any]
) -> Redirect | Form:
    known = {**members, "state": destination.state, "iss": destination.issuer}
    sent = {name: str(known[name]) for name in order if known.get(name)}
    return _MODES[destination.response_mode].send(destination.redirect_uri, sent)
