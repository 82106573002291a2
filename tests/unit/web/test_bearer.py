"""Where a bearer token may be, and what a call without a good one is told (RFC 6750)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockidp.issuer import Issuer, Place
from mockidp.model.event import Exchange
from mockidp.tokens.lookup import Bearer, TokenRefused
from mockidp.tokens.mint import mint_access_token
from mockidp.web.bearer import NoToken, bearer_of, forbidden, unauthorized
from mockidp.web.message import Request

Make = Callable[..., Issuer]
ISSUER = "https://mockidp.example"
FORM = (b"content-type", b"application/x-www-form-urlencoded")
EVERYWHERE = ["header", "form", "query"]


def token_of(lane: Issuer) -> bytes:
    minted = mint_access_token(
        lane, client=lane.clients.default, subject="u", scopes=("read",), issuer=ISSUER
    )
    return minted.token.encode()


def request(*headers: tuple[bytes, bytes], **given: Any) -> Request:
    parts = {"method": "POST", "path": "/api", "query": b"", "body": b"", "ip": None, **given}
    return Request(headers=list(headers), place=Place(ISSUER, ISSUER), **parts)


def header(value: bytes) -> tuple[bytes, bytes]:
    return b"authorization", value


def calls(token: bytes) -> dict[str, Request]:
    body = b"a=b&access_token=" + token
    return {
        "header": request(header(b"Bearer " + token), method="GET"),
        "header, case": request(header(b"bEARER " + token)),
        "header, spaces": request(header(b"Bearer   " + token + b" ")),
        "form": request(FORM, body=body),
        "form by PUT": request(FORM, body=body, method="PUT"),
        "query": request(query=body, method="GET"),
    }


@pytest.mark.parametrize("way", calls(b""))
@pytest.mark.parametrize("places", [["header"], ["form"], ["query"], EVERYWHERE, []], ids=str)
def test_where_a_token_is_looked_for(make_lane: Make, way: str, places: list[str]) -> None:
    lane = make_lane("openid", api_token_in=places)
    call = calls(token_of(lane))[way]
    if way.partition(" ")[0].rstrip(",") in places:
        found = bearer_of(lane, call)
        assert (found.sub, found.scopes) == ("u", ("read",))
    else:
        with pytest.raises(NoToken):
            bearer_of(lane, call)


def test_a_get_has_no_form(make_lane: Make) -> None:
    # RFC 6750, 2.2: "the 'GET' method MUST NOT be used"
    lane = make_lane("openid")
    call = request(FORM, method="GET", body=b"access_token=" + token_of(lane))
    with pytest.raises(NoToken):
        bearer_of(lane, call)


def test_a_body_of_another_type_has_none(make_lane: Make) -> None:
    lane = make_lane("openid", api_token_in=EVERYWHERE)
    body = b"access_token=" + token_of(lane)
    for kind in (b"text/plain", b"application/json", b"multipart/form-data; boundary=x", b""):
        with pytest.raises(NoToken):
            bearer_of(lane, request((b"content-type", kind), body=body))


@pytest.mark.parametrize("body", [b"%zz", b"\xff", b"token=%00", b"&" * 2000, b""])
def test_what_is_no_form_has_none(make_lane: Make, body: bytes) -> None:
    lane = make_lane("openid", api_token_in=EVERYWHERE)
    with pytest.raises(NoToken):
        bearer_of(lane, request(FORM, body=body, query=body))


@pytest.mark.parametrize(
    "body", [b"access_token=a%00b", b"access_token=%ff", b"%zz=1&access_token=a"]
)
def test_a_form_with_a_token_in_it_that_cannot_be_read_is_a_bad_request(
    make_lane: Make, body: bytes
) -> None:
    # RFC 6750, 3.1: "malformed"
    lane = make_lane("openid")
    with pytest.raises(TokenRefused, match="cannot be read") as caught:
        bearer_of(lane, request(FORM, body=body))
    entry = Exchange(at=0, method="POST", path="/api")
    answer = unauthorized(lane, caught.value, entry)
    assert (answer.status, entry.error) == (400, "invalid_request")
    assert json.loads(answer.body)["error"] == "invalid_request"
    good = request(FORM, header(b"Bearer " + token_of(lane)), body=body)
    assert bearer_of(lane, good).sub == "u"


def test_a_provider_without_words_for_it_sees_no_token_there(make_lane: Make) -> None:
    lane = make_lane("proz", api_token_in=EVERYWHERE)
    with pytest.raises(NoToken):
        bearer_of(lane, request(FORM, body=b"access_token=%00"))


def test_one_way_and_only_once(make_lane: Make) -> None:
    # RFC 6750, 2: "Clients MUST NOT use more than one method"
    lane = make_lane("openid", api_token_in=EVERYWHERE)
    token = token_of(lane)
    ours, body = header(b"Bearer " + token), b"access_token=" + token
    for call in (
        request(ours, ours),
        request(ours, header(b"Basic eA==")),
        request(ours, FORM, body=body),
        request(ours, query=body),
        request(FORM, body=body + b"&" + body),
        request(FORM, body=body, query=body),
    ):
        with pytest.raises(TokenRefused, match="more than one access token"):
            bearer_of(lane, call)


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        (None, "no Authorization header"),
        (b"", "no scheme"),
        (b"Bearer", "no token after Bearer"),
        (b"Bearer ", "no token after Bearer"),
        (b"Basic eA==", "the scheme 'Basic'"),
        (b"MAC x", "the scheme 'MAC'"),
        (b"eyJhbGciOiJub25lIn0.e30.", "no scheme"),
        (b"\xff\xfe x", "the scheme"),
        (b"a.b x", "no scheme"),
        (b"x" * 5000 + b" y", "the scheme 'xxxxxxxxxxxxxxxxxxxx'"),
    ],
)
def test_why_there_is_no_token(make_lane: Make, sent: bytes | None, hint: str) -> None:
    lane = make_lane("openid")
    with pytest.raises(NoToken) as caught:
        bearer_of(lane, request(*([header(sent)] if sent is not None else [])))
    assert hint in str(caught.value)
    assert "eyJ" not in str(caught.value)


# -- refusals -------------------------------------------------------------------------------------

API: dict[str, Any] = {
    "challenges": {
        "missing": "M",
        "invalid": "I",
        "expired": "E {expired_at}",
        "insufficient_scope": "S {scope_asked}",
    },
    "bodies": {"expired": {"was": "expired"}, "missing": {}},
    "content_type": "application/problem+json",
    "headers": {"X-Own": "1"},
}


def entry() -> Exchange:
    return Exchange(at=0, method="GET", path="/api")


@pytest.mark.parametrize(
    ("problem", "challenge", "body", "hint"),
    [
        (NoToken("why"), "M", None, "why"),
        (
            TokenRefused("invalid", "why"),
            "I",
            {"error": "invalid_token", "error_description": "The access token is not valid"},
            "why",
        ),
        (
            TokenRefused("expired", "why", 1_700_000_000),
            "E 2023-11-14T22:13:20Z",
            {"was": "expired"},
            "why",
        ),
        (TokenRefused("expired", "why", 1e300), "E 1e+300", {"was": "expired"}, "why"),
    ],
    ids=["missing", "invalid", "expired", "expired, in no calendar"],
)
def test_a_401_in_the_providers_manner(
    make_lane: Make,
    problem: NoToken | TokenRefused,
    challenge: str,
    body: dict[str, str] | None,
    hint: str,
) -> None:
    noted = entry()
    answer = unauthorized(make_lane("openid", api=API), problem, noted)
    headers = dict(answer.headers)
    assert (answer.status, noted.hint) == (401, hint)
    assert noted.cites.startswith("RFC 6750")
    assert headers[b"www-authenticate"].decode() == challenge
    assert headers[b"x-own"] == b"1"
    if body is None:
        # A media type describes a body, and there is none.
        assert (answer.body, b"content-type" in headers) == (b"", False)
    else:
        assert json.loads(answer.body) == body
        assert headers[b"content-type"] == b"application/problem+json"


def test_a_403_names_the_scope(make_lane: Make) -> None:
    noted = entry()
    bearer = Bearer(claims={}, client_id=None, sub=None, scopes=("read", "email"))
    answer = forbidden(make_lane("openid", api=API), bearer, "write", noted)
    assert answer.status == 403
    assert dict(answer.headers)[b"www-authenticate"] == b"S write"
    assert noted.error == "insufficient_scope"
    assert noted.hint == "this call needs the scope 'write'; the token has read email"
    bearer = Bearer(claims={}, client_id=None, sub=None, scopes=())
    forbidden(make_lane("openid", api=API), bearer, "write", noted)
    assert "the token has no scope" in noted.hint
