"""Requests that a client has pushed beforehand, and the `request_uri` that stands for each (RFC
9126, sections 2.2 and 4).

A reference is used up when its request is answered, not when it is opened: whoever reloads the
page gets it again, and of two tabs one wins (section 7.3).
"""

from __future__ import annotations

from typing import NamedTuple

from mockidp.flows.authorize.request import Authorization, Refused
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.params import Params

#: RFC 9126, 2.2: the form of its example.
PREFIX = "urn:ietf:params:oauth:request_uri:"

#: Seconds for which it is remembered that one was used: pages may stand open for long.
_REMEMBERED = 86400
_LONGEST_SHOWN = 100


class Pushed(NamedTuple):
    reference: str
    params: Params


def keep_pushed(lane: Issuer, client: Client, pushed: Pushed) -> None:
    """Keep a request that has been checked, until it expires."""
    now = lane.clock.now()
    until = now + lane.profile.par.lifetime
    artifact = Artifact(
        kind="par",
        id=pushed.reference,
        expires_at=until + _REMEMBERED,
        client_id=client.client_id,
        data={"params": [list(pair) for pair in pushed.params.pairs], "until": until},
    )
    lane.store.put(artifact, now=now)


def refers_to_pushed(lane: Issuer, params: Params) -> bool:
    """Whether a request names one that was pushed, to a provider that takes such ones."""
    return bool(lane.profile.par.path) and params.get("request_uri", "").startswith(PREFIX)


def find_pushed(lane: Issuer, client: Client, params: Params) -> Pushed:
    """What the client has pushed.

    :raises OAuthError: ``invalid_request_uri`` when it is nothing that this client can use now.
    """
    if "request" in params:
        hint = "request and request_uri are both sent"
        raise invalid_request(hint, cites="RFC 9101, 5")
    reference = params["request_uri"].removeprefix(PREFIX)
    now = lane.clock.now()
    artifact = lane.store.get("par", reference, now=now)
    if artifact is None:
        # It may have been used up, and still be remembered.
        is_spent = lane.store.take("par", reference, now=now).outcome == "spent"
        raise _spent() if is_spent else _unknown(reference)
    if artifact.client_id != client.client_id:
        raise _refusal(
            f"the request_uri was given to client {artifact.client_id!r}, not to "
            f"{client.client_id!r}",
            "RFC 9126, 2.2",
        )
    kept, until = artifact.data["params"], artifact.data["until"]
    assert isinstance(kept, list | tuple)
    assert isinstance(until, int | float)
    if now >= until:
        hint = f"the request_uri expired {now - until:.0f} seconds ago: push the request again"
        raise _refusal(hint, "RFC 9126, 2.2 and 4")
    return Pushed(reference, Params((str(name), str(value)) for name, value in kept))


def use_up_pushed(lane: Issuer, request: Authorization) -> None:
    """From now on its `request_uri` is good for nothing.

    :raises Refused: when it has been used up meanwhile.
    """
    if request.pushed is None:
        return
    taken = lane.store.take("par", request.pushed, now=lane.clock.now())
    if taken.outcome == "spent":
        raise Refused(_spent(), request.destination)


def _unknown(reference: str) -> OAuthError:
    return _refusal(
        f"there is no request under the request_uri …:{reference[:_LONGEST_SHOWN]}: nothing was "
        "pushed here that got this name, or it is long ago",
        "RFC 9126, 2.2 and 4",
    )


def _spent() -> OAuthError:
    hint = "the request_uri has been used already: push the request again"
    return _refusal(hint, "RFC 9126, 4 and 7.3")


def _refusal(hint: str, cites: str) -> OAuthError:
    return OAuthError("invalid_request_uri", hint=hint, cites=cites, case="bad_pushed_request")
