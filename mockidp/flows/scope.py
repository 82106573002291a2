"""Which scopes a request gets: what it asks for and its client may have (RFC 6749, section 3.3)."""

from __future__ import annotations

from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.oauth.errors import invalid_scope
from mockidp.oauth.scopes import format_scope, parse_scope, refuse_unknown, unknown_hint


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


def without_unknown(lane: Issuer, written: str | None) -> tuple[str | None, str]:
    """What counts of the `scope` of an authorization request, and what its developer should know of
    the rest: scopes that nobody here knows are no reason to refuse an authentication request where
    the profile passes over them (OpenID Connect Core 1.0, 3.1.2.1).

    :raises OAuthError: ``invalid_scope`` where it cannot be read.
    """
    policy = lane.profile.scopes
    if written is None or policy.unknown == "refused":
        return written, ""
    scopes = parse_scope(written)
    unknown = [scope for scope in scopes if scope not in policy.supported]
    if not unknown or "openid" not in scopes or "openid" in unknown:
        return written, ""
    remark = (
        f"{unknown_hint(unknown, policy.supported)}; it is passed over, as in any authentication "
        "request; to have it refused set scopes_unknown = 'refused'"
    )
    return format_scope(scope for scope in scopes if scope not in unknown), remark


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
