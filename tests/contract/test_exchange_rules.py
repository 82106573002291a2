"""The golden exchanges are strict: what deviates is noticed, what is badly written is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.exchange_format import Ask, BadExchange, Exchange, exchanges_of, read_exchanges
from fixtures.exchange_match import Mismatch, expect_json
from fixtures.exchange_player import play

TOKEN = '{"access_token": "{jwt}", "expires_in": 3600, "token_type": "Bearer"}'
GOOD = b'{"access_token":"a.b.c","expires_in":3600,"token_type":"Bearer"}'

ASKED = """
[[exchange]]
name = "n"
source = "003"
status = "documented"
[[exchange.step]]
request = "GET https://api.groupdocs.cloud/elsewhere"
status = 404
headers = "none"
body = ""
"""


def test_the_same_json_matches() -> None:
    assert expect_json("body", TOKEN, GOOD, {})["expires_in"] == 3600


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(
            b'{"expires_in":3600,"access_token":"a.b.c","token_type":"Bearer"}', id="order"
        ),
        pytest.param(GOOD.replace(b"3600", b'"3600"'), id="a number as text"),
        pytest.param(GOOD.replace(b"3600", b"3600.0"), id="a whole number as a fraction"),
        pytest.param(GOOD.replace(b"Bearer", b"bearer"), id="case"),
        pytest.param(GOOD.replace(b"a.b.c", b"opaque"), id="look"),
        pytest.param(GOOD.replace(b"}", b',"scope":null}'), id="one member more"),
        pytest.param(GOOD.replace(b"}", b',"token_type":"Bearer"}'), id="a member twice"),
        pytest.param(GOOD.replace(b',"token_type":"Bearer"', b""), id="one member less"),
        pytest.param(GOOD.replace(b":", b": "), id="white space"),
        pytest.param(GOOD + b"\n", id="a line break at the end"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_json_that_differs_is_noticed(found: bytes) -> None:
    with pytest.raises(Mismatch, match="should be"):
        expect_json("body", TOKEN, found, {})


def test_what_an_earlier_step_made_must_come_again() -> None:
    expected = '{"a": "{first}"}'
    expect_json("body", expected, b'{"a":"x.y"}', {"first": "x.y"})
    with pytest.raises(Mismatch):
        expect_json("body", expected, b'{"a":"xzy"}', {"first": "x.y"})


def test_an_unknown_name_is_an_error_of_the_exchange() -> None:
    with pytest.raises(ValueError, match=r"\{nobody\} is neither"):
        expect_json("body", '{"a": "{nobody}"}', b'{"a":"b"}', {})


def documented() -> tuple[Exchange, Ask]:
    exchange = next(
        e for e in exchanges_of("groupdocs-total") if e.id.endswith("/documented-request")
    )
    step = exchange.steps[0]
    assert isinstance(step, Ask)
    return exchange, step


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"status": 201}, id="status"),
        pytest.param({"headers": "none"}, id="headers the provider has besides"),
        pytest.param({"more_headers": {"X-More": "1"}}, id="a header the provider has not"),
        pytest.param({"body": ""}, id="body"),
        pytest.param({"token": {"header": '{"typ": "JWT", "alg": "RS256"}'}}, id="token header"),
        pytest.param({"token": {"claims": "{}"}}, id="claims"),
        pytest.param({"token": {"signature_bytes": 255}}, id="signature"),
        pytest.param({"token": {"begins": "eyJ0"}}, id="begin of the token"),
        pytest.param({"hint": "something else"}, id="hint"),
    ],
)
def test_an_answer_that_differs_fails_the_exchange(wrong: dict[str, object]) -> None:
    exchange, step = documented()
    changed = replace(step, **wrong)  # type: ignore[arg-type]
    with pytest.raises(Mismatch, match=r"^groupdocs-total/token-success/documented-request: step"):
        play(replace(exchange, steps=(changed,)))


def test_a_key_that_has_not_signed_fails_the_exchange() -> None:
    exchange = next(e for e in exchanges_of("openid") if e.id.endswith("/jwks/rsa"))
    token, jwks = exchange.steps
    other = read_exchanges(
        ASKED.replace(
            "[[exchange.step]]\n",
            '[[exchange.step]]\nrotate_keys = "at once"\n[[exchange.step]]\n',
            1,
        ),
        "openid",
        "t",
        {},
    )[0].steps[0]
    play(exchange)
    with pytest.raises(Mismatch, match="no key of the body verifies"):
        play(replace(exchange, steps=(token, other, jwks)))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "n"', "", "name is missing"),
        ('source = "003"', "", "source is missing"),
        ('"documented"', '"known"', "status must be one of"),
        ('name = "n"', 'name = "n"\ndoor = "window"', "door must be one of"),
        ('name = "n"', 'name = "n"\nnote = ""', "unknown: note"),
        ("body =", "bdoy =", "unknown: bdoy"),
        ('headers = "none"', 'headers = "some"', "no set of headers is called 'some'"),
        ('headers = "none"', "", "headers"),
        ('body = ""', 'body = ""\nform = []\nraw = ""', "says 2 things at once"),
        ("[[exchange.step]]", "[[exchange.step]]\n[[exchange.step]]", "says 0 things at once"),
        ("[[exchange.step]]", "[[exchange.other]]", "unknown: other"),
        ("status = 404", "status =", "Invalid value"),
    ],
)
def test_a_badly_written_exchange_is_refused(old: str, new: str, problem: str) -> None:
    assert old in ASKED
    with pytest.raises(BadExchange, match=r"^p/t\.toml") as caught:
        read_exchanges(ASKED.replace(old, new, 1), "p", "t", {})
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"), [("", "no exchange"), (ASKED + ASKED, "two exchanges are called n")]
)
def test_a_badly_written_file_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadExchange, match=problem):
        read_exchanges(text, "p", "t", {})


def test_an_alias_weakens_and_must_replace_what_is_there() -> None:
    alias = """
    same_as = "groupdocs-total/refusals.toml"
    status = "assumed"
    source = "because"
    [instead]
    "https://api.groupdocs.cloud" = "https://id.groupdocs.cloud"
    """
    for exchange in read_exchanges(alias, "groupdocs-translation", "t", {"headers": {"json": {}}}):
        assert exchange.status == "assumed"
        assert exchange.source.startswith("because; ")
    with pytest.raises(BadExchange, match="has no 'https://nowhere' to replace"):
        read_exchanges(
            alias.replace('"https://api.groupdocs.cloud"', '"https://nowhere"'),
            "groupdocs-translation",
            "t",
            {},
        )
