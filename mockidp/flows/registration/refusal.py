"""A registration that is refused (RFC 7591, section 3.2.2)."""

from __future__ import annotations

from mockidp.oauth.errors import OAuthError

REGISTRATION = "OpenID Connect Dynamic Client Registration 1.0, 2"

_LONGEST_SHOWN = 100


def bad_metadata(hint: str, *, cites: str = "RFC 7591, 3.2.2") -> OAuthError:
    return OAuthError("invalid_client_metadata", hint=hint, cites=cites, case="bad_client_metadata")


def bad_redirect_uri(hint: str, *, cites: str = REGISTRATION) -> OAuthError:
    return OAuthError(
        "invalid_redirect_uri", hint=hint, cites=cites, case="bad_client_redirect_uri"
    )


def shown(value: object) -> str:
    """A value of the client's for a hint."""
    text = repr(value[: _LONGEST_SHOWN + 1]) if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST_SHOWN + 2 else f"{text[:_LONGEST_SHOWN]}…"
