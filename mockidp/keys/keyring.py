"""The keys that one lane signs with and publishes, over all rotations (RFC 7517, section 5)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from mockidp.keys.alg import ALGS, PrivateKey, PublicKey, algs_of
from mockidp.keys.jwk import public_jwk, thumbprint
from mockidp.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key bound to one algorithm (RFC 8725, 3.1), and the public JWK for verifying.

    Two are equal when `kid` and `alg` are. `public_jwk` is read-only: `dict(key.public_jwk)` copies
    it.
    """

    kid: str
    alg: str
    private_key: PrivateKey = field(repr=False, compare=False)
    public_jwk: Mapping[str, str] = field(repr=False, compare=False)

    @classmethod
    def of(cls, private_key: PrivateKey, *, alg: str | None = None) -> SigningKey:
        """The signing key of `private_key`; `alg` None is its usual one (RS256, ES256 ..., EdDSA).

        The `kid` begins with `mockidp-`, so that a test key is recognised wherever it turns up.
        Raises `ValueError` when the key is too weak or of a wrong kind, or `alg` does not fit it.
        """
        fitting = algs_of(private_key)
        if alg is None:
            alg = fitting[0]
        if alg not in fitting:
            raise ValueError(f"alg {alg!r} does not fit the key, which is for {', '.join(fitting)}")
        kid = f"mockidp-{thumbprint(private_key)[:16]}"
        jwk = public_jwk(private_key, kid=kid, alg=alg)
        return cls(kid=kid, alg=alg, private_key=private_key, public_jwk=MappingProxyType(jwk))

    @property
    def public_key(self) -> PublicKey:
        """The public half of `private_key`."""
        return self.private_key.public_key()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringState:
    """What a keyring holds at one moment. For `Keyring.restore` only."""

    version: int
    algs: tuple[str, ...]
    keys: tuple[SigningKey, ...]


class Keyring:
    """The keys of one lane, for use from any thread.

    `keys` are the first ones; of each algorithm the first of them signs. `new_key` gives a fresh
    key for an algorithm: when one is asked for that is not held yet, and at each rotation. Reading
    never waits, because a change replaces the whole state, and only changes take the lock.
    """

    def __init__(self, keys: Sequence[SigningKey], new_key: Callable[[str], SigningKey]) -> None:
        """Raises `ValueError` when `keys` is empty or two of them have the same `kid`."""
        if not keys:
            raise ValueError("a keyring needs at least one key")
        _refuse_equal_kids(keys)
        self._new_key = new_key
        # Re-entrant: `new_key` is called with the lock held, and may come back to the keyring.
        self._lock = threading.RLock()
        algs = tuple(dict.fromkeys(key.alg for key in keys))
        self._state = KeyringState(version=0, algs=algs, keys=tuple(keys))
        self._firsts: dict[str, SigningKey] = {}

    @property
    def version(self) -> int:
        """Grows with every change. To cache bytes made of the keys, read it *before* the keys."""
        return self._state.version

    @property
    def algs(self) -> tuple[str, ...]:
        """The algorithms in use; the first is that of the first key, with which a lane signs."""
        return self._state.algs

    def signing_key(self, alg: str) -> SigningKey:
        """The newest key for `alg`, or a new one when there is none.

        Raises `LookupError` naming `alg` and those available.
        """
        key = self._newest(alg)
        if key is not None:
            return key
        if alg not in ALGS:
            held = ", ".join(self.algs)
            raise LookupError(f"alg {alg!r} is not one of: {', '.join(ALGS)} (in use: {held})")
        with self._lock:
            # Another thread may have added it while this one waited for the lock.
            return self._newest(alg) or self._first_of(alg)

    def find(self, kid: str) -> SigningKey | None:
        """The published key with this `kid`, if there is one."""
        return next((key for key in self._state.keys if key.kid == kid), None)

    def published(self) -> tuple[SigningKey, ...]:
        """The keys of the JWK Set: of each algorithm the newest first."""
        return self._state.keys

    def rotate(self, *, overlap: bool = True) -> SigningKey:
        """Sign with a new key for each algorithm in use; gives the one for the first of them.

        With `overlap` the old keys stay published, and tokens already issued can still be verified
        (OpenID Connect Core 1.0, 10.1.1); without, they are dropped at once.
        """
        with self._lock:
            return self._add(self.algs, kept=self._state.keys if overlap else ())

    def retire(self, kid: str) -> None:
        """Stop publishing a key and signing with it; the next newest takes over, or else a new one.

        Raises `LookupError` naming the published ones when `kid` is not one of them.
        """
        with self._lock:
            keys = self._state.keys
            if self.find(kid) is None:
                published = ", ".join(key.kid for key in keys) or "none"
                raise LookupError(f"kid {kid!r} is not published; published: {published}")
            self._change(self.algs, tuple(key for key in keys if key.kid != kid))

    def snapshot(self) -> KeyringState:
        """The present keys, for `restore`. Nothing in it can change."""
        return self._state

    def restore(self, snapshot: KeyringState) -> None:
        """Go back to the keys of `snapshot`. The version grows, because this is a change too."""
        with self._lock:
            self._change(snapshot.algs, snapshot.keys)

    def _newest(self, alg: str) -> SigningKey | None:
        return next((key for key in self._state.keys if key.alg == alg), None)

    def _first_of(self, alg: str) -> SigningKey:
        """A key for an algorithm that has none; after `restore` the same as the first time."""
        known = self._firsts.get(alg) if alg not in self.algs else None
        if known is None:
            known = self._new_key(alg)
            self._firsts.setdefault(alg, known)
        _refuse_equal_kids([known, *self._state.keys])
        # Behind the others: the lane's usual key stays where readers look first.
        self._change(tuple(dict.fromkeys([*self.algs, alg])), (*self._state.keys, known))
        return known

    def _add(self, algs: Sequence[str], *, kept: tuple[SigningKey, ...]) -> SigningKey:
        new = [self._new_key(alg) for alg in algs]
        _refuse_equal_kids([*new, *kept])
        self._change(tuple(dict.fromkeys([*self.algs, *algs])), (*new, *kept))
        return new[0]

    def _change(self, algs: tuple[str, ...], keys: tuple[SigningKey, ...]) -> None:
        # Version and keys in one assignment, so that no reader finds one without the other.
        self._state = KeyringState(version=self._state.version + 1, algs=algs, keys=keys)


def _refuse_equal_kids(keys: Iterable[SigningKey]) -> None:
    # RFC 7517, 4.5: the keys of a set have different kids; `find` could not tell them apart.
    kids = [key.kid for key in keys]
    repeated = sorted({kid for kid in kids if kids.count(kid) > 1})
    if repeated:
        raise ValueError(f"more than one key has the kid {', '.join(repeated)}")
