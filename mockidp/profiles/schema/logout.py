"""Signing out, and how a client hears of it (the OpenID Connect logout specifications)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockidp.oauth import names
from mockidp.profiles import rules
from mockidp.profiles.schema.facts import fact
from mockidp.records import dataclass

if TYPE_CHECKING:
    from mockidp.profiles.schema.profile import Profile


def _has_logout(profile: Profile) -> bool:
    return bool(profile.logout.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    path: str = fact(
        "",
        "where a client sends its user to sign out; empty: nowhere",
        rule=rules.path_or_nothing,
    )
    confirmation: str = fact(
        "unless hinted",
        "whether the user is asked: unless a good id_token_hint names the session, or always",
        choices=("unless hinted", "always"),
        applies=_has_logout,
    )
    channels: tuple[str, ...] = fact(
        (),
        "how the clients of a session are told that it has ended: in iframes of the page that says "
        "so, by requests of the provider",
        choices=names.LOGOUT_CHANNELS,
    )
    token_lifetime: float = fact(
        120.0,
        "seconds until a logout token expires, 120 at most",
        rule=rules.two_minutes,
        applies=lambda p: "backchannel" in p.logout.channels,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionManagement:
    path: str = fact(
        "",
        "the page for an iframe that tells a client whether the session has changed; empty: "
        "nowhere, and no session_state either",
        rule=rules.path_or_nothing,
    )
