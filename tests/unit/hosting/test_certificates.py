"""Certificates for the names of a lane: who is shown which, who trusts them, at any time."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import freezegun
import pytest
import time_machine
from cryptography import x509

from mockidp.hosting.certificates import LOOPBACK, Authority, public_roots
from mockidp.hosting.host import Host

NAMES = ["api.example.com", "id.example.com"]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def client_of(authority: Authority) -> ssl.SSLContext:
    """As the strictest Python makes one: that of 3.13."""
    context = ssl.create_default_context(cadata=authority.pem.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def shake_hands(
    server: ssl.SSLContext, client: ssl.SSLContext, name: str | None
) -> dict[str, Any] | None:
    """The certificate that the client saw."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=name)
    far = server.wrap_bio(to_server, to_client, server_side=True)
    waiting: list[ssl.SSLObject] = [near, far]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
        if not waiting:
            return near.getpeercert()
    raise AssertionError("the handshake has no end")


def names_of(certificate: dict[str, Any] | None) -> list[str]:
    assert certificate is not None
    return [value for _, value in certificate["subjectAltName"]]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("api.example.com", ["api.example.com"]),
        ("ID.example.COM", ["id.example.com"]),
        ("localhost", [*LOOPBACK, *NAMES]),
        ("127.0.0.1", [*LOOPBACK, *NAMES]),
        ("::1", ["127.0.0.1", "localhost", "0:0:0:0:0:0:0:1", *NAMES]),
    ],
)
def test_the_name_asked_for_picks_the_certificate(
    authority: Authority, asked: str, shown: list[str]
) -> None:
    seen = names_of(shake_hands(authority.server_context(NAMES), client_of(authority), asked))
    assert [name.replace("0:0:0:0:0:0:0:1", "::1") for name in seen] == [
        name.replace("0:0:0:0:0:0:0:1", "::1") for name in shown
    ]


def test_a_client_that_asks_for_no_name_sees_all(authority: Authority) -> None:
    client = client_of(authority)
    client.check_hostname = False
    seen = names_of(shake_hands(authority.server_context(NAMES), client, None))
    assert set(NAMES) < set(seen)


@pytest.mark.parametrize("asked", ["example.com", "other.example.com", "127.0.0.2"])
def test_no_other_name_is_answered_for(authority: Authority, asked: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        shake_hands(authority.server_context(NAMES), client_of(authority), asked)


def test_names_of_one_context_are_not_those_of_another(authority: Authority) -> None:
    authority.server_context(NAMES)
    other = authority.server_context(["third.example.com"])
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        shake_hands(other, client_of(authority), NAMES[0])


def test_another_authority_is_not_trusted(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        shake_hands(authority.server_context(NAMES), client_of(Authority()), NAMES[0])


def test_trust_is_added_to_what_a_context_trusts(authority: Authority) -> None:
    other = Authority()
    client = client_of(other)
    authority.trust(client)
    for each in (authority, other):
        assert shake_hands(each.server_context(NAMES), client, NAMES[0])


def test_certificates_are_made_once(authority: Authority) -> None:
    client, context = client_of(authority), authority.server_context(NAMES)
    assert authority.server_context([name.upper() for name in NAMES]) is context
    client.check_hostname = False
    serials = {shake_hands(context, client, "api.example.com")["serialNumber"] for _ in range(2)}  # type: ignore[index]
    assert len(serials) == 1


def test_one_server_context_is_made_whoever_asks_first(authority: Authority) -> None:
    start = threading.Barrier(8)
    made: list[ssl.SSLContext] = []

    def ask() -> None:
        start.wait()
        made.append(authority.server_context(["raced.example.com"]))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(map(id, made))) == 1


@pytest.mark.parametrize("name", ["under_score", "sp ace", "a..b", "x" * 64])
def test_what_can_be_no_host_name_is_refused(authority: Authority, name: str) -> None:
    with pytest.raises(ValueError, match="no certificate for"):
        authority.server_context([name])


@pytest.mark.parametrize(
    "freeze",
    [
        lambda: freezegun.freeze_time("2020-01-01"),
        lambda: freezegun.freeze_time("2030-01-01"),
        lambda: time_machine.travel("1999-01-01", tick=False),
        lambda: time_machine.travel("2030-01-01"),
    ],
    ids=["freezegun 2020", "freezegun 2030", "time-machine 1999", "time-machine 2030"],
)
def test_certificates_made_at_any_time_are_valid(
    freeze: Callable[[], AbstractContextManager[Any]],
) -> None:
    with freeze():
        authority = Authority()
        context, client = authority.server_context(NAMES), client_of(authority)
        assert shake_hands(context, client, NAMES[0])
    assert shake_hands(context, client, NAMES[1])


def test_they_are_valid_for_as_long_as_any_test_looks(authority: Authority) -> None:
    certificate = x509.load_pem_x509_certificate(authority.pem)
    seen = shake_hands(authority.server_context(NAMES), client_of(authority), NAMES[0])
    assert seen is not None
    assert certificate.not_valid_before_utc.year <= 2000
    assert certificate.not_valid_after_utc.year >= 2999
    assert "2000" in seen["notBefore"]
    assert ssl.cert_time_to_seconds(seen["notAfter"]) > 32_000_000_000


@pytest.mark.parametrize("moment", ["1990-01-01", "2030-01-01"])
def test_first_made_in_frozen_time_is_made_well(moment: str) -> None:
    program = f"""
import freezegun, ssl
with freezegun.freeze_time("{moment}"):
    from mockidp.hosting.certificates import Authority
    authority = Authority()
    authority.server_context(["api.example.com"])
authority.server_context(["later.example.com"])
Authority().server_context(["later.example.com"])
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=50)


def test_an_authority_is_made_when_it_is_first_needed() -> None:
    program = """
import sys, mockidp.hosting.host
host = mockidp.hosting.host.Host()
assert "trustme" not in sys.modules
host.authority
assert "trustme" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=50)


def test_a_host_has_one_authority() -> None:
    with Host() as host, Host() as other:
        assert host.authority is host.authority
        assert host.authority.pem != other.authority.pem


# ── the public roots ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def test_a_bundle_is_the_roots_of_this_machine_and_the_authority(
    authority: Authority, no_variables: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "roots.pem"
    other = Authority()
    own.write_bytes(other.pem.rstrip())  # without a newline at the end
    no_variables.setenv("SSL_CERT_FILE", str(own))
    client = ssl.create_default_context(cadata=authority.bundle().decode())
    for each in (authority, other):
        assert shake_hands(each.server_context(NAMES), client, NAMES[0])


def look_for_roots(patch: pytest.MonkeyPatch, file: str | None, folder: str | None) -> None:
    paths = ssl.DefaultVerifyPaths(file, folder, "", "", "", "")  # type: ignore[arg-type]
    patch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    patch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    patch.setenv("SSL_CERT_DIR", "/nowhere")


def test_roots_of_a_folder_are_found(no_variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, second = Authority(), Authority()
    for number, each in enumerate((first, second)):
        (tmp_path / f"{number}.pem").write_bytes(each.pem)
    look_for_roots(no_variables, None, str(tmp_path))
    assert public_roots() == first.pem + second.pem


def test_a_machine_without_roots_has_a_bundle_too(
    authority: Authority, no_variables: pytest.MonkeyPatch
) -> None:
    look_for_roots(no_variables, None, None)
    assert authority.bundle() == authority.pem
