"""The one family of protocol errors (RFC 6749, sections 4.1.2.1 and 5.2; RFC 6750, section 3.1).

An error has three texts: the *code* and the *description* go over the wire, in the manner of the
profile;
the *hint* is for the developer whose request was refused and goes into the journal only.
"""

from __future__ import annotations

#: What a provider that sends descriptions says of an error when the place that raised it says
#: nothing better.
DESCRIPTIONS = {
    "invalid_request": "The request is malformed or a parameter is missing or repeated",
    "invalid_client": "Client authentication failed",
    "invalid_grant": "The authorization grant or refresh token is invalid, expired or revoked",
    "unauthorized_client": "The client may not use this grant type",
    "unsupported_grant_type": "The grant type is not supported",
    "invalid_scope": "The requested scope is invalid, unknown or not allowed",
    "too_many_requests": "Too many requests",
}


class OAuthError(Exception):
    """A request that the provider refuses.

    >>> error = OAuthError(
    ...     "invalid_scope", hint="scope 'x' is not one of: read, write", cites="RFC 6749, 3.3"
    ... )
    >>> error.code, error.cites
    ('invalid_scope', 'RFC 6749, 3.3')
    """

    def __init__(
        self,
        code: str,
        description: str = "",
        *,
        hint: str,
        cites: str = "",
        status: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {hint}")
        self.code = code
        self.description = description
        self.hint = hint
        self.cites = cites
        #: Set only where the place of the error decides the status (413, 405); otherwise
        #: the profile does.
        self.status = status


def invalid_request(
    hint: str, *, description: str = "", cites: str = "RFC 6749, 5.2"
) -> OAuthError:
    return OAuthError("invalid_request", description, hint=hint, cites=cites)


def invalid_client(hint: str, *, description: str = "", cites: str = "RFC 6749, 5.2") -> OAuthError:
    return OAuthError("invalid_client", description, hint=hint, cites=cites)


def invalid_scope(hint: str, *, description: str = "", cites: str = "RFC 6749, 3.3") -> OAuthError:
    return OAuthError("invalid_scope", description, hint=hint, cites=cites)
