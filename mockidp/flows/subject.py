"""Who the user is: by name and password, or as the one whom a code or a token was made for."""

from __future__ import annotations

import hmac

from mockidp.issuer import Issuer
from mockidp.model.user import User
from mockidp.oauth.errors import invalid_grant


def active_user(lane: Issuer, sub: str | None, what: str) -> User:
    """The user with this `sub`.

    :raises OAuthError: ``invalid_grant`` when there is no such user any more, or a disabled one.
    """
    user = lane.users.by_sub(sub) if sub is not None else None
    if user is None or not user.enabled:
        state = "has been disabled" if user else "does not exist any more"
        raise invalid_grant(f"the user that the {what} is for {state}", cites="RFC 6749, 5.2")
    return user


def named_user(lane: Issuer, name: str) -> User | None:
    """Whom a username, an e-mail address or a `sub` means (OpenID Connect Core 1.0, 3.1.2.1)."""
    by_email = (user for user in lane.users.all() if user.claims.get("email") == name)
    return lane.users.get(name) or lane.users.by_sub(name) or next(by_email, None)


def authenticate_user(lane: Issuer, username: str, password: str) -> User:
    """The user with this name and password.

    :raises OAuthError: ``invalid_grant``; the hint never shows a password.
    """
    user = lane.users.get(username)
    if user is None:
        known = ", ".join(repr(known.username) for known in lane.users.all()[:10]) or "none"
        hint = f"no user is called {username[:100]!r}; known: {known}"
        raise invalid_grant(hint, cites="RFC 6749, 4.3.2", case="bad_user")
    if not user.enabled:
        hint = f"user {username!r} is disabled"
        raise invalid_grant(hint, cites="RFC 6749, 4.3.2", case="bad_user")
    if not hmac.compare_digest(user.password.encode(), password.encode("utf-8", "replace")):
        hint = f"wrong password for user {username!r}"
        raise invalid_grant(hint, cites="RFC 6749, 4.3.2", case="bad_user")
    return user
