"""Keys for the tests of this folder, from pools of their own: the shared one is not touched."""

from __future__ import annotations

import pytest

from mockidp.keys.alg import ALGS
from mockidp.keys.keyring import SigningKey
from mockidp.keys.pool import KeyPool


@pytest.fixture(scope="session")
def signing_keys() -> dict[str, SigningKey]:
    """One key for each algorithm."""
    pool = KeyPool()
    return {alg: pool.lease(alg).key for alg in ALGS}


@pytest.fixture(scope="session")
def other_keys() -> dict[str, SigningKey]:
    """Another key for each algorithm."""
    pool = KeyPool()
    return {alg: pool.lease(alg, slot=3).key for alg in ALGS}


@pytest.fixture
def rsa_key(signing_keys: dict[str, SigningKey]) -> SigningKey:
    return signing_keys["RS256"]
