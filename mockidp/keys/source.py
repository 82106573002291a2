"""Where the keys of a lane come from: the pool, a generator, or the user's PEM (RFC 7468)."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mockidp.keys.alg import ALGS, RSA_ALGS, PrivateKey, algs_of, generate
from mockidp.keys.keyring import Keyring, SigningKey
from mockidp.keys.pool import Lease, shared_pool

CHOICES = '"pool", "generate", the path of a PEM file, PEM text (private keys, not encrypted)'

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----.*?-----END \1-----", re.DOTALL)
_PRIVATE = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")


class KeySource:
    """The keyring of one lane, and the way to give its keys back when the lane closes."""

    def __init__(self, keyring: Keyring, leases: Leases | None = None) -> None:
        self.keyring = keyring
        self._leases = leases

    @property
    def notes(self) -> tuple[str, ...]:
        """What the journal should say of the keys so far, in sentences: those the pool lacked."""
        return self._leases.notes if self._leases else ()

    def release(self) -> None:
        """Give all pooled keys back, those of rotations too. May be called any number of times."""
        if self._leases:
            self._leases.release()


def make_keyring(keys: str = "pool", *, alg: str = "RS256", slot: int | None = None) -> KeySource:
    """The keyring that the setting `keys` asks for: one of `CHOICES`.

    `alg` is the algorithm of the first key. A PEM with several private keys gives several, and the
    first signs. An EC or Ed25519 key has an algorithm of its own, which replaces the default `alg`:
    ask `keyring.algs[0]` for the one that the lane signs with. `slot` asks for fixed keys of the
    pool (see `KeyPool.lease`). Raises `ValueError` naming the value and the choices.
    """
    if alg not in ALGS:
        raise ValueError(f"alg {alg!r} is not one of: {', '.join(ALGS)}")
    if keys == "pool":
        leases = Leases(slot)
        return KeySource(Keyring([leases.new_key(alg)], leases.new_key), leases)
    if keys == "generate":
        return KeySource(Keyring([_generated(alg)], _generated))
    is_text = "-----BEGIN" in keys
    try:
        pem = keys if is_text else _file(keys)
        return KeySource(Keyring(_signing_keys(_private_keys(pem), alg), _generated))
    except ValueError as error:
        # A private key has no place in a message, not even one whose first line is damaged.
        is_key = is_text or "PRIVATE KEY" in keys or "\n" in keys.strip()
        shown = "PEM text" if is_key else repr(keys)
        raise ValueError(f"keys = {shown}: {error}. Choices: {CHOICES}") from None


class Leases:
    """The pooled keys of one lane: the first, those of other algorithms, those of rotations."""

    def __init__(self, slot: int | None) -> None:
        self._slot = slot
        self._lock = threading.Lock()
        self._leases: list[Lease] = []
        self._is_released = False

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each key that had to be generated."""
        return tuple(
            f"The pool has no {lease.key.alg} key left, so {lease.key.kid} was generated."
            for lease in tuple(self._leases)
            if lease.generated
        )

    def new_key(self, alg: str) -> SigningKey:
        """One more key. Raises `LookupError` when the lane is closed: who would give it back?"""
        with self._lock:
            if self._is_released:
                raise LookupError(f"no new {alg} key: the lane is closed and its keys given back")
            lease = shared_pool().lease(alg, slot=self._slot)
            if any(own.key.kid == lease.key.kid for own in self._leases):
                # The key of the slot is in use here already, so this one is to replace it.
                lease.release()
                lease = shared_pool().lease(alg)
            self._leases.append(lease)
            return lease.key

    def release(self) -> None:
        """Give all of them back."""
        with self._lock:
            self._is_released = True
            for lease in self._leases:
                lease.release()


def _generated(alg: str) -> SigningKey:
    return SigningKey.of(generate(alg), alg=alg)


def _file(path: str) -> str:
    try:
        # A PEM file may hold remarks in any encoding between its blocks: RFC 7468, 2.
        return Path(path).expanduser().read_text("ascii", errors="replace")
    except OSError as error:
        raise ValueError(error.strerror or "the file cannot be read") from None
    except RuntimeError:  # from expanduser: "~nobody/key.pem"
        raise ValueError("the home folder is not known") from None


# Checking an RSA key takes 30 ms, and a suite opens a lane with the same PEM for each of its tests.
# This is only a memory: the answer depends on the text alone, so that no lane can notice another.
@lru_cache(maxsize=8)
def _private_keys(pem: str) -> tuple[PrivateKey, ...]:
    blocks = [(match[1], match[0]) for match in _BLOCK.finditer(pem)]
    if any("ENCRYPTED" in block for _, block in blocks):  # in the label, or as Proc-Type below it
        raise ValueError("the private key is encrypted; decrypt it first")
    private = [block for label, block in blocks if label in _PRIVATE]
    if not private:
        found = ", ".join(label for label, _ in blocks) or "no PEM block"
        raise ValueError(f"it holds no private key ({' or '.join(_PRIVATE)}), but {found}")
    return tuple(_load(block) for block in private)


def _load(block: str) -> PrivateKey:
    try:
        key = load_pem_private_key(block.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("a private key in it is damaged or of an unknown kind") from None
    algs_of(key)
    return cast(PrivateKey, key)  # `algs_of` knows no others


def _signing_keys(private_keys: Sequence[PrivateKey], alg: str) -> list[SigningKey]:
    fitting = [algs_of(key) for key in private_keys]
    # RS256 is what `alg` is when nobody has chosen, so it demands nothing of a key that is not RSA.
    if alg != RSA_ALGS[0] and not any(alg in algs for algs in fitting):
        offered = ", ".join(dict.fromkeys(name for algs in fitting for name in algs))
        raise ValueError(f"alg {alg!r} does not fit; it can be used with {offered}")
    return [
        SigningKey.of(key, alg=alg if alg in algs else algs[0])
        for key, algs in zip(private_keys, fitting, strict=True)
    ]
