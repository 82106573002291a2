"""A provider of another make: it answers with what a test has written down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mockidp.control.journal import Journal

#: Status, headers, body.
Scripted = tuple[int, dict[str, str], str]


class Fake:
    """What the robot has to know of a provider."""

    ca_pem = ""
    real_names = ("login.example.com",)

    def __init__(self, port: int) -> None:
        self.journal = Journal()
        self.base_url = f"http://127.0.0.1:{port}/provider"
        #: By path.
        self.answers: dict[str, Scripted] = {}
        #: Method, path, headers in small letters, body.
        self.asked: list[tuple[str, str, dict[str, str], str]] = []

    def redirect(self, path: str, location: str, status: int = 302, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"location": location, **named}, "")

    def page(self, path: str, html: str) -> None:
        self.answers[path] = (200, {"content-type": "text/html; charset=utf-8"}, html)


@pytest.fixture
def fake() -> Iterator[Fake]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length).decode()
            provider.asked.append((self.command, self.path, headers, body))
            unknown: Scripted = (404, {}, "nothing here")
            status, named, text = provider.answers.get(self.path.partition("?")[0], unknown)
            self.send_response(status)
            for name, value in named.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815 - the base class looks for this name

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Fake(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
