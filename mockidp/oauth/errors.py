"""The one family of protocol errors (RFC 6749, sections 4.1.2.1 and 5.2; RFC 6750, section 3.1).

An error has three texts: the *code* and the *description* go over the wire, in the manner of the
profile;
the *hint* is for the developer whose request was refused and goes into the journal only.
"""

from __future__ import annotations

from collections.abc import Mapping

#: What a provider that sends descriptions says of an error when the place that raised it says
#: nothing better.
DESCRIPTIONS = {
    "invalid_request": "The request is malformed or a parameter is missing or repeated",
    "invalid_client": "Client authentication failed",
    "invalid_grant": "The authorization grant or refresh token is invalid, expired or revoked",
    "unauthorized_client": "The client may not use this grant type",
    "unsupported_grant_type": "The grant type is not supported",
    "unsupported_response_type": "The response type is not supported",
    "access_denied": "The user or the provider denied the request",
    "login_required": "The user is not signed in",
    "consent_required": "The user has not given consent",
    "interaction_required": "The request needs the user",
    "unmet_authentication_requirements": "The user cannot be authenticated as it was asked for",
    "account_selection_required": "The user has to choose an account",
    "server_error": "The server failed",
    "temporarily_unavailable": "The server cannot answer at the moment",
    "authorization_pending": "The user has not answered yet",
    "slow_down": "The client asks too often, and has to wait longer from now on",
    "expired_token": "The device code has expired",
    "unsupported_token_type": "Tokens of this type cannot be revoked",
    "invalid_scope": "The requested scope is invalid, unknown or not allowed",
    "request_not_supported": "The request parameter is not supported",
    "request_uri_not_supported": "The request_uri parameter is not supported",
    "invalid_request_object": "The request object is invalid",
    "invalid_request_uri": "The request object cannot be had from the request_uri",
    "invalid_redirect_uri": "A redirect URI of the client metadata is invalid",
    "invalid_client_metadata": "A member of the client metadata is invalid",
    "invalid_target": "The resource is invalid, unknown or not allowed",
    "invalid_dpop_proof": "The DPoP proof is missing or invalid",
    "use_dpop_nonce": "The DPoP proof must have the nonce of the DPoP-Nonce header",
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
        case: str = "",
        values: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {hint}")
        self.code = code
        self.description = description
        self.hint = hint
        self.cites = cites
        #: Set only where the place of the error decides the status (413, 405); otherwise
        #: the profile does.
        self.status = status
        #: One of ``names.ERROR_CASES``: a profile may say more exactly what its provider answers.
        self.case = case
        #: What stands in the texts of that case for ``{parameter}`` and the like.
        self.values = dict(values or {})
        #: Headers that belong to the error itself, such as DPoP-Nonce.
        self.headers = dict(headers or {})


def invalid_request(
    hint: str,
    *,
    description: str = "",
    cites: str = "RFC 6749, 5.2",
    case: str = "",
    values: Mapping[str, str] | None = None,
) -> OAuthError:
    return OAuthError(
        "invalid_request", description, hint=hint, cites=cites, case=case, values=values
    )


def missing_parameter(name: str, hint: str, *, cites: str = "RFC 6749, 5.2") -> OAuthError:
    return invalid_request(hint, cites=cites, case="missing_parameter", values={"parameter": name})


def invalid_client(
    hint: str, *, description: str = "", cites: str = "RFC 6749, 5.2", case: str = "bad_client"
) -> OAuthError:
    return OAuthError("invalid_client", description, hint=hint, cites=cites, case=case)


def invalid_grant(hint: str, *, cites: str = "RFC 6749, 5.2", case: str = "") -> OAuthError:
    return OAuthError("invalid_grant", hint=hint, cites=cites, case=case)


def invalid_scope(
    hint: str, *, description: str = "", cites: str = "RFC 6749, 3.3", scope: str = ""
) -> OAuthError:
    return OAuthError(
        "invalid_scope",
        description,
        hint=hint,
        cites=cites,
        case="bad_scope",
        values={"scope_asked": scope},
    )
