"""Compact signed tokens: making them and checking their signature.

RFC 7515, sections 3.1, 5.1 and 5.2; RFC 7519, section 7; RFC 8725, section 3.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any

from jwt import PyJWS

from mockidp.keys import segment
from mockidp.keys.alg import ALGS, FULLY_SPECIFIED, PublicKey, hash_of
from mockidp.keys.foreign import HMAC_ALGS, ForeignKey
from mockidp.keys.keyring import Keyring, SigningKey
from mockidp.oauth.json_text import write_json
from mockidp.records import dataclass

#: The `alg` of a token that nobody has signed (RFC 7518, 3.6).
UNSIGNED = "none"

#: In characters, which are octets: a token is ASCII.
MAX_TOKEN = 64 * 1024

# Set up once, never changed. The algorithms are PyJWT's, for signing as for verifying; the segments
# are put together here, because nearly all tokens of a key have the same header.
_JWS = PyJWS(algorithms=ALGS)
_ALGORITHMS = {alg: _JWS.get_algorithm_by_name(alg) for alg in ALGS}
_ALGORITHMS |= {name: _ALGORITHMS[alg] for alg, name in FULLY_SPECIFIED.items()}

_PRESENTABLE = re.compile(r"[A-Za-z0-9._~+/=:-]{1,80}")


class BadToken(ValueError):
    """A token whose form or signature is wrong.

    `reason` is one word for machines: `malformed`, `too_long`, `encrypted`, `unsupported_crit`,
    `unsupported_alg`, `brings_key`, `unknown_kid`, `alg_mismatch` or `bad_signature`. `hint` is a
    sentence for the developer whose token it was. Neither contains the token.
    """

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(f"{reason}: {hint}")
        self.reason = reason
        self.hint = hint


def media_kind(typ: object) -> str | None:
    """A `typ` as it is compared (RFC 7515, 4.1.9): a media type in small letters, whose
    ``application/`` may be left out; None for what is no text.

    >>> media_kind("application/at+JWT")
    'at+jwt'
    """
    return typ.lower().removeprefix("application/") if isinstance(typ, str) else None


def sign(
    claims: Mapping[str, object],
    key: SigningKey,
    *,
    typ: str | None = "JWT",
    kid: bool = True,
    order: tuple[str, ...] = ("alg", "kid", "typ"),
    json_style: str = "compact",
    extra_headers: Mapping[str, object] | None = None,
) -> str:
    """A compact token of `claims`, in their order, signed with `key`; `typ` None leaves that out.

    `order` is that of the header's members, `json_style` one of `json_text.STYLES`.
    `extra_headers` come last, and win over `typ` and `kid`. Raises `ValueError` when they hold
    `alg` (the key decides it) or `b64` (which makes another format), and when a claim is a number
    that JSON does not know; `TypeError` when a claim is no JSON at all.
    """
    shown = key.kid if kid else None
    if extra_headers:
        header = _header(key.alg, shown, typ, order, extra_headers)
    else:
        header = _usual_header(key.alg, shown, typ, order)
    payload = segment.encode(write_json(dict(claims), json_style).encode())
    signing_input = header + b"." + payload  # RFC 7515, 5.1
    signature = _ALGORITHMS[key.alg].sign(signing_input, key.private_key)
    return (signing_input + b"." + segment.encode(signature)).decode()


def unsigned(
    claims: Mapping[str, object], *, typ: str | None = "JWT", json_style: str = "compact"
) -> str:
    """A token of `claims` without a signature (RFC 7519, 6), for who has asked for just that.

    `verify` takes none of them.
    """
    header = _usual_header(UNSIGNED, None, typ, ("alg", "kid", "typ"))
    payload = segment.encode(write_json(dict(claims), json_style).encode())
    return (header + b"." + payload + b".").decode()


def _header(
    alg: str, kid: str | None, typ: str | None, order: tuple[str, ...], extra: Mapping[str, object]
) -> bytes:
    """The first segment: members in the given order, those of None left out."""
    if "alg" in extra or "b64" in extra:
        raise ValueError("extra_headers cannot hold alg or b64")
    usual: Mapping[str, object] = {"alg": alg, "kid": kid, "typ": typ}
    members = {**{name: usual[name] for name in order}, **extra}
    present = {name: value for name, value in members.items() if value is not None}
    return segment.encode(write_json(present).encode())


@lru_cache(maxsize=256)
def _usual_header(alg: str, kid: str | None, typ: str | None, order: tuple[str, ...]) -> bytes:
    return _header(alg, kid, typ, order, {})


def verify(token: str, keyring: Keyring) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of `token`, if a published key of `keyring` signed it.

    Form and signature only: whether it is expired, and whom it is for, is not asked here.
    Raises `BadToken`, and nothing else whatever the token is.
    """
    header_part, payload_part, signature_part = _split(token)
    header = _object(_octets(header_part, "header"), "header")
    keys = _candidates(header, keyring)
    payload = _octets(payload_part, "payload")
    signature = _octets(signature_part, "signature")
    signing_input = f"{header_part}.{payload_part}".encode()
    if not any(_has_signed(key.alg, key.public_key, signing_input, signature) for key in keys):
        raise _bad_signature(signature, [key.kid for key in keys])
    return header, _object(payload, "payload")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """A token of somebody else whose form is right, and of which nothing else is known yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def alg(self) -> str:
        """The algorithm that the header names; "" when it names none."""
        alg = self.header.get("alg")
        return alg if isinstance(alg, str) else ""


def read(token: str) -> Unverified:
    """The parts of a token, for who has to know whose it is before he can verify it.

    Raises `BadToken`, and nothing else whatever the token is.
    """
    header_part, payload_part, signature_part = _split(token)
    return Unverified(
        header=_object(_octets(header_part, "header"), "header"),
        claims=_object(_octets(payload_part, "payload"), "payload"),
        signing_input=f"{header_part}.{payload_part}".encode(),
        signature=_octets(signature_part, "signature"),
    )


def verify_foreign(
    token: Unverified,
    keys: Sequence[ForeignKey],
    algs: Collection[str],
    *,
    may_bring: Collection[str] = (),
) -> None:
    """Whether one of these keys signed the token, with an algorithm that is among `algs` and is the
    key's own. With `none` among them it may be unsigned (RFC 7518, 3.6). `may_bring` names members
    of the header that hold a key and mean something there.

    Raises `BadToken`.
    """
    alg = _understood_alg(token.header)
    if alg not in algs:
        wanted = ", ".join(algs) or "none at all"
        raise BadToken("unsupported_alg", f"alg {_shown(alg)} is not one of: {wanted}")
    keyed = ("jku", "jwk", "x5u")
    brought = [name for name in keyed if name in token.header and name not in may_bring]
    if brought:  # RFC 8725, 3.10
        hint = f"the header has {brought[0]}: a key that a token brings along proves nothing"
        raise BadToken("brings_key", hint)
    if alg == UNSIGNED:
        if token.signature:
            raise BadToken("bad_signature", "alg is none, but there is a signature")
        return
    candidates = _foreign_candidates(token.header, alg, keys)
    if not any(
        _has_signed(alg, key.material, token.signing_input, token.signature) for key in candidates
    ):
        raise _bad_signature(token.signature, [key.name for key in candidates])


def _foreign_candidates(
    header: Mapping[str, Any], alg: str, keys: Sequence[ForeignKey]
) -> Sequence[ForeignKey]:
    kid = header.get("kid")
    if "kid" in header and not isinstance(kid, str):  # RFC 7515, 4.1.4
        raise BadToken("malformed", "the kid in the header is not a string")
    # A key without a kid may be meant by any.
    named = [key for key in keys if kid is None or key.kid in (None, kid)]
    if not named:
        known = ", ".join(key.name for key in keys) or "none"
        raise BadToken("unknown_kid", f"kid {_shown(kid or '')} is none of the keys: {known}")
    fitting = [key for key in named if alg in key.algs]
    if not fitting:
        bound = "; ".join(f"{key.name} is for {', '.join(key.algs) or 'none'}" for key in named)
        raise BadToken("alg_mismatch", f"the header says {alg}, but {bound}")
    return fitting


def _split(token: object) -> list[str]:
    if not isinstance(token, str) or not token.isascii():
        raise BadToken("malformed", "a token is ASCII text, and this one is not")
    if len(token) > MAX_TOKEN:
        raise BadToken(
            "too_long", f"the token has {len(token)} characters; {MAX_TOKEN} are allowed"
        )
    segments = token.split(".")
    if len(segments) == 5:  # RFC 7516, 9
        raise BadToken("encrypted", "five segments are an encrypted token; a signed one has three")
    if len(segments) != 3:  # RFC 7515, 7.1
        raise BadToken("malformed", f"a signed token has three segments, not {len(segments)}")
    return segments


def _octets(part: str, name: str) -> bytes:
    try:
        return segment.decode(part)
    except ValueError as error:
        raise BadToken("malformed", f"the {name} {error}") from None


def _object(data: bytes, name: str) -> dict[str, Any]:
    try:
        return segment.parse_object(data)
    except ValueError as error:
        raise BadToken("malformed", f"the {name} {error}") from None


def _candidates(header: Mapping[str, Any], keyring: Keyring) -> Sequence[SigningKey]:
    """The key that the header names, or else all published ones of its algorithm."""
    alg = _understood_alg(header)
    if alg not in ALGS:  # RFC 8725, 3.1 and 3.2: not `none`, not an HMAC keyed with the public key
        raise BadToken("unsupported_alg", f"alg {_shown(alg)} is not one of: {', '.join(ALGS)}")
    if "kid" in header:
        return [_named(header["kid"], alg, keyring)]
    keys = [key for key in keyring.published() if key.alg == alg]
    if not keys:
        algs = ", ".join(dict.fromkeys(key.alg for key in keyring.published())) or "none"
        raise BadToken("unsupported_alg", f"no published key is for {alg}; published: {algs}")
    return keys


def _understood_alg(header: Mapping[str, Any]) -> str:
    if "crit" in header or "b64" in header:  # RFC 7515, 4.1.11; RFC 7797, 6
        raise BadToken("unsupported_crit", "no header extension (crit, b64) is understood here")
    alg = header.get("alg")
    if not isinstance(alg, str):  # RFC 7515, 4.1.1
        raise BadToken("malformed", "the header has no alg, or one that is not a string")
    return alg


def _named(kid: object, alg: str, keyring: Keyring) -> SigningKey:
    if not isinstance(kid, str):  # RFC 7515, 4.1.4
        raise BadToken("malformed", "the kid in the header is not a string")
    key = keyring.find(kid)
    if key is None:
        kids = ", ".join(key.kid for key in keyring.published()) or "none"
        raise BadToken("unknown_kid", f"kid {_shown(kid)} is not published; published: {kids}")
    if key.alg != alg:  # RFC 8725, 3.1: one key, one algorithm
        raise BadToken("alg_mismatch", f"the header says {alg}, but {key.kid} is for {key.alg}")
    return key


def _has_signed(alg: str, key: PublicKey | bytes, signing_input: bytes, signature: bytes) -> bool:
    if alg in HMAC_ALGS:
        assert isinstance(key, bytes), "a key is bound to the algorithms of its kind"
        return hmac.compare_digest(hmac.digest(key, signing_input, hash_of(alg)), signature)
    return _ALGORITHMS[alg].verify(signing_input, key, signature)


def _bad_signature(signature: bytes, names: Sequence[str]) -> BadToken:
    found = "is not" if signature else "is empty instead of"
    return BadToken("bad_signature", f"the signature {found} one of these keys: {', '.join(names)}")


def _shown(value: str) -> str:
    """A header value for a hint, unless it is long or could forge a line of a log."""
    return repr(value) if _PRESENTABLE.fullmatch(value) else "(long or with unusual characters)"
