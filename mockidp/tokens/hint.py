"""An ID token that a client sends back, to say whom it means (``id_token_hint``: OpenID Connect
Core 1.0, section 3.1.2.1; OpenID Connect RP-Initiated Logout 1.0, section 2).
"""

from __future__ import annotations

from mockidp.issuer import Issuer
from mockidp.keys.jwt import BadToken, verify
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.records import dataclass
from mockidp.tokens.subjects import user_known_as


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a good one says."""

    #: Whom it was issued to.
    client_ids: tuple[str, ...]
    #: As this provider itself knows the user, whatever the client has been told.
    sub: str
    #: The session; None in a token of a grant without one.
    sid: str | None


def read_hint(lane: Issuer, token: str, *, cites: str) -> Hint:
    """The hint, if this provider has issued it; it may have expired long ago.

    ``cites`` is the section that allows to send one.

    :raises OAuthError: ``invalid_request`` for anything else.
    """
    try:
        header, claims = verify(token, lane.keys)
    except BadToken as problem:
        why = f"is refused as {problem.reason}: {problem.hint}"
        if token.endswith("."):  # RFC 7519, 6: as an unsigned one does
            why += "; one without a signature is nobody's word, also where its client gets such"
        raise _not_good(why, cites) from None
    # RFC 8725, 3.11: access tokens and logout tokens have the same issuer and the same keys.
    if (header.get("typ") or "") != lane.profile.id_token.typ:
        raise _not_good(f"has the typ {str(header.get('typ'))[:50]!r}: is it an ID token?", cites)
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or issuer not in lane.system.issuers:
        raise _not_good("was issued by somebody else, or under another address", cites)
    audience, sub, sid = claims.get("aud"), claims.get("sub"), claims.get("sid")
    client_ids = [audience] if isinstance(audience, str) else audience
    if not isinstance(client_ids, list) or not isinstance(sub, str):
        raise _not_good("has no aud or no sub", cites)
    # What userinfo has signed has that typ too, and no times (OpenID Connect Core 1.0, 2, 5.3.2).
    always = [name for name in ("exp", "iat") if name in lane.profile.id_token.claims]
    if not all(name in claims for name in always):
        raise _not_good("has no exp or no iat: is it an ID token?", cites)
    named = tuple(name for name in client_ids if isinstance(name, str))
    if claims.get("azp") in named:  # of several, it was issued to this one
        named = tuple(dict.fromkeys((str(claims["azp"]), *named)))
    user = user_known_as(lane, sub, next(iter(named), None))
    return Hint(
        client_ids=named,
        sub=sub if user is None else user.sub,
        sid=sid if isinstance(sid, str) else None,
    )


def _not_good(problem: str, cites: str) -> OAuthError:
    return invalid_request(f"the id_token_hint {problem}", cites=cites)
