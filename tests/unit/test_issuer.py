"""A lane put together: where it is, whose issuer it writes, with which key it signs, and what it
gives back.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mockidp.config.layers import Layer
from mockidp.config.settings import resolve
from mockidp.issuer import Issuer, Place, System
from mockidp.keys.pool import KeyPool, Lease
from mockidp.profiles.problems import ConfigError

Make = Callable[..., Issuer]
HOME = "http://127.0.0.1:4242"


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


P256, ED25519 = (
    pem(ec.generate_private_key(ec.SECP256R1())),
    pem(ed25519.Ed25519PrivateKey.generate()),
)


@pytest.mark.parametrize(
    ("host", "place"),
    [
        pytest.param("127.0.0.1:4242", Place(HOME, HOME), id="home"),
        pytest.param(
            "localhost:4242", Place("http://localhost:4242", "http://localhost:4242"), id="name"
        ),
        pytest.param(
            "LOCALHOST:4242", Place("http://localhost:4242", "http://localhost:4242"), id="case"
        ),
        pytest.param("evil.example", Place(HOME, HOME), id="a foreign host is asked at home"),
        pytest.param("", Place(HOME, HOME), id="no host"),
        pytest.param(
            "api.groupdocs.cloud",
            Place("https://api.groupdocs.cloud", "https://api.groupdocs.cloud"),
            id="the real host",
        ),
    ],
)
def test_where_a_request_is_asked_decides_the_issuer(
    make_lane: Make, host: str, place: Place
) -> None:
    lane = make_lane("groupdocs-total")
    lane.listen_at(HOME, ["localhost:4242"])
    assert lane.place(host) == place
    assert lane.home == Place(HOME, HOME)


def test_below_a_prefix_the_prefix_is_part_of_the_issuer(make_lane: Make) -> None:
    lane = make_lane("openid")
    lane.listen_at(HOME, (), "/openid")
    assert lane.home == Place(f"{HOME}/openid", f"{HOME}/openid")


def test_a_borrowed_issuer_is_the_real_one_everywhere(make_lane: Make) -> None:
    lane = make_lane("groupdocs-total", borrowed=True)
    lane.listen_at(HOME, ["localhost:4242"])
    for host in ("127.0.0.1:4242", "localhost:4242", "evil.example", "api.groupdocs.cloud"):
        assert lane.place(host).issuer == "https://api.groupdocs.cloud"
    assert lane.home.origin == HOME


def test_without_an_address_the_lane_is_at_the_real_place(make_lane: Make) -> None:
    lane = make_lane("groupdocs-translation")
    assert not lane.has_address
    assert lane.place("anything").issuer == "https://id.groupdocs.cloud"


def test_tokens_of_every_address_are_its_own(make_lane: Make) -> None:
    lane = make_lane("groupdocs-total")
    lane.listen_at(HOME, ["localhost:4242"])
    assert lane.system.issuers == {
        "https://api.groupdocs.cloud",
        HOME,
        "http://localhost:4242",
    }


@pytest.mark.parametrize(
    ("keys", "alg", "signs_with"),
    [
        pytest.param("pool", "RS256", "RS256", id="pool"),
        pytest.param("pool", "PS384", "PS384", id="another algorithm of the same kind"),
        pytest.param("pool", "ES256", "ES256", id="pool of another kind"),
        pytest.param("generate", "EdDSA", "EdDSA", id="generated"),
        pytest.param(P256, "ES256", "ES256", id="a key that fits"),
        pytest.param(P256, "RS256", "ES256", id="a key that does not fit the default"),
        pytest.param(ED25519, "RS256", "EdDSA", id="the same with Ed25519"),
        pytest.param(P256 + ED25519, "EdDSA", "EdDSA", id="the second of two keys fits"),
        pytest.param(P256 + ED25519, "RS256", "ES256", id="the first of two keys signs"),
    ],
)
def test_the_lane_signs_as_the_profile_says_or_as_the_users_key_can(
    make_lane: Make, keys: str, alg: str, signs_with: str
) -> None:
    lane = make_lane("openid", keys=keys, access_token_alg=alg)
    assert lane.alg == signs_with
    assert lane.keys.signing_key(lane.alg).alg == signs_with


def test_a_key_that_does_not_fit_what_the_user_asked_for_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(P256)
    settings = resolve(
        "openid", layers=[Layer("keyword", {"keys": str(path), "access_token_alg": "ES512"})]
    )
    with pytest.raises(ConfigError, match=r"^keyword: keys = .*ES512.*ES256"):
        System(settings)


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> list[Lease]:
    """The keys of the pool that somebody has."""
    held: list[Lease] = []
    lease, release = KeyPool.lease, KeyPool.release

    def note_lease(pool: KeyPool, alg: str, *, slot: int | None = None) -> Lease:
        held.append(lease(pool, alg, slot=slot))
        return held[-1]

    def note_release(pool: KeyPool, given: Lease) -> None:
        release(pool, given)
        if given in held:
            held.remove(given)

    monkeypatch.setattr(KeyPool, "lease", note_lease)
    monkeypatch.setattr(KeyPool, "release", note_release)
    return held


def test_two_lanes_never_share_a_key_and_closing_gives_it_back(
    make_lane: Make, lent: list[Lease]
) -> None:
    one, other = make_lane("openid"), make_lane("openid")
    assert [lease.key for lease in lent] == [
        lane.keys.signing_key("RS256") for lane in (one, other)
    ]
    assert len({lease.key.kid for lease in lent}) == 2
    one.close()
    assert [lease.key for lease in lent] == [other.keys.signing_key("RS256")]
    one.close()
    other.close()
    assert lent == []


def test_a_setting_that_fails_late_has_taken_no_key(lent: list[Lease]) -> None:
    settings = resolve(
        "openid", layers=[Layer("keyword", {"clients": [{"client_id": "a"}, {"client_id": "a"}]})]
    )
    with pytest.raises(ConfigError, match=r"^keyword: there is already a client"):
        System(settings)
    assert lent == []


def test_lanes_of_one_system_share_clients_users_and_keys_and_nothing_else() -> None:
    total, translation = resolve("groupdocs-total"), resolve("groupdocs-translation")
    system = System(total)
    one, other = Issuer(total, system), Issuer(translation, system)
    for name in ("clients", "users", "keys"):
        assert getattr(one, name) is getattr(other, name)
    for name in ("clock", "ids", "store", "journal", "faults", "script", "api", "limits"):
        assert getattr(one, name) is not getattr(other, name)
    assert system.issuers == {"https://api.groupdocs.cloud", "https://id.groupdocs.cloud"}
    one.close()  # the system is not theirs to close
    assert other.keys.rotate().alg == "RS256"
    system.close()


def test_a_lane_takes_its_sizes_and_seed_from_the_settings(make_lane: Make) -> None:
    lane = make_lane("openid", seed=7, journal_size=2, limiter_allowed=4)
    assert lane.ids.guid() == make_lane("openid", seed=7).ids.guid()
    assert lane.limits.policy is not None
    assert lane.limits.policy.allowed == 4
    assert make_lane("openid").limits.policy is None
