"""Which scopes a request gets: what it asks for and its client may have (RFC 6749, section 3.3)."""

from __future__ import annotations

from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.oauth.errors import invalid_scope
from mockidp.oauth.scopes import parse_scope, refuse_unknown


def granted_scopes(
    lane: Issuer, written: str | None, client: Client, *, refused: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The scopes in the profile's order. ``refused`` are those that make no sense for the grant.

    :raises OAuthError: ``invalid_scope``.
    """
    policy = lane.profile.scopes
    allowed = policy.supported if client.scope is None else client.scope
    # Nothing but spaces names no scope (3.3), so it counts as left out.
    if written is None or not written.strip(" "):
        scopes = _without_scope(lane, allowed, refused)
    else:
        longest = lane.profile.token.max_length.get("scope", len(written))
        if len(written) > longest:
            raise invalid_scope(f"scope is longer than {longest} characters")
        scopes = parse_scope(written)
        refuse_unknown(scopes, policy.supported)
        refuse_unknown(scopes, allowed, what=f"client {client.client_id!r}")
        wrong = [scope for scope in scopes if scope in refused]
        if wrong:
            raise invalid_scope(
                f"this grant cannot give {', '.join(wrong)}: no user is involved", scope=wrong[0]
            )
    return tuple(sorted(scopes)) if policy.order == "sorted" else scopes


def _without_scope(
    lane: Issuer, allowed: tuple[str, ...], refused: tuple[str, ...]
) -> tuple[str, ...]:
    policy = lane.profile.scopes
    match policy.when_missing:
        case "refuse":
            raise invalid_scope("scope is missing, and this provider has no default")
        case "none":
            return ()
        case "default":
            return tuple(scope for scope in policy.default if scope in allowed)
    return tuple(scope for scope in allowed if scope not in refused)
