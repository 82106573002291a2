"""Devices that wait for a user who has a browser elsewhere: their codes, what the user has decided,
and how often a device may ask (RFC 8628, sections 3.1 to 3.5).

Two artifacts, each written by one side alone, so that neither can undo what the other has done: the
device code holds what the user decides, the user code how often the device has asked. Who decides
takes the user code; of two, one wins.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mockidp.flows.client_auth import authenticate
from mockidp.flows.client_auth.method import CarriesCredentials
from mockidp.flows.scope import granted_scopes
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.names import DEVICE_CODE
from mockidp.records import dataclass

#: RFC 8628, 3.5: "the interval MUST be increased by 5 seconds for this and all subsequent requests"
_SLOWER = 5
_LONGEST_TYPED = 100
_MOST_TRIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCodes:
    """What a device gets: a code to ask with, and one to show to the user."""

    device_code: str
    user_code: str
    #: Seconds.
    expires_in: int
    interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What the user has told a device."""

    client: Client
    is_allowed: bool


def begin_device(lane: Issuer, request: CarriesCredentials) -> DeviceCodes:
    """New codes for a client (RFC 8628, 3.1 and 3.2).

    :raises OAuthError: as the token endpoint does.
    """
    if lane.profile.token.repeated == "refuse":
        request.params.refuse_repeated()
    client = authenticate(lane, request)
    if DEVICE_CODE not in client.grant_types:
        allowed = ", ".join(client.grant_types) or "no grant"
        raise OAuthError(
            "unauthorized_client",
            hint=f"client {client.client_id!r} may use {allowed}, not {DEVICE_CODE}",
            cites="RFC 8628, 3.2; RFC 6749, 5.2",
            case="grant_not_allowed",
        )
    scopes = granted_scopes(lane, request.params.get("scope"), client)
    return _issue(lane, client, scopes)


def _issue(lane: Issuer, client: Client, scopes: tuple[str, ...]) -> DeviceCodes:
    policy = lane.profile.device_authorization
    now = lane.clock.now()
    device_code = lane.ids.make(policy.code_look)
    shown = _free_user_code(lane)
    expires_at = now + policy.lifetime
    user_code = Artifact(
        kind="user_code",
        id=plain(shown),
        expires_at=expires_at,
        client_id=client.client_id,
        data={"device_code": device_code, "asked_at": None, "interval": policy.interval},
    )
    waiting = Artifact(
        kind="device_code",
        id=device_code,
        expires_at=expires_at,
        client_id=client.client_id,
        scope=scopes,
        family=lane.ids.token(16),
        data={"user_code": shown},
    )
    lane.store.put(waiting, now=now)
    lane.store.put(user_code, now=now)
    return DeviceCodes(
        device_code=device_code,
        user_code=shown,
        expires_in=int(policy.lifetime),
        interval=int(policy.interval),
    )


def _free_user_code(lane: Issuer) -> str:
    """One that no other device shows."""
    look = lane.profile.device_authorization.user_code_look
    for _ in range(_MOST_TRIES):
        shown = lane.ids.make(look)
        if lane.store.get("user_code", plain(shown), now=lane.clock.now()) is None:
            return shown
    raise OAuthError(
        "temporarily_unavailable",
        hint=f"nearly all codes in the look {look!r} are in use: "
        "device_authorization.user_code_look needs more letters",
        cites="RFC 8628, 6.1",
        status=503,
    )


def plain(user_code: str) -> str:
    """A user code as it is compared: whatever the case, dashes and spaces that a person types (RFC
    8628, 6.1).

    >>> plain("wdjb-mjht") == plain(" WDJB MJHT ")
    True
    """
    return re.sub(r"[^0-9A-Z]", "", user_code.upper())


def find_device(lane: Issuer, user_code: str) -> Artifact:
    """The device that shows this code and waits for an answer.

    :raises OAuthError: with what to tell who has typed it.
    """
    now = lane.clock.now()
    found = lane.store.get("user_code", plain(user_code[:_LONGEST_TYPED]), now=now)
    device_code = found.data.get("device_code") if found is not None else None
    if isinstance(device_code, str):
        return waiting_device(lane, device_code)
    raise invalid_request(
        f"no device waits for an answer under the code {user_code[:_LONGEST_TYPED]!r}: it was "
        "mistyped, has been used, or has expired",
        cites="RFC 8628, 3.3",
    )


def waiting_device(lane: Issuer, device_code: str) -> Artifact:
    """The device with this code, as long as it waits for an answer.

    :raises OAuthError: when it does not any more.
    """
    device = lane.store.get("device_code", device_code, now=lane.clock.now())
    if device is None or "decision" in device.data:
        raise invalid_request(
            "the device waits no longer: its code has been used or has expired; start again on "
            "the device",
            cites="RFC 8628, 3.3",
        )
    return device


def shown_code(device: Artifact) -> str:
    """The code as the device shows it."""
    return str(device.data["user_code"])


def decide(
    lane: Issuer, device: Artifact, client: Client, *, user: User | None, auth_time: float = 0
) -> Decided:
    """The user's answer; without a user it is no.

    :raises OAuthError: when it has been answered meanwhile.
    """
    now = lane.clock.now()
    taken = lane.store.take("user_code", plain(shown_code(device)), now=now)
    if taken.outcome != "won":
        raise invalid_request(
            "the code has been answered already, or has expired", cites="RFC 8628, 3.3"
        )
    decision = {"decision": "allowed" if user else "denied", "auth_time": auth_time}
    decided = replace(device, sub=user.sub if user else None, data={**device.data, **decision})
    lane.store.put(decided, now=now)
    return Decided(client=client, is_allowed=user is not None)


def check_decision(lane: Issuer, device: Artifact) -> None:
    """:raises OAuthError: unless the user has said yes (RFC 8628, 3.5)."""
    decision = device.data.get("decision")
    if decision is None:
        raise _pending(lane, shown_code(device))
    if decision != "allowed":
        raise OAuthError(
            "access_denied",
            hint="the user has said no to this device",
            cites="RFC 8628, 3.5",
            case="denied_device",
        )


def _pending(lane: Issuer, user_code: str) -> OAuthError:
    """Why the device has to go on waiting; notes that it has asked."""
    now = lane.clock.now()
    waiting = lane.store.get("user_code", plain(user_code), now=now)
    asked_at, interval = _pace(lane, waiting)
    is_hasty = asked_at is not None and now - asked_at < interval
    if waiting is not None:
        pace = {"asked_at": now, "interval": interval + _SLOWER if is_hasty else interval}
        # Where the user has answered meanwhile nothing is kept, and nothing needs to be.
        lane.store.put(replace(waiting, data={**waiting.data, **pace}), now=now)
    if is_hasty and asked_at is not None:
        return OAuthError(
            "slow_down",
            hint=f"asked again after {now - asked_at:g} s, and the interval was {interval:g} s: it "
            f"is {interval + _SLOWER:g} s from now on; wait, or advance the lane's clock",
            cites="RFC 8628, 3.5",
            case="slow_down",
        )
    return OAuthError(
        "authorization_pending",
        hint=f"nobody has answered the code {user_code} yet: open the verification_uri, or let "
        "idp.robot.approve_device do it",
        cites="RFC 8628, 3.5",
        case="authorization_pending",
    )


def _pace(lane: Issuer, waiting: Artifact | None) -> tuple[float | None, float]:
    """When the device has asked last, and how long it has to wait."""
    kept = waiting.data if waiting is not None else {}
    asked_at, interval = kept.get("asked_at"), kept.get("interval")
    return (
        asked_at if isinstance(asked_at, int | float) else None,
        interval
        if isinstance(interval, int | float)
        else lane.profile.device_authorization.interval,
    )
