"""A client's signed assertion of who it is (RFC 7523, sections 2.2 and 3; RFC 7521, 4.2; OpenID
Connect Core 1.0, section 9).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, MutableSet

from mockidp.control.outgoing import Unavailable
from mockidp.flows.proof.client_keys import verify_by_client
from mockidp.flows.proof.times import audience_problem, is_number, time_problem
from mockidp.issuer import Issuer
from mockidp.keys.jwt import BadToken, Unverified, media_kind, read
from mockidp.model.artifact import Artifact
from mockidp.model.client import Client
from mockidp.oauth.errors import OAuthError, invalid_client, invalid_request
from mockidp.oauth.params import Params
from mockidp.profiles.schema.clients import ClientAssertion

#: The one `client_assertion_type` (RFC 7523, 2.2).
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

#: Values of `typ` that say it is something else are refused (RFC 8725, 3.11).
_TYPES = ("jwt", "client-authentication+jwt")
_LONGEST_JTI = 500
_DEFAULT = ClientAssertion()


def find_assertion(params: Params) -> Unverified | None:
    """The assertion in a request, of which nothing is proved yet.

    :raises OAuthError: when it cannot be read.
    """
    text = params.get("client_assertion")
    if text is None:
        return None
    kind = params.get("client_assertion_type")
    if kind is None:
        hint = f"client_assertion is sent without client_assertion_type; send {TYPE}"
        raise invalid_request(hint, cites="RFC 7521, 4.2")
    if kind != TYPE:
        hint = f"client_assertion_type is {kind[:200]!r}, not {TYPE}"
        raise invalid_client(hint, cites="RFC 7523, 2.2")
    try:
        return read(text)
    except BadToken as problem:
        raise _refusal(problem.hint, "RFC 7523, 3") from None


def asserted_client_id(params: Params) -> str | None:
    """Who an assertion in the request claims to be from, if there is one that can be read."""
    if "client_assertion" not in params:
        return None
    try:
        assertion = find_assertion(params)
        return claimed_client(assertion) if assertion else None
    except OAuthError:
        return None


def claimed_client(assertion: Unverified) -> str:
    """Who the assertion says the client is.

    :raises OAuthError: when it does not.
    """
    sub = assertion.claims.get("sub")
    if not isinstance(sub, str) or not sub:
        raise _refusal("sub is missing or no text: it must be the client_id", "RFC 7523, 3")
    return sub


def check_assertion(
    lane: Issuer,
    client: Client,
    assertion: Unverified,
    *,
    algs: Collection[str],
    audiences: Collection[str],
    spent: MutableSet[str],
) -> None:
    """Prove that the client made it, for this provider, and that nobody has used it before.

    ``spent`` are the ones that this very request has used up: it may be answered in several goes.

    :raises OAuthError: ``invalid_client``.
    :raises NeedsDocument: when the client's keys have to be fetched.
    """
    policy = lane.profile.client_assertion or _DEFAULT
    _check_header(assertion)
    registered = client.token_endpoint_auth_signing_alg
    if registered is not None:
        algs = [alg for alg in algs if alg == registered]
    try:
        verify_by_client(lane, client, assertion, algs)
    except (BadToken, Unavailable) as problem:
        raise _refusal(problem.hint, "RFC 7523, 3; RFC 7515, 5.2") from None
    _check_claims(lane, client, assertion, policy, audiences)
    _use_up(lane, client, assertion, spent)


def _check_header(assertion: Unverified) -> None:
    if media_kind(assertion.header.get("typ", "JWT")) not in _TYPES:
        raise _refusal("its typ says that it is something else", "RFC 8725, 3.11")


def _check_claims(
    lane: Issuer,
    client: Client,
    assertion: Unverified,
    policy: ClientAssertion,
    audiences: Collection[str],
) -> None:
    claims, now = assertion.claims, lane.clock.now()
    if claims.get("iss") != client.client_id:
        raise _refusal("iss is not the client_id, as sub is", "RFC 7523, 3")
    if policy.audience == "issuer":
        audiences = tuple(audiences)[:1]
    if problem := audience_problem(claims, audiences):
        raise _refusal(problem, "RFC 7523, 3")
    if policy.audience == "issuer" and not isinstance(claims["aud"], str):
        raise _refusal("aud is a list; here it is the issuer alone, as text", "RFC 7523, 3")
    if "exp" not in claims:
        raise _refusal("exp is missing", "RFC 7523, 3")
    if problem := time_problem(claims, now, skew=policy.skew):
        raise _refusal(problem, "RFC 7523, 3")
    assert is_number(claims["exp"])
    if claims["exp"] > now + policy.lifetime:
        hint = f"exp is more than {policy.lifetime:g} s ahead: make it shorter"
        raise _refusal(hint, "RFC 7523, 3")


def _use_up(lane: Issuer, client: Client, assertion: Unverified, spent: MutableSet[str]) -> None:
    jti = assertion.claims.get("jti")
    # OpenID Connect Core 1.0, 9 requires it.
    if not isinstance(jti, str) or not jti or len(jti) > _LONGEST_JTI:
        hint = f"jti is missing, or no text of at most {_LONGEST_JTI} characters"
        raise _refusal(hint, "OpenID Connect Core 1.0, 9")
    who = f"{client.client_id}\n{jti}".encode("utf-8", "surrogatepass")
    id = hashlib.sha256(who).hexdigest()
    if id in spent:
        return
    now = lane.clock.now()
    seen = Artifact(
        kind="jti", id=id, expires_at=float(assertion.claims["exp"]), client_id=client.client_id
    )
    # Of all who send the same one, one wins.
    if not lane.store.put(seen, now=now) or lane.store.take("jti", id, now=now).outcome != "won":
        hint = "the assertion has been used before: make a new one, with another jti"
        raise _refusal(hint, "RFC 7523, 3; OpenID Connect Core 1.0, 9")
    spent.add(id)


def _refusal(hint: str, cites: str) -> OAuthError:
    return invalid_client(f"client_assertion: {hint}", cites=cites)
