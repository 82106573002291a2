"""Access tokens that are bound to a key, where they are used: at the provider's API and at userinfo
(RFC 9449, sections 7, 8.2 and 9).
"""

from __future__ import annotations

from collections.abc import Mapping

from mockidp.flows.proof.dpop import check_proof, gives_nonces, takes_proofs
from mockidp.issuer import Issuer
from mockidp.oauth.errors import DESCRIPTIONS, OAuthError
from mockidp.tokens.lookup import Bearer, TokenRefused
from mockidp.web.message import Answer, Request

SCHEME = "DPoP"


class ProofRefused(TokenRefused):
    """The token may be good, but the proof that came with it is not."""

    def __init__(self, error: OAuthError) -> None:
        super().__init__("invalid", error.hint)
        self.error = error


def uses_dpop(lane: Issuer, request: Request) -> bool:
    """Whether the token is sent under the scheme DPoP, to a provider that knows it."""
    if not takes_proofs(lane):
        return False
    return (request.header(b"authorization") or "").partition(" ")[0].lower() == SCHEME.lower()


def check_binding(lane: Issuer, request: Request, token: str, bearer: Bearer) -> None:
    """Whether a token that is bound to a key comes with a proof of it, and any other one without.

    :raises TokenRefused: otherwise.
    """
    bound = key_of(bearer)
    if not uses_dpop(lane, request):
        if bound is not None:
            problem = TokenRefused(
                "invalid",
                "the token is bound to a key, and may not be sent as a bearer token: send "
                "Authorization: DPoP <token>, and a proof in the DPoP header (RFC 9449, 7.2)",
            )
            problem.scheme = SCHEME
            raise problem
        return
    if bound is None:
        raise TokenRefused(
            "invalid",
            "the token is bound to no key: send Authorization: Bearer <token>, or get a token "
            "with a proof in the DPoP header (RFC 9449, 7.1)",
        )
    try:
        proved = check_proof(
            lane,
            request.every(b"dpop"),
            method=request.method,
            origin=request.place.origin,
            path=request.path,
            token=token,
        )
    except OAuthError as error:
        raise ProofRefused(error) from None
    if proved != bound:
        raise TokenRefused(
            "invalid", f"the token is bound to the key {bound}, and the proof is of {proved}"
        )


def key_of(bearer: Bearer) -> str | None:
    """The thumbprint of the key that a token is bound to (RFC 9449, 6.1)."""
    confirmation = bearer.claims.get("cnf")
    bound = confirmation.get("jkt") if isinstance(confirmation, Mapping) else None
    return bound if isinstance(bound, str) else None


def as_dpop(lane: Issuer, challenge: str) -> str:
    """A challenge for bearer tokens as one for these (RFC 9449, 7.1)."""
    scheme, space, rest = challenge.partition(" ")
    if scheme.lower() != "bearer":
        return challenge
    return f"{SCHEME}{space}{rest}, {_algs(lane)}" if rest else offer(lane)


def offer(lane: Issuer) -> str:
    """What a call without any token is told beside the challenge for bearer tokens."""
    return f"{SCHEME} {_algs(lane)}"


def refused_proof(lane: Issuer, error: OAuthError) -> str:
    """The challenge to a call whose proof is not good."""
    said = DESCRIPTIONS[error.code]
    return f'{SCHEME} error="{error.code}", error_description="{said}", {_algs(lane)}'


def _algs(lane: Issuer) -> str:
    return f'algs="{" ".join(lane.profile.dpop.algs)}"'


def give_nonce(lane: Issuer, answer: Answer) -> Answer:
    """The answer with a nonce for the next proof, where proofs need one (RFC 9449, 8.2)."""
    if gives_nonces(lane):
        answer.headers.append((b"dpop-nonce", lane.nonces.make().encode()))
    return answer
