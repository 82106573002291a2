"""What verifies certificates goes on doing so: the hosts of the block are trusted with the
certificates of its authority alone, and no other host with them.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
import requests
import trustme

import mockidp as package

if TYPE_CHECKING:
    from mockidp import MockIdP
    from mockidp.pytest_plugin import Factory

HOST = "api.groupdocs.cloud"
DISCOVERY = f"https://{HOST}/.well-known/openid-configuration"
DISTRUST = "CERTIFICATE_VERIFY_FAILED"

Shake = Callable[[ssl.SSLContext, str], ssl.SSLSocket]


def shake(context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
    """A handshake with the lane, as a client that asks for this name."""
    return context.wrap_socket(socket.create_connection((HOST, 443)), server_hostname=name)


def shake_before_connecting(context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
    """The same as the documentation of the module ssl shows it."""
    client = context.wrap_socket(socket.socket(), server_hostname=name)
    try:
        client.connect((HOST, 443))
    except OSError:
        client.close()
        raise
    return client


def shake_later(context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
    plain = socket.create_connection((HOST, 443))
    client = context.wrap_socket(plain, do_handshake_on_connect=False, server_hostname=name)
    try:
        client.do_handshake()
    except OSError:
        client.close()
        raise
    return client


SHAKES = [
    pytest.param(shake, id="at once"),
    pytest.param(shake_before_connecting, id="before connecting"),
    pytest.param(shake_later, id="later"),
]


@pytest.fixture
def context() -> ssl.SSLContext:
    return ssl.create_default_context()


@pytest.mark.parametrize("shake", SHAKES)
@pytest.mark.parametrize("name", [HOST, HOST.upper()])
def test_a_verified_handshake(
    idp: MockIdP, context: ssl.SSLContext, shake: Shake, name: str
) -> None:
    with idp.intercept(), shake(context, name) as client:
        certificate = client.getpeercert()
        assert certificate is not None
        assert certificate["subjectAltName"] == (("DNS", HOST),)
        assert client.context is context


@pytest.mark.parametrize("shake", SHAKES)
def test_a_name_that_is_not_of_the_provider_is_refused(
    idp: MockIdP, context: ssl.SSLContext, shake: Shake
) -> None:
    with idp.intercept(), pytest.raises(ssl.SSLCertVerificationError):
        shake(context, "www.groupdocs.cloud")


def test_a_certificate_for_another_name_is_refused(
    idp: MockIdP, mockidp_groupdocs_translation: MockIdP, context: ssl.SSLContext
) -> None:
    # The lane of groupdocs-total has no certificate for the other one's host.
    translation = mockidp_groupdocs_translation
    with translation.intercept(), idp.intercept():
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            shake(context, "id.groupdocs.cloud")
        context.check_hostname = False
        shake(context, "id.groupdocs.cloud").close()


def test_the_host_with_a_certificate_of_somebody_else_is_refused(
    idp: MockIdP, context: ssl.SSLContext
) -> None:
    """As when the name leads to the real host after all, because it was looked up before."""
    public = trustme.CA()
    public.configure_trust(context)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    public.issue_cert(HOST).configure_cert(server)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    theirs = server.wrap_bio(incoming, outgoing, server_side=True)

    def handshake() -> None:
        client = context.wrap_bio(outgoing, incoming, server_hostname=HOST)
        for side in (client, theirs) * 2:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue

    with idp.intercept(), pytest.raises(ssl.SSLCertVerificationError):
        handshake()


def test_a_server_of_the_test_is_trusted_as_before(idp: MockIdP, context: ssl.SSLContext) -> None:
    authority = trustme.CA()
    authority.configure_trust(context)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"theirs")
        writer.close()
        await writer.wait_closed()

    async def main() -> bytes:
        listening = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=server)
        port = listening.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        listening.close()
        await listening.wait_closed()
        return answer

    with idp.intercept():
        assert asyncio.run(main()) == b"theirs"


def test_our_authority_is_trusted_for_no_other_name(idp: MockIdP, mockidp_factory: Factory) -> None:
    lane = mockidp_factory("groupdocs-total", tls=True)
    with idp.intercept(), pytest.raises(OSError, match=DISTRUST):
        urlopen(lane.url("discovery"))
    lane.journal.clear()


def test_a_client_with_a_ca_file_of_its_own(idp: MockIdP, tmp_path: Path) -> None:
    pinned = tmp_path / "pinned.pem"
    pinned.write_bytes(trustme.CA().cert_pem.bytes())
    with idp.intercept():
        assert requests.get(DISCOVERY, verify=str(pinned)).status_code == 200


def test_a_client_that_verifies_nothing(idp: MockIdP) -> None:
    careless = ssl.create_default_context()
    careless.check_hostname = False
    careless.verify_mode = ssl.CERT_NONE
    with idp.intercept(), urlopen(DISCOVERY, context=careless) as answer:
        assert answer.status == 200


class Kept(ssl.SSLSocket):
    """A class of the client's own."""


def test_the_settings_of_the_context_are_kept(
    idp: MockIdP, context: ssl.SSLContext, tmp_path: Path
) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = Kept
    context.keylog_filename = str(tmp_path / "keys")
    with idp.intercept(), shake(context, HOST) as client:
        assert isinstance(client, Kept)
        assert client.version() == "TLSv1.2"
        assert client.selected_alpn_protocol() == "http/1.1"
        cipher = client.cipher()
        assert cipher is not None
        assert cipher[0] == "ECDHE-ECDSA-AES128-GCM-SHA256"
    assert "CLIENT_RANDOM" in (tmp_path / "keys").read_text()


def test_a_context_of_tls_1_3_alone(idp: MockIdP, context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with idp.intercept(), shake(context, HOST) as client:
        assert client.version() == "TLSv1.3"


def test_verification_that_is_stricter_than_usual(idp: MockIdP, context: ssl.SSLContext) -> None:
    # Python 3.13's default.
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    with idp.intercept(), shake(context, HOST) as client:
        assert client.version()


INJECTED = """
import truststore
truststore.inject_into_ssl()
import sys, requests
from mockidp import MockIdP

with MockIdP("groupdocs-total") as idp, idp.intercept():
    print(requests.get(sys.argv[1]).status_code)
"""


def test_truststore_in_the_place_of_the_class() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", INJECTED, DISCOVERY],
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("200\n", "")
