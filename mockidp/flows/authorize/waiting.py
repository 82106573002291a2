"""Requests that wait for a person: kept from page to page, and found again by the right browser.

A request is kept as it came, so that nothing of it can be changed on the way, and checked anew at
each step unless nothing has changed that the checks look at. Its id is in the address of each page;
a secret in the page and another one in a cookie show that the answer comes from the page and from
the browser that it was made for.
"""

from __future__ import annotations

import hmac
from dataclasses import field

from mockidp.flows.authorize.pipeline import check
from mockidp.flows.authorize.request import Authorization
from mockidp.flows.authorize.sessions import Session, find_session, named_session
from mockidp.flows.authorize.verification import request_of
from mockidp.flows.device import waiting_device
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.params import Params
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """A request that waits for a person."""

    id: str
    request: Authorization
    csrf: str = field(repr=False)
    browser: str = field(repr=False)
    #: That of the sign-in for this request; None until there is one, and once it has ended.
    session: Session | None = None


def find_interaction(
    lane: Issuer, id: str | None, browser: str | None, issuer: str, try_out_uri: str
) -> Interaction:
    """The interaction of a page.

    :raises OAuthError: when there is none, or it was begun in another browser, or the device that
        it was for waits no longer.
    :raises Refused: when its request is not good any more.
    """
    artifact = lane.store.get("interaction", id, now=lane.clock.now()) if id else None
    if artifact is None:
        raise invalid_request(
            "this page has been answered already, has stood open too long "
            "(authentication.page_lifetime), or was never made: start again at the application",
            cites="",
        )
    kept = artifact.data
    if not browser:
        raise invalid_request(
            "the browser sent no cookie for this page: it was made for another browser, or cookies "
            "are not allowed here; allow them, and start again at the application",
            cites="RFC 6265, 5.4",
        )
    if not hmac.compare_digest(browser.encode("utf-8", "replace"), str(kept["browser"]).encode()):
        raise invalid_request("this page was made for another browser", cites="RFC 9700, 4.7")
    return Interaction(
        id=artifact.id,
        request=_request_of(lane, artifact, issuer, try_out_uri),
        csrf=str(kept["csrf"]),
        browser=str(kept["browser"]),
        session=_session_of(lane, artifact),
    )


def _session_of(lane: Issuer, kept: Artifact) -> Session | None:
    """The session of an interaction, also where its user has signed in once more meanwhile."""
    id, sid = kept.data["signed_in"], str(kept.data["sid"])
    session = find_session(lane, str(id)) if id else None
    if session is None and kept.sub is not None:
        session = named_session(lane, kept.sub, sid)
    return session


@dataclass(frozen=True, slots=True)
class _Checked:
    """A request as the checks have left it, and what the store kept of it at that time."""

    request: Authorization
    kept: Artifact

    def holds(self, lane: Issuer, kept: Artifact, issuer: str, try_out_uri: str) -> bool:
        """Whether the checks would find the same again: they look at nothing else."""
        request = self.request
        return (
            self.kept is kept
            and lane.clients.get(request.client.client_id) is request.client
            and (request.issuer, request.try_out_uri) == (issuer, try_out_uri)
            # Devices come and go, and so do the keys by which a hint is known.
            and request.device is None
            and request.hinted_sub is None
        )


def _request_of(lane: Issuer, kept: Artifact, issuer: str, try_out_uri: str) -> Authorization:
    checked: _Checked | None = lane.checked.get(kept.id)
    if checked is not None and checked.holds(lane, kept, issuer, try_out_uri):
        return checked.request
    device_code = kept.data.get("device_code")
    if isinstance(device_code, str):
        return request_of(lane, waiting_device(lane, device_code), issuer)
    params, pushed = kept.data["params"], kept.data["pushed"]
    assert isinstance(params, list | tuple)
    return check(
        lane,
        Authorization(
            params=Params((str(name), str(value)) for name, value in params),
            issuer=issuer,
            try_out_uri=try_out_uri,
            pushed=pushed if isinstance(pushed, str) else None,
        ),
    )


def open_interaction(
    lane: Issuer, request: Authorization, browser: str, session: Session | None = None
) -> Interaction:
    interaction = Interaction(
        id=lane.ids.token(16),
        request=request,
        csrf=lane.ids.token(16),
        browser=browser,
        session=session,
    )
    return keep(lane, interaction)


def keep(lane: Issuer, interaction: Interaction) -> Interaction:
    now = lane.clock.now()
    device, session = interaction.request.device, interaction.session
    artifact = Artifact(
        kind="interaction",
        id=interaction.id,
        expires_at=now + lane.profile.authentication.page_lifetime,
        client_id=interaction.request.client.client_id,
        sub=session.user.sub if session else None,
        data={
            "params": [list(pair) for pair in interaction.request.params.pairs],
            "pushed": interaction.request.pushed,
            "device_code": device.id if device is not None else None,
            "csrf": interaction.csrf,
            "browser": interaction.browser,
            "signed_in": session.id if session else "",
            "sid": session.sid if session else "",
        },
    )
    if not lane.store.put(artifact, now=now):
        raise _answered()
    lane.checked.put(interaction.id, _Checked(interaction.request, artifact))
    return interaction


def close(lane: Issuer, interaction: Interaction) -> None:
    """Answer it: of all who do, in two tabs or by two clicks, one wins."""
    taken = lane.store.take("interaction", interaction.id, now=lane.clock.now())
    if taken.outcome != "won":
        raise _answered()


def _answered() -> OAuthError:
    return invalid_request("this page has been answered already", cites="")
