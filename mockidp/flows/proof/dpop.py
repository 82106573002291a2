"""DPoP proofs: whoever sends a request has the key that its tokens are bound to (RFC 9449, sections
4.2, 4.3 and 8).
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping, MutableSet, Sequence
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from mockidp.flows.proof.times import is_number, time_problem
from mockidp.issuer import Issuer
from mockidp.keys.foreign import ForeignKey, read_public_jwk
from mockidp.keys.jwk import thumbprint_of
from mockidp.keys.jwt import BadToken, Unverified, media_kind, read, verify_foreign
from mockidp.model.artifact import Artifact
from mockidp.oauth.errors import OAuthError, invalid_grant

#: The kind of proof, as requests carry it.
DPOP = "dpop"
#: RFC 9449, 4.2
_TYPE = "dpop+jwt"
_LONGEST_JTI = 500
_LONGEST_SHOWN = 200
_LONG_AGO = 10**12
_DEFAULT_PORTS = {"http": 80, "https": 443}


class CarriesProofs(Protocol):
    """A request of a client to an endpoint where it gets something."""

    @property
    def proofs(self) -> Mapping[str, Sequence[str]]:
        """What came with it that proves keys, by its kind."""
        ...

    @property
    def confirmation(self) -> Mapping[str, str]:
        """The keys that they prove, once they have been looked at (RFC 7800, 3.1)."""
        ...

    @property
    def origin(self) -> str:
        """Where the provider was asked; its endpoints are below."""
        ...

    @property
    def path(self) -> str:
        """Which of them it was."""
        ...

    @property
    def spent(self) -> MutableSet[str]:
        """What of the request has been used up while it is answered, in one go or in several."""
        ...


def takes_proofs(lane: Issuer) -> bool:
    """Whether the provider knows DPoP at all."""
    return bool(lane.profile.dpop.algs)


def gives_nonces(lane: Issuer) -> bool:
    """Whether a proof has to hold a nonce of the provider."""
    return takes_proofs(lane) and lane.profile.dpop.nonce == "required"


def key_of_request(lane: Issuer, request: CarriesProofs) -> str | None:
    """The thumbprint of the key that a client proves at an endpoint where it gets something; None
    when it proves none, or the provider does not look.

    :raises OAuthError: as ``check_proof`` does.
    """
    if not takes_proofs(lane) or DPOP not in request.proofs:
        return None
    return check_proof(
        lane,
        request.proofs[DPOP],
        method="POST",
        origin=request.origin,
        path=request.path,
        spent=request.spent,
    )


def check_proof(
    lane: Issuer,
    proofs: Sequence[str],
    *,
    method: str,
    origin: str,
    path: str,
    token: str | None = None,
    spent: MutableSet[str] | None = None,
) -> str:
    """The thumbprint of the key that signed the proof in the `DPoP` headers of a request, to this
    address and, at an API, with this token.

    ``spent`` are the proofs that this very request has used up: it may be answered in several goes.

    :raises OAuthError: ``invalid_dpop_proof``, or ``use_dpop_nonce`` with a nonce to use.
    """
    if len(proofs) != 1:
        raise _refusal(f"there are {len(proofs) or 'no'} DPoP headers instead of one")
    try:
        proof = read(proofs[0])
    except BadToken as problem:
        raise _refusal(problem.hint) from None
    key = _verified(lane, proof)
    _check_place(proof.claims, method, origin, path)
    _check_times(lane, proof.claims)
    if token is not None:
        _check_token(proof.claims, token)
    if gives_nonces(lane):
        _check_nonce(lane, proof.claims)
    jkt = thumbprint_of(key)
    _use_up(lane, jkt, proof.claims, set() if spent is None else spent)
    return jkt


def check_key(request: CarriesProofs, bound: object, what: str, cites: str) -> None:
    """Whether a token request proves the key that a code or a refresh token is bound to, if any.

    :raises OAuthError: ``invalid_grant``.
    """
    jkt = request.confirmation.get("jkt")
    if bound is None or jkt == bound:
        return
    proved = f"the proof is of {jkt}" if jkt else "there is no DPoP header"
    raise invalid_grant(f"the {what} is bound to the key {bound}, and {proved}", cites=cites)


def _verified(lane: Issuer, proof: Unverified) -> ForeignKey:
    """The key in the header, which signed the proof and is nothing but public."""
    header = proof.header
    typ = header.get("typ")
    if media_kind(typ) != _TYPE:
        raise _refusal(f"typ is {str(typ)[:50]!r}, not {_TYPE!r}")
    if "jwk" not in header:
        raise _refusal("the header has no jwk: the public key that the proof is signed with")
    try:
        key = read_public_jwk(header["jwk"])
    except ValueError as problem:
        raise _refusal(f"the jwk of the header {problem}") from None
    try:
        verify_foreign(proof, [key], lane.profile.dpop.algs, may_bring=("jwk",))
    except BadToken as problem:
        raise _refusal(problem.hint) from None
    return key


def _check_place(claims: Mapping[str, Any], method: str, origin: str, path: str) -> None:
    if claims.get("htm") != method:
        raise _refusal(f"htm is {_shown(claims.get('htm'))}, and the method is {method}")
    htu = claims.get("htu")
    here = _address(origin)
    assert here is not None, "an origin is an address"
    *server, prefix = here
    if not isinstance(htu, str) or _address(htu) != (*server, prefix.rstrip("/") + path):
        raise _refusal(f"htu is {_shown(htu)}, and the request was sent to {origin}{path}")


def _address(url: str) -> tuple[str, str, int | None, str] | None:
    """Scheme, host, port and path in one spelling, without query and fragment (4.3)."""
    if not (url.isascii() and url.isprintable()) or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or "@" in parts.netloc:
        return None
    scheme = parts.scheme.lower()
    path = unquote(parts.path) or "/"
    return scheme, parts.hostname.lower(), port or _DEFAULT_PORTS.get(scheme), path


def _check_times(lane: Issuer, claims: Mapping[str, Any]) -> None:
    policy, now = lane.profile.dpop, lane.clock.now()
    if not is_number(claims.get("iat")):
        raise _refusal("iat is missing, or no number of seconds")
    if problem := time_problem(claims, now, skew=policy.skew):
        raise _refusal(problem)
    if claims["iat"] <= now - policy.lifetime:
        # A whole number of any length is one, and no calendar reaches it.
        old = f"{now - claims['iat']:.0f} s" if claims["iat"] > -_LONG_AGO else "an age"
        raise _refusal(f"iat was {old} ago, and a proof is good for {policy.lifetime:g} s")


def _check_token(claims: Mapping[str, Any], token: str) -> None:
    ath = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    if claims.get("ath") != ath:
        found = "is missing" if "ath" not in claims else "is of another token"
        raise _refusal(f"ath {found}: it is the SHA-256 hash of the access token, in base64url")


def _check_nonce(lane: Issuer, claims: Mapping[str, Any]) -> None:
    nonce, lifetime = claims.get("nonce"), lane.profile.dpop.nonce_lifetime
    age = lane.nonces.age(nonce) if isinstance(nonce, str) else None
    if age is not None and age < lifetime:
        return
    if nonce is None:
        why = "the proof has no nonce"
    elif age is None:
        why = "the nonce of the proof is none that was given out here"
    else:
        why = (
            f"the nonce of the proof was given out {age:.0f} s ago, and is good for {lifetime:g} s"
        )
    raise OAuthError(
        "use_dpop_nonce",
        hint=f"{why}: make a new proof with that of the DPoP-Nonce header",
        cites="RFC 9449, 8",
        headers={"DPoP-Nonce": lane.nonces.make()},
    )


def _use_up(lane: Issuer, jkt: str, claims: Mapping[str, Any], spent: MutableSet[str]) -> None:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti or len(jti) > _LONGEST_JTI:
        raise _refusal(f"jti is missing, or no text of at most {_LONGEST_JTI} characters")
    id = hashlib.sha256(f"DPoP\n{jkt}\n{jti}".encode("utf-8", "surrogatepass")).hexdigest()
    if id in spent:
        return
    now = lane.clock.now()
    seen = Artifact(kind="jti", id=id, expires_at=claims["iat"] + lane.profile.dpop.lifetime)
    # Of all who send the same one, one wins.
    if not lane.store.put(seen, now=now) or lane.store.take("jti", id, now=now).outcome != "won":
        hint = "the proof has been used before: make a new one, with another jti"
        raise _refusal(hint, "RFC 9449, 11.1")
    spent.add(id)


def _shown(value: object) -> str:
    return "missing" if value is None else repr(str(value)[:_LONGEST_SHOWN])


def _refusal(hint: str, cites: str = "RFC 9449, 4.3") -> OAuthError:
    return OAuthError("invalid_dpop_proof", hint=f"DPoP proof: {hint}", cites=cites)
