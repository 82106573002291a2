"""Questions and answers that could never be right are refused, and not silently without effect."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Callable
from typing import Any, cast
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from mockidp import ConfigError, MockIdP, MockServer

WRONG: dict[str, tuple[Callable[[MockIdP], object], str]] = {
    "an answer outside the API": (
        lambda idp: idp.api.respond("POST", "/foo", json={}),
        "the provider's API is at /v1/…, /v1.0/…, /v2.0/…",
    ),
    "an answer beside a prefix": (lambda idp: idp.api.respond("GET", "/v10/x"), "/v1/…"),
    "an unknown method": (lambda idp: idp.api.respond("PSOT", "/v1/x"), "did you mean 'POST'?"),
    "a misspelt attribute": (
        lambda idp: idp.journal.assert_not_called("token", sttus=200),
        "unknown attribute or parameter 'sttus'; did you mean 'status'?",
    ),
    "a token that is no JSON": (
        lambda idp: idp.issue_token(claims={"a": object()}),
        "issue_token: claims.a = ",
    ),
    "a lifetime in text": (
        lambda idp: idp.next_token(lifetime=cast("Any", "x")),
        "next_token: lifetime = 'x'",
    ),
    "an overlap in text": (
        lambda idp: idp.rotate_keys(overlap=cast("Any", "no")),
        "rotate_keys: overlap = 'no': must be true or false",
    ),
    "a fault that cannot be sent": (
        lambda idp: idp.faults.next("token", status=503, headers={"X": "a\r\nb"}),
        "faults.next: headers.X = ",
    ),
    "a client that is none": (
        lambda idp: idp.issue_token(cast("Any", ["app"])),
        "idp: client = ['app']: must be a client_id, or a client such as idp.client",
    ),
    "a user that is none": (
        lambda idp: idp.issue_token(user=cast("Any", {"username": "alice"})),
        "must be a username, or a user of idp.user",
    ),
    "users where one belongs": (lambda idp: idp.revoke(cast("Any", ["alice"])), "user = ['alice']"),
    "a scope that is a number": (
        lambda idp: idp.issue_token(scope=cast("Any", 5)),
        "issue_token: scope = 5: must be scopes with spaces between them, or a list of texts",
    ),
    "scopes with one that is nothing": (
        lambda idp: idp.issue_token(scope=cast("Any", ["read", None])),
        "scope = ['read', None]",
    ),
    "a scope that is no Unicode": (lambda idp: idp.issue_token(scope="\ud800"), "a list of texts"),
    "more times than can be kept": (
        lambda idp: idp.next_token(lifetime=1, times=10**9),
        "next_token: times = 1000000000: must be at most 1000000",
    ),
    "times in text": (
        lambda idp: idp.journal.assert_called("token", times=cast("Any", "2")),
        "assert_called: times = '2': must be a whole number",
    ),
    "times to wait for in text": (
        lambda idp: idp.journal.wait_for("token", times=cast("Any", "2")),
        "wait_for: times = '2'",
    ),
    "a wait in text": (
        lambda idp: idp.journal.wait_for("token", timeout=cast("Any", "2")),
        "wait_for: timeout = '2': must be a number of seconds",
    ),
    "a limit in text": (
        lambda idp: idp.journal.render(cast("Any", "x")),
        "render: limit = 'x': must be a whole number, not negative",
    ),
    "a limit below nothing": (lambda idp: idp.journal.render(-1), "render: limit = -1: must be"),
    "a limit that is none": (lambda idp: idp.journal.render(cast("Any", None)), "limit = None"),
    "a robot that neither denies nor does not": (
        lambda idp: idp.robot.login("", deny=cast("Any", None)),
        "robot.login: deny = None: must be true or false",
    ),
    "a robot that cancels in text": (
        lambda idp: idp.robot.login("", cancel=cast("Any", "no")),
        "robot.login: cancel = 'no': must be true or false",
    ),
    "a robot that denies a device in text": (
        lambda idp: idp.robot.approve_device("ABCD", deny=cast("Any", "no")),
        "robot.approve_device: deny = 'no': must be true or false",
    ),
    "a robot that stays a number of times": (
        lambda idp: idp.robot.logout("", stay=cast("Any", 5)),
        "robot.logout: stay = 5: must be true or false",
    ),
    "a list of endpoints": (
        lambda idp: idp.faults.next(cast("Any", ["token"]), status=503),
        "unknown endpoint ['token']",
    ),
    "a list of methods": (
        lambda idp: idp.api.respond(cast("Any", ["POST"]), "/v1/x"),
        "unknown method ['POST']",
    ),
    "a misspelt endpoint": (lambda idp: idp.journal.find("tokn"), "did you mean 'token'?"),
}


@pytest.mark.parametrize(("ask", "said"), WRONG.values(), ids=WRONG)
def test_it_is_refused_with_what_would_be_right(
    ask: Callable[[MockIdP], object], said: str
) -> None:
    with MockIdP("groupdocs-total") as idp, pytest.raises(ConfigError) as refused:
        ask(idp)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("config", 5, "must be the path of a mockidp.toml, its tables, or None"),
        ("config", ["mockidp.toml"], "must be the path of a mockidp.toml"),
        ("config", [], "must be the path of a mockidp.toml"),
        ("config", b"mockidp.toml", "must be the path of a mockidp.toml"),
        ("host", None, "must be an address or a name"),
        ("host", ["127.0.0.1"], "must be an address or a name"),
        ("host", "", "must be an address or a name"),
        ("port", "8400", "must be a port from 0 to 65535"),
        ("port", None, "must be a port from 0 to 65535"),
        ("port", 65536, "must be a port from 0 to 65535"),
        ("clients", "app", "must be a list"),
        ("clients", {"client_id": "app"}, "must be a list"),
        ("clients", ["app"], "must be a table"),
        ("users", "alice", "must be a list"),
        ("scopes_supported", "openid", 'must be a list, written ["openid"]'),
        ("token_path", ["/token"], "must be text"),
        ("limiter", [3], "must be a table"),
    ],
)
def test_an_argument_of_another_kind_is_one_line(name: str, value: Any, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        MockIdP("openid", **{"config": {}, name: value})
    text = str(refused.value)
    assert said in text
    # A client or a user may hold a secret.
    assert (repr(value) in text) is (name not in ("clients", "users"))
    assert "\n" not in text


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ({"profiles": 5}, "MockServer: profiles = 5: must be a name or a list of names: openid, g"),
        ({"profiles": b"openid"}, "MockServer: profiles = b'openid': must be a name or a list"),
        ({"profiles": ["openid", 5]}, "MockServer: profiles = ['openid', 5]: must be a name or"),
        ({"profiles": [["openid"]]}, "MockServer: profiles = [['openid']]: must be a name or a"),
        ({"tls": "yes"}, "MockServer: tls = 'yes': must be true or false"),
        ({"port": "8400"}, "MockServer: port = '8400': must be a port from 0 to 65535"),
        ({"admin_token": 5}, "keyword: admin_token = <int>: must have at least 16 characters"),
    ],
)
def test_an_argument_of_a_server_of_another_kind_is_one_line(
    argument: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        MockServer(**{"config": {}, **argument})
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_a_call_of_any_endpoint_that_was_not_is_told_of() -> None:
    with MockIdP() as idp, pytest.raises(AssertionError, match=r"any endpoint status=500 was"):
        idp.journal.assert_called(cast("Any", None), status=500)


def test_parameters_of_a_request_can_be_asked_for_before_one_was_sent() -> None:
    with MockIdP() as idp:
        idp.journal.assert_not_called("token", grant_type="client_credentials", scope="read")


def test_the_journal_says_that_no_answer_is_set_for_an_echoed_call() -> None:
    with MockIdP("groupdocs-total") as idp:
        idp.api.respond("GET", "/v1/right", json={})
        call = urllib.request.Request(
            f"{idp.base_url}/v1/wrong", headers={"Authorization": f"Bearer {idp.issue_token()}"}
        )
        urllib.request.urlopen(call).close()
        assert idp.journal.last.hint == "no answer is set for GET /v1/wrong, only for GET /v1/right"


def test_the_journal_says_where_the_settings_are_from() -> None:
    with MockIdP(config={"profiles": {"openid": {"seed": 1}}}, journal_size=5) as idp:
        assert "note: settings from config: [profiles.openid], keyword" in idp.journal.render()


def test_a_misspelt_attribute_is_not_kept() -> None:
    with MockIdP() as idp, pytest.raises(AttributeError, match="acess_token_lifetime"):
        setattr(idp, "acess_token_lifetime", 5)  # noqa: B010 - it is not there


def test_only_what_snapshot_has_given_can_be_restored() -> None:
    with MockIdP() as idp, pytest.raises(TypeError, match="what snapshot"):
        idp.restore(cast("Any", None))


@pytest.mark.parametrize("move", ["freeze", "rewind"])
def test_a_client_of_the_configuration_is_never_new(move: str) -> None:
    with MockIdP() as idp:
        if move == "freeze":
            idp.clock.freeze("1969-07-20")
        else:
            idp.clock.rewind(days=365 * 80)
        form = urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": idp.client.client_id,
                "client_secret": idp.client.client_secret,
            }
        )
        with urllib.request.urlopen(idp.url("token"), form.encode()) as answer:
            assert answer.status == 200


def test_a_client_that_is_new_by_a_clock_that_was_moved_hears_of_the_clock() -> None:
    with MockIdP(new_client_delay=60) as idp:
        client = idp.add_client()
        idp.clock.rewind(hours=1)
        form = urlencode({"grant_type": "client_credentials", "client_id": client.client_id})
        with pytest.raises(OSError, match="401"):
            urllib.request.urlopen(idp.url("token"), form.encode())
        assert "is new: refused for 36" in idp.journal.last.hint
        assert "by the clock of the provider" in idp.journal.last.hint


@pytest.mark.parametrize(
    ("profile", "error", "status"),
    [("openid", "invalid_grant", 400), ("openid", "invalid_client", 401)],
)
def test_a_fault_without_a_status_has_that_of_the_providers_refusals(
    profile: str, error: str, status: int
) -> None:
    with MockIdP(profile) as idp:
        idp.faults.next("token", error=error)
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(idp.url("token"), b"")
        with refused.value as answer:
            assert answer.status == status
            assert error.encode() in answer.read()
        assert idp.journal.last.by == f"fault: token answers {error}"


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_fault_with_a_status_that_has_no_body_has_none(status: int) -> None:
    with MockIdP() as idp:
        idp.faults.next("token", status=status)
        call = http.client.HTTPConnection(idp.base_url.removeprefix("http://"))
        call.request("POST", "/token")
        answer = call.getresponse()
        assert (answer.status, answer.read()) == (status, b"")
        call.close()
