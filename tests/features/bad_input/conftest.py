"""A running lane of each profile, and a client that writes whatever bytes it likes."""

from __future__ import annotations

import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mockidp import MockIdP
from mockidp.hosting.host import Host

FORM = b"application/x-www-form-urlencoded"
PATIENCE = 60.0

_PLACES = {
    "groupdocs-total": (b"/connect/token", b"/v1/viewer"),
    "groupdocs-translation": (b"/connect/token", b"/v2.0/translation/text"),
    "openid": (b"/token", b"/api/me"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Target:
    """One provider, and what a good request to it would say."""

    def __init__(self, idp: MockIdP) -> None:
        self.idp = idp
        self.token_path, self.api_path = _PLACES[idp.profile]
        self.is_strict = idp.profile == "openid"
        self.token = idp.issue_token().encode()
        self.id, self.secret = (half.encode() for half in idp.client.auth)

    @property
    def form(self) -> bytes:
        return b"grant_type=client_credentials&client_id=%s&client_secret=%s" % (
            self.id,
            self.secret,
        )

    @property
    def basic(self) -> bytes:
        return b"Authorization: Basic " + b64encode(self.id + b":" + self.secret)

    def request(
        self,
        body: bytes = b"",
        *headers: bytes,
        method: bytes = b"POST",
        path: bytes | None = None,
        content_type: bytes | None = FORM,
        host: bytes = b"Host: localhost\r\n",
    ) -> bytes:
        """A whole request to the token endpoint, unless told otherwise; the connection ends."""
        lines = [b"%s %s HTTP/1.1" % (method, path or self.token_path)]
        lines += [b"Content-Type: " + content_type] if content_type is not None else []
        lines += [*headers, b"Content-Length: %d" % len(body), b"Connection: close"]
        first, rest = lines[0], lines[1:]
        return first + b"\r\n" + host + b"\r\n".join([*rest, b"", body])

    def connect(self) -> socket.socket:
        port = int(self.idp.base_url.rpartition(":")[2])
        return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)

    def send(self, data: bytes, *, ends: bool = False) -> Answer:
        """The one answer to these bytes; ``ends`` hangs up when they are written."""
        with self.connect() as connection:
            connection.sendall(data)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            received = b""
            while piece := connection.recv(65536):
                received += piece
        return read_answer(received)

    def ask(self, body: bytes = b"", *headers: bytes, **parts: Any) -> Answer:
        return self.send(self.request(body, *headers, **parts))

    def call(self, *headers: bytes, body: bytes = b"", content_type: bytes | None = None) -> Answer:
        """The provider's API."""
        return self.ask(body, *headers, path=self.api_path, content_type=content_type)

    def assert_refused(self, answer: Answer, code: str, hint: str, status: int = 400) -> None:
        """In the provider's manner, and with a hint in the journal."""
        if self.is_strict and code == "invalid_client":
            status = 401  # RFC 6749, 5.2
        assert (answer.status, answer.document["error"]) == (status, code)
        members = ["error", "error_description"] if self.is_strict else ["error"]
        assert [*answer.document] == members
        charset = "" if self.is_strict else "; charset=UTF-8"
        assert answer.headers["content-type"] == f"application/json{charset}"
        assert "no-store" in answer.headers["cache-control"]
        entry = self.idp.journal.last
        assert (entry.status, entry.error) == (status, code)
        assert hint in entry.hint


def read_answer(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    headers |= {line.split(": ", 1)[0].lower(): line.split(": ", 1)[1] for line in lines}
    assert first.startswith("HTTP/1.1 "), received[:100]
    return Answer(status=int(first.split()[1]), headers=headers, body=body)


def check_lane(target: Target) -> None:
    """What must be true after any test: no defect, a hint for each refusal, no secret anywhere."""
    journal = target.idp.journal
    assert journal.failures == []
    for entry in journal:
        assert entry.status < 500
        assert 0 < entry.status < 400 or entry.hint, f"no hint: {entry}"
    written = journal.render(10_000) + repr(journal.entries)
    assert target.secret.decode() not in written
    assert target.token.decode() not in written
    assert target.basic.rpartition(b" ")[2].decode() not in written
    assert all(line.isprintable() for line in journal.render(10_000).split("\n"))


@pytest.fixture(scope="module")
def server_thread() -> Iterator[Host]:
    with Host() as host:
        yield host


@pytest.fixture(params=[*_PLACES])
def target(request: pytest.FixtureRequest, server_thread: Host) -> Iterator[Target]:
    """Each of the three providers."""
    with MockIdP(request.param, thread=server_thread) as idp:
        target = Target(idp)
        yield target
        assert target.ask(target.form).status == 200, "it goes on serving"
        check_lane(target)


@pytest.fixture
def strict(server_thread: Host) -> Iterator[Target]:
    with MockIdP("openid", thread=server_thread) as idp:
        target = Target(idp)
        yield target
        check_lane(target)


@pytest.fixture
def lenient(server_thread: Host) -> Iterator[Target]:
    with MockIdP("groupdocs-total", thread=server_thread) as idp:
        target = Target(idp)
        yield target
        check_lane(target)
