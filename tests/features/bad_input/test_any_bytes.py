"""Whatever bytes a client sends: an answer of the provider, and no defect of ours."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.asgi import Reply, call
from mockidp import MockIdP
from mockidp.issuer import Issuer
from mockidp.web.app import lane_app

FORM = "application/x-www-form-urlencoded"
PATHS = {"groupdocs-total": ("/connect/token", "/v1/x"), "openid": ("/token", "/api/x")}

any_bytes = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Lane:
    """A provider in process."""

    def __init__(self, idp: MockIdP) -> None:
        self.idp = idp
        lane: Issuer = idp._lane
        self.app = lane_app(lane)
        self.token_path, self.api_path = PATHS[idp.profile]
        self.id, self.secret = idp.client.auth
        self.form = (
            f"grant_type=client_credentials&client_id={self.id}&client_secret={self.secret}"
        ).encode()

    def ask(self, path: str, body: bytes, *headers: tuple[str, bytes]) -> Reply:
        sent = [(name, value.decode("latin-1")) for name, value in headers]
        reply = call(self.app, "POST", f"http://localhost{path}", headers=sent, body=body)
        journal = self.idp.journal
        assert journal.failures == []
        assert reply.status < 500
        assert self.secret not in journal.render(1)
        assert reply.status == 200 or journal.last.hint
        return reply


@pytest.fixture(scope="module", params=[*PATHS])
def lane(request: pytest.FixtureRequest) -> Iterator[Lane]:
    with MockIdP(request.param, limiter_allowed=0) as idp:
        yield Lane(idp)


def spoiled(good: bytes) -> st.SearchStrategy[bytes]:
    """Good bytes with some of them replaced, repeated or left out."""
    places = st.integers(0, len(good))

    def spoil(first: int, second: int, between: bytes) -> bytes:
        return good[:first] + between + good[second:]

    return st.builds(spoil, places, places, st.binary(max_size=6))


def mostly_good(good: bytes) -> st.SearchStrategy[bytes]:
    return st.one_of(st.just(good), spoiled(good), st.binary(max_size=200))


TYPES = st.one_of(
    st.sampled_from([FORM, "multipart/form-data; boundary=b", "application/json", ""]).map(
        str.encode
    ),
    spoiled(b"multipart/form-data; boundary=b"),
)


@any_bytes
@given(data=st.data())
def test_token_requests(lane: Lane, data: st.DataObject) -> None:
    body = data.draw(mostly_good(lane.form))
    basic = b64encode(f"{lane.id}:{lane.secret}".encode())
    authorization = data.draw(
        st.one_of(
            st.none(),
            mostly_good(b"Basic " + basic),
            st.binary(max_size=60).map(lambda raw: b"Basic " + b64encode(raw)),
        )
    )
    headers = [("content-type", data.draw(TYPES))]
    headers += [("authorization", authorization)] if authorization is not None else []
    lane.ask(lane.token_path, body, *headers)


@any_bytes
@given(data=st.data())
def test_multipart_bodies(lane: Lane, data: st.DataObject) -> None:
    disposition = b'--b\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\n'
    good = disposition + b"client_credentials\r\n--b--\r\n"
    lane.ask(
        lane.token_path,
        data.draw(mostly_good(good)),
        ("content-type", b"multipart/form-data; boundary=b"),
    )


@any_bytes
@given(data=st.data())
def test_api_calls(lane: Lane, data: st.DataObject) -> None:
    token = lane.idp.issue_token().encode()
    authorization = data.draw(mostly_good(b"Bearer " + token))
    body = data.draw(mostly_good(b'{"a":["\\ud83d\\ude00",1.5e9,null,true]}'))
    reply = lane.ask(
        lane.api_path, body, ("content-type", b"application/json"), ("authorization", authorization)
    )
    assert reply.status in (200, 401)
