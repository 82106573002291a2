"""https with a certificate of one's own, for lanes and servers."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import trustme

from mockidp import ConfigError, MockIdP, MockServer

Json = Callable[..., object]


class Files(NamedTuple):
    ca: str
    cert: str
    key: str
    both: str


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("pem")
    ca = trustme.CA(organization_name="a company of one's own")
    issued = ca.issue_cert("127.0.0.1", "localhost", "idp.example")
    written = {
        "ca": ca.cert_pem.bytes(),
        "cert": b"".join(blob.bytes() for blob in issued.cert_chain_pems),
        "key": issued.private_key_pem.bytes(),
        "both": issued.private_key_and_cert_chain_pem.bytes(),
    }
    for name, data in written.items():
        (folder / name).write_bytes(data)
    return Files(**{name: str(folder / name) for name in written})


def trusting(files: Files) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=files.ca)


def test_a_lane_shows_it(files: Files) -> None:
    with MockIdP(tls_cert=files.cert, tls_key=files.key) as idp:
        assert idp.base_url.startswith("https://127.0.0.1:")
        assert idp.issuer == idp.base_url
        with urlopen(idp.url("jwks"), context=trusting(files)) as answer:
            assert answer.status == 200


def test_the_key_may_be_in_the_same_file(files: Files) -> None:
    with (
        MockIdP(tls_cert=files.both) as idp,
        urlopen(idp.url("jwks"), context=trusting(files)) as answer,
    ):
        assert answer.status == 200


def test_a_server_shows_it(files: Files) -> None:
    with MockServer(["openid", "proz"], tls_cert=files.cert, tls_key=files.key) as server:
        assert server.tls
        for name in server:
            with urlopen(server[name].url("jwks"), context=trusting(files)) as answer:
                assert answer.status == 200


def test_the_real_names_keep_those_of_the_throw_away_ca(files: Files) -> None:
    address = "https://api.groupdocs.cloud/.well-known/openid-configuration"
    with (
        MockIdP("groupdocs-total", tls_cert=files.cert, tls_key=files.key) as idp,
        idp.intercept(),
        urlopen(address) as answer,
    ):
        assert answer.status == 200


@pytest.mark.parametrize("where", ["home", "real name"])
def test_the_robot_signs_in_there(files: Files, where: str) -> None:
    with MockIdP("proz", tls_cert=files.cert, tls_key=files.key) as idp:
        client = idp.add_client(redirect_uris=["https://app.example/cb"])
        base = idp.base_url if where == "home" else "https://www.proz.com"
        asked = urlencode({"response_type": "code", "client_id": client.client_id, "state": "xyz"})
        assert idp.robot.login(f"{base}/oauth/authorize?{asked}").code


def test_it_is_one_more_name_with_public(files: Files) -> None:
    with MockIdP(tls_cert=files.both, public=["https://idp.example"]) as idp:
        host, port = idp.base_url.removeprefix("https://").split(":")
        import socket

        with (
            socket.create_connection((host, int(port)), timeout=60) as plain,
            trusting(files).wrap_socket(plain, server_hostname="idp.example") as client,
        ):
            client.sendall(
                b"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: idp.example\r\n"
                b"Connection: close\r\n\r\n"
            )
            received = b"".join(iter(lambda: client.recv(65536), b""))
        assert b'"issuer":"https://idp.example"' in received


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        ("missing", None, "No such file"),
        ("cert", "missing", "No such file"),
        ("cert", None, "a certificate or a key is missing"),
        ("ca", "key", "MISMATCH"),
        ("noise", "key", "both must be PEM files"),
        ("cert", "noise", "both must be PEM files"),
        ("cert", "encrypted", "the key is encrypted"),
    ],
)
def test_what_does_not_fit_is_refused(
    files: Files, tmp_path: Path, cert: str, key: str | None, said: str
) -> None:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    secret = load_pem_private_key(Path(files.key).read_bytes(), None)
    encrypted = secret.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")
    )
    (tmp_path / "noise").write_text("noise")
    (tmp_path / "encrypted").write_bytes(encrypted)
    own = {name: str(tmp_path / name) for name in ("missing", "noise", "encrypted")}
    paths = {**files._asdict(), **own}
    settings = {"tls_cert": paths[cert], **({"tls_key": paths[key]} if key else {})}
    for door in (MockIdP, MockServer):
        with pytest.raises(ConfigError, match="keyword: tls_cert, tls_key = ") as caught:
            door(**settings)
        assert said in str(caught.value)


def test_a_key_alone_is_refused(files: Files) -> None:
    with pytest.raises(ConfigError, match="keyword: tls_key is of no use without tls_cert"):
        MockIdP(tls_key=files.key)
