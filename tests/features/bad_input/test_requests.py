"""Requests that are odd below OAuth: size, path, Host, version, half of one."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.passing_time import let_pass
from mockidp import MockIdP
from mockidp.hosting.host import Host

if TYPE_CHECKING:
    from tests.features.bad_input.conftest import Answer, Target

MIB = 1024 * 1024
KIB_64 = 64 * 1024


def chunked(body: bytes) -> bytes:
    pieces = [body[at : at + KIB_64] for at in range(0, len(body), KIB_64)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def padded(target: Target, size: int) -> bytes:
    return target.form + b"&padding=" + b"x" * (size - len(target.form) - len(b"&padding="))


def claims(answer: Answer) -> dict[str, Any]:
    middle = answer.document["access_token"].split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


# -- bodies --------------------------------------------------------------------------------------


def test_a_body_of_1_mib_is_read(target: Target) -> None:
    assert target.ask(padded(target, MIB)).status == 200


@pytest.mark.parametrize("size", [MIB + 1, 20 * MIB])
def test_a_larger_body_is_refused(target: Target, size: int) -> None:
    answer = target.ask(padded(target, size))
    target.assert_refused(answer, "invalid_request", "larger than 1048576 bytes", 413)


@pytest.mark.parametrize("size", [MIB + 1, 5 * MIB])
def test_a_larger_body_of_unknown_length_is_refused(target: Target, size: int) -> None:
    head = target.request(b"", b"Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
    answer = target.send(head + chunked(padded(target, size)))
    target.assert_refused(answer, "invalid_request", "larger than 1048576 bytes", 413)


def test_a_client_that_writes_first_and_reads_then_gets_its_answer(target: Target) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(target.idp.url("token"), b"x" * 5 * MIB, timeout=60)
    with caught.value as refusal:
        assert (refusal.code, json.load(refusal)["error"]) == (413, "invalid_request")


def test_a_connection_serves_on_after_a_body_that_was_too_large(target: Target) -> None:
    connection = http.client.HTTPConnection(target.idp.base_url.removeprefix("http://"), timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = target.token_path.decode()
    for body, status in ((b"x" * 2 * MIB, 413), (target.form, 200)):
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()


def test_who_asks_first_is_told_not_to_send_it(target: Target) -> None:
    head = target.request(b"", b"Expect: 100-continue")
    answer = target.send(head.replace(b"Content-Length: 0", b"Content-Length: 99999999"))
    target.assert_refused(answer, "invalid_request", "larger than 1048576 bytes", 413)
    assert answer.headers["connection"] == "close"


def test_an_absurd_length_is_refused(target: Target) -> None:
    head = target.request().replace(b"Content-Length: 0", b"Content-Length: " + b"9" * 400)
    assert target.send(head).status in (400, 413)


# -- paths ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        b"/",
        b"/nothing/here",
        b"//",
        b"/%00",
        b"/x%00y",
        b"/%2e%2e/x",
        b"/../../etc/passwd",
        b"/%ff%fe",
        b"/%",
        b"/%zz",
        b"/;a=b",
        b"/" + b"a" * 60_000,
        b"/" + b"%41" * 20_000,
        b"/" + b"a/" * 30_000,
        b"/%0d%0aSet-Cookie:%20a=b",
        b"/\\",
        b"/<script>",
    ],
    ids=lambda path: repr(path[:12]),
)
def test_an_unknown_path_is_404_and_nothing_else(target: Target, path: bytes) -> None:
    answer = target.ask(target.form, path=path)
    assert (answer.status, answer.body) == (404, b"")
    assert "set-cookie" not in answer.headers
    assert "nothing is at this path" in target.idp.journal.last.hint
    assert len(str(target.idp.journal.last)) < 1000


@pytest.mark.parametrize("suffix", [b"/", b"%00", b"/..", b"%2f", b";x", b"%20", b"/x"])
def test_a_path_next_to_the_endpoint_is_404(target: Target, suffix: bytes) -> None:
    answer = target.ask(target.form, path=target.token_path + suffix)
    assert (answer.status, answer.body) == (404, b"")


def test_the_asterisk_of_options_is_404(target: Target) -> None:
    assert target.ask(method=b"OPTIONS", path=b"*").status == 404


def test_an_absolute_target_is_served_by_its_path(target: Target) -> None:
    answer = target.ask(target.form, path=b"http://localhost" + target.token_path)
    assert answer.status == 200


@pytest.mark.parametrize(
    "path", [b"http://localhost", b"http://", b"nothing", b"?", b"http://[::1/x", b"http://a:b/"]
)
def test_a_target_without_a_path_is_refused(target: Target, path: bytes) -> None:
    assert target.ask(target.form, path=path).status in (400, 404)


# -- Host and version ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"Host:\r\n",
        b"Host: evil.example\r\n",
        b"Host: evil.example\r\nHost: other.example\r\n",
        b"Host: evil.example/connect/token\r\n",
        b"Host: user@evil.example:99999\r\n",
        b'Host: "><script>\r\n',
        b"Host: \xff\xfe\r\n",
        b"Host: [::1\r\n",
        b"Host: " + b"e" * 30_000 + b"\r\n",
    ],
    ids=[
        "missing",
        "empty",
        "evil",
        "two",
        "with a path",
        "with a user",
        "markup",
        "bytes",
        "half an address",
        "long",
    ],
)
def test_a_foreign_host_never_gets_into_a_token(target: Target, host: bytes) -> None:
    answer = target.ask(target.form, host=host)
    if answer.status == 200:
        assert claims(answer)["iss"] == target.idp.issuer
    else:
        assert answer.status == 400
    metadata = target.ask(
        path=b"/.well-known/openid-configuration", method=b"GET", host=host, content_type=None
    )
    assert b"evil" not in metadata.body
    assert b"script" not in metadata.body


def test_http_1_0_is_served(target: Target) -> None:
    request = target.request(target.form).replace(b"HTTP/1.1", b"HTTP/1.0")
    answer = target.send(request.replace(b"Host: localhost\r\n", b""))
    assert answer.status == 200
    assert "transfer-encoding" not in answer.headers


# -- half a request ------------------------------------------------------------------------------


def test_a_client_that_hangs_up_in_its_body(target: Target) -> None:
    head = target.request(target.form)[: -len(target.form)]
    with target.connect() as connection:
        connection.sendall(head + target.form[:10])
    (entry,) = target.idp.journal.wait_for("token", status=0, timeout=60)
    assert entry.hint == "the client hung up before its request was complete"


def test_a_client_that_ends_in_its_body_and_reads(target: Target) -> None:
    head = target.request(target.form)[: -len(target.form)]
    assert target.send(head + target.form[:10], ends=True).status == 400
    assert "closed the connection in a body" in target.idp.journal.render()


def test_a_client_that_hangs_up_before_its_answer(target: Target) -> None:
    with target.connect() as connection:
        connection.sendall(target.request(target.form))
    target.idp.journal.wait_for("token", timeout=60)


def test_a_head_over_64_kib(target: Target) -> None:
    answer = target.ask(target.form, b"X: " + b"y" * KIB_64)
    assert answer.status == 431
    assert "over 65536 bytes" in target.idp.journal.last.hint


@pytest.mark.parametrize(
    ("sent", "where"),
    [(b"POST /connect/token HT", "in a head"), (b"POST / HTTP/1.1\r\nHost: x\r\n", "in a head")],
    ids=["half a line", "half a head"],
)
def test_a_head_that_is_never_finished(sent: bytes, where: str) -> None:
    with Host() as host, MockIdP("groupdocs-total", thread=host) as idp:
        port = int(idp.base_url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(sent)
            # What came before this has been read when it is answered.
            urllib.request.urlopen(idp.url("jwks"), timeout=60).close()
            let_pass(host, 30)
            assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")
        assert where in idp.journal.last.hint
        assert idp.journal.last.status == 408


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"POST / HTTP/9.9\r\n\r\n",
    ],
    ids=["bytes", "no target", "TLS", "no version"],
)
def test_what_is_no_http_at_all(target: Target, sent: bytes) -> None:
    assert target.send(sent, ends=True).status == 400
    assert target.idp.journal.last.status == 400
