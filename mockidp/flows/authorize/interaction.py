"""A person on the way through an authorization request: who signs in, who is asked, and what
they may answer (OpenID Connect Core 1.0, sections 3.1.2.1 to 3.1.2.4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from mockidp.control.outgoing import Post
from mockidp.flows.authorize.answer import approve
from mockidp.flows.authorize.consents import is_consent_needed, remember_consent
from mockidp.flows.authorize.farewell import take_over
from mockidp.flows.authorize.pushed import use_up_pushed
from mockidp.flows.authorize.request import Authorization, Refused
from mockidp.flows.authorize.response_modes import Form, Redirect
from mockidp.flows.authorize.sessions import Session, signing_in
from mockidp.flows.authorize.waiting import Interaction, close, keep, open_interaction
from mockidp.flows.authorize.wishes import is_about, meant_user
from mockidp.flows.device import Decided, decide
from mockidp.flows.subject import named_user
from mockidp.issuer import Issuer
from mockidp.model.user import User
from mockidp.oauth.errors import OAuthError
from mockidp.records import dataclass

#: Errors that a tester may choose on a page: what a client has to expect (RFC 6749, 4.1.2.1;
#: OpenID Connect Core 1.0, 3.1.2.6).
CHOOSABLE_ERRORS = (
    "access_denied",
    "login_required",
    "consent_required",
    "interaction_required",
    "account_selection_required",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "server_error",
    "temporarily_unavailable",
)


@dataclass(frozen=True, slots=True)
class Ask:
    """The person has to be asked on this page."""

    page: Literal["login", "consent"]
    interaction: Interaction
    #: A session that began on the way.
    session: Session | None = None
    #: What the clients of the one that ended by it are told.
    posts: tuple[Post, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """The client gets its answer."""

    answer: Redirect | Form | Decided
    #: A session that began on the way.
    session: Session | None = None
    #: What the clients of the one that ended by it are told.
    posts: tuple[Post, ...] = ()


def begin(
    lane: Issuer,
    request: Authorization,
    session: Session | None,
    browser: str,
    former: Session | None = None,
) -> Ask | Done:
    """The first step of a request that has been checked. ``session`` is that of the browser, and
    ``former`` another that it has meanwhile.

    :raises Refused: when a person is needed, and the request forbids to ask one.
    """
    user = _automatic_user(lane, request)
    if user is not None:
        _refuse_another(lane, request, user)
        is_there = session is not None and session.user.sub == user.sub
        if session is not None and is_there and not _is_stale(lane, request, session):
            return _approved(lane, request, session, session)
        former = session or former
        with signing_in(lane, user, former) as session:
            answer = approve(lane, request, session)
        return Done(answer, session, take_over(lane, session, request.issuer))
    if session is not None and not _needs_login(lane, request, session):
        if not is_consent_needed(lane, request, session.user):
            return _approved(lane, request, session)
        _refuse_if_silent(request, "consent_required", "the user has to give consent")
        return Ask("consent", open_interaction(lane, request, browser, session))
    why = "nobody is signed in, or has to sign in again"
    if session is not None and not is_about(lane, request, session.user):
        why = f"{session.user.username!r} is signed in, and the request is about somebody else"
    _refuse_if_silent(request, "login_required", why)
    return Ask("login", open_interaction(lane, request, browser))


def after_login(lane: Issuer, interaction: Interaction, session: Session) -> Ask | Done:
    """The user has signed in for this request.

    :raises OAuthError: when the interaction has been answered meanwhile.
    :raises Refused: when the request is about somebody else.
    """
    request = interaction.request
    if not is_about(lane, request, session.user):
        close(lane, interaction)
        _refuse_another(lane, request, session.user)
    if is_consent_needed(lane, request, session.user):
        waiting = keep(lane, replace(interaction, session=session))
        return Ask("consent", waiting, session, take_over(lane, session, request.issuer))
    close(lane, interaction)
    answer = approve(lane, request, session)
    return Done(answer, session, take_over(lane, session, request.issuer))


def after_consent(lane: Issuer, interaction: Interaction, session: Session) -> Done:
    """The user has said yes.

    :raises OAuthError: when the interaction has been answered meanwhile.
    """
    close(lane, interaction)
    remember_consent(lane, interaction.request, session.user)
    return _approved(lane, interaction.request, session)


def back_to_login(lane: Issuer, interaction: Interaction) -> Ask:
    """Somebody else wants to sign in."""
    return Ask("login", keep(lane, replace(interaction, session=None)))


def end(lane: Issuer, interaction: Interaction, error: str) -> Done:
    """The person has said no, or wants the request to fail. A device is told when it asks.

    :raises Refused: where the client is told at once.
    :raises OAuthError: when the interaction has been answered meanwhile.
    """
    close(lane, interaction)
    request = interaction.request
    if request.device is not None:
        return Done(decide(lane, request.device, request.client, user=None))
    use_up_pushed(lane, request)
    case = ""
    if error == "access_denied":
        case = "denied_openid" if "openid" in request.scopes else "denied"
    said = "the user said no" if case else "chosen on the page, to see what the client does"
    raise Refused(
        OAuthError(error, hint=said, cites="RFC 6749, 4.1.2.1", case=case), request.destination
    )


def _approved(
    lane: Issuer, request: Authorization, session: Session, began: Session | None = None
) -> Done:
    """What the client gets of a session that was there. Where it has ended in that moment, whoever
    ended it may have looked for its clients before they knew of it.
    """
    answer = approve(lane, request, session)
    return Done(answer, began, take_over(lane, session, request.issuer))


def _automatic_user(lane: Issuer, request: Authorization) -> User | None:
    """Whoever is signed in without a page, if that is switched on."""
    name = request.client.auto_login or lane.auto_login
    if name is None:
        return None
    user = _by_login_hint(lane, request) or lane.users.get(name)
    if user is None:
        known = ", ".join(known.username for known in lane.users.all()) or "none"
        hint = f"auto_login names {name!r}, and no user is called so; known: {known}"
        raise Refused(OAuthError("server_error", hint=hint), request.destination)
    if not is_about(lane, request, user):
        user = meant_user(lane, request) or user
    return user if user.enabled else None


def hinted_user(lane: Issuer, request: Authorization) -> User | None:
    """Whom the request is about, or whom `login_hint` means: a username, an e-mail address or a
    `sub`.
    """
    return meant_user(lane, request) or _by_login_hint(lane, request)


def _by_login_hint(lane: Issuer, request: Authorization) -> User | None:
    hint = request.params.get("login_hint")
    return None if hint is None else named_user(lane, hint)


def _needs_login(lane: Issuer, request: Authorization, session: Session) -> bool:
    if "login" in request.prompts or "select_account" in request.prompts:
        return True
    hinted = _by_login_hint(lane, request)
    is_other = hinted is not None and hinted.sub != session.user.sub
    is_other = is_other or not is_about(lane, request, session.user)
    return is_other or _is_stale(lane, request, session)


def _is_stale(lane: Issuer, request: Authorization, session: Session) -> bool:
    # OpenID Connect Core 1.0, 3.1.2.1: max_age, where 0 is the same as prompt=login
    age = lane.clock.now() - session.auth_time
    is_too_old = request.max_age is not None and (age > request.max_age or request.max_age == 0)
    return is_too_old or "login" in request.prompts


def _refuse_another(lane: Issuer, request: Authorization, user: User) -> None:
    """OpenID Connect Core 1.0, 3.1.2.2: no answer about anybody but the one whom it is about."""
    if not is_about(lane, request, user):
        hint = (
            f"{user.username!r} has signed in, and the request is about somebody else, by its "
            "id_token_hint or by the sub in its claims"
        )
        cites = "OpenID Connect Core 1.0, 3.1.2.2 and 5.5.1"
        error = OAuthError("login_required", hint=hint, cites=cites, case="login_needed")
        raise Refused(error, request.destination)


def _refuse_if_silent(request: Authorization, code: str, hint: str) -> None:
    if "none" in request.prompts:
        cites = "OpenID Connect Core 1.0, 3.1.2.6"
        hint = f"{hint}, and prompt=none forbids to ask"
        case = "login_needed" if code == "login_required" else "consent_needed"
        error = OAuthError(code, hint=hint, cites=cites, case=case)
        raise Refused(error, request.destination)
