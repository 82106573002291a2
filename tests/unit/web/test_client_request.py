"""A client's request as it comes over HTTP, whatever endpoint it is for (RFC 6749, 2.3 and 3.2)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest

from mockidp.flows.grant import TokenRequest
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.names import FORM_TYPE, JSON_TYPE
from mockidp.web.client_request import read_client_request
from mockidp.web.message import Request

Make = Callable[..., Issuer]
FORM = (b"content-type", FORM_TYPE.encode())
BASIC = b"Basic " + b64encode(b"app:s3cret-of-the-app")


def read(
    lane: Issuer, body: bytes, *headers: tuple[bytes, bytes], method: str = "POST"
) -> tuple[TokenRequest, Exchange]:
    entry = Exchange(at=0, method=method, path="/x")
    request = Request(
        method=method,
        path="/x",
        query=b"",
        headers=[*headers],
        body=body,
        place=lane.home,
        ip="127.0.0.1",
    )
    parsed = read_client_request(
        lane, request, entry, purpose="do it", cites=("the method", "the type")
    )
    return parsed, entry


@pytest.fixture
def lane(make_lane: Make) -> Issuer:
    return make_lane("openid", clients=[{"client_id": "app", "client_secret": "s3cret-of-the-app"}])


def test_a_form_and_its_credentials_are_read_and_noted(lane: Issuer) -> None:
    parsed, entry = read(lane, b"token=t0ken&scope=a+b", FORM, (b"authorization", BASIC))
    assert dict(parsed.params) == {"token": "t0ken", "scope": "a b"}
    assert (parsed.client_id, parsed.basic_problem, parsed.ip) == ("app", "", "127.0.0.1")
    assert parsed.issuer == lane.home.issuer
    assert (entry.client_id, entry.params) == ("app", {"token": "***", "scope": "a b"})


def test_a_header_that_cannot_be_read_is_told_later(lane: Issuer) -> None:
    parsed, _ = read(lane, b"", FORM, (b"authorization", b"Basic ???"))
    assert parsed.basic is None
    assert parsed.basic_problem


@pytest.mark.parametrize(
    ("method", "headers", "hint", "cites", "status"),
    [
        ("GET", [FORM], "do it with POST, not GET", "the method", 405),
        ("POST", [], "Content-Type is missing; send", "the type", None),
        ("POST", [(b"content-type", JSON_TYPE.encode())], "is application/json", "the type", None),
        ("POST", [FORM, *[(b"authorization", BASIC)] * 2], "more than once", "RFC 9110, 5.3", None),
    ],
)
def test_what_cannot_be_read_is_refused(
    lane: Issuer,
    method: str,
    headers: list[tuple[bytes, bytes]],
    hint: str,
    cites: str,
    status: int | None,
) -> None:
    with pytest.raises(OAuthError) as caught:
        read(lane, b"token=x", *headers, method=method)
    assert caught.value.code == "invalid_request"
    assert hint in caught.value.hint
    assert (caught.value.cites, caught.value.status) == (cites, status)


def test_the_last_of_two_counts_where_the_provider_reads_so(make_lane: Make) -> None:
    parsed, _ = read(make_lane("openid", token_repeated="last"), b"token=a&token=b", FORM)
    assert parsed.params["token"] == "b"
