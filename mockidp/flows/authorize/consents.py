"""What users have agreed to (RFC 6749, section 4.1.1; OpenID Connect Core 1.0, 3.1.2.4)."""

from __future__ import annotations

from mockidp.flows.authorize.request import Authorization
from mockidp.flows.authorize.wishes import single_claims
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.model.user import User


def is_consent_needed(lane: Issuer, request: Authorization, user: User) -> bool:
    """Whether the user has to be asked."""
    if "consent" in request.prompts or request.device is not None:
        return True  # RFC 8628, 5.4: whoever has been sent the code of another's device can say no
    policy = lane.profile.authorize.consent
    if policy == "skip" or request.client.skip_consent:
        return False
    if policy == "ask":
        return True
    given = lane.store.get("consent", _id(request, user), now=lane.clock.now())
    return given is None or not set(_wanted(request)) <= set(given.scope)


def remember_consent(lane: Issuer, request: Authorization, user: User) -> None:
    """The user has agreed to these scopes for this client."""
    now = lane.clock.now()
    given = lane.store.get("consent", _id(request, user), now=now)
    before = given.scope if given else ()
    consent = Artifact(
        kind="consent",
        id=_id(request, user),
        expires_at=None,
        client_id=request.client.client_id,
        sub=user.sub,
        scope=tuple(dict.fromkeys((*before, *_wanted(request)))),
    )
    lane.store.put(consent, now=now)


def _wanted(request: Authorization) -> tuple[str, ...]:
    """Scopes, and claims asked for one by one; no scope has a space (RFC 6749, 3.3)."""
    return (*request.scopes, *(f"claim {name}" for name in single_claims(request)))


def _id(request: Authorization, user: User) -> str:
    # A line break is in neither of them.
    return f"{user.sub}\n{request.client.client_id}"
