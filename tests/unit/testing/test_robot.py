"""The robot and a provider that is not ours: where it goes, where it does not, when it gives up."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockidp.model.event import Exchange
from mockidp.testing import Robot, RobotError

CALLBACK = "https://app.example/cb?code=c0de"


@pytest.fixture
def robot(fake: Any) -> Robot:
    return Robot(fake)


@pytest.fixture
def start(fake: Any) -> str:
    return f"{fake.base_url}/authorize"


def test_the_client_is_not_asked(fake: Any, robot: Robot, start: str) -> None:
    # Nothing listens there: asking would be an error.
    fake.redirect("/provider/authorize", "http://127.0.0.1:9/cb?code=c0de")
    assert robot.login(start).code == "c0de"
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    "location",
    [
        "com.example.app:/cb?code=c0de",
        "http://[::1]:9/cb?code=c0de",
        "https://app.example/a/../cb?code=c0de",
        "https://app.example/cb?x#code=c0de",
        "//app.example/cb?code=c0de",
    ],
)
def test_addresses_of_clients_stay_as_they_are(
    fake: Any, robot: Robot, start: str, location: str
) -> None:
    fake.redirect("/provider/authorize", location)
    callback = robot.login(start)
    assert callback == (f"http:{location}" if location.startswith("//") else location)
    assert callback.code == "c0de"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("https://{host}/provider/authorize", id="other scheme"),
        pytest.param("http://{host}/providers/authorize", id="beside the prefix"),
        pytest.param("http://127.0.0.1:9/provider/authorize", id="other port"),
        pytest.param("http://user@{host}/provider/authorize", id="user name"),
        pytest.param("http://login.example.com/authorize", id="real host without TLS"),
        pytest.param("https://login.example.com:8443/authorize", id="other port of a real host"),
        pytest.param("https://login.example.org/authorize", id="unknown host"),
        pytest.param("https://[/authorize", id="no address"),
        pytest.param("http://{host}:x/provider/authorize", id="no port"),
        pytest.param("/provider/authorize", id="relative"),
        pytest.param("", id="empty"),
    ],
)
def test_an_address_of_somebody_else_is_refused(fake: Any, robot: Robot, written: str) -> None:
    url = written.format(host=re.sub("^http://|/provider$", "", fake.base_url))
    with pytest.raises(ValueError, match="no address of the provider at"):
        robot.login(url)
    assert not fake.asked


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("http://127.0.0.1:{port}/provider/authorize", id="as it is"),
        pytest.param("HTTP://LocalHost:{port}/provider/authorize", id="localhost"),
        pytest.param("http://127.0.0.1:{port}/provider/authorize#fragment", id="fragment"),
    ],
)
def test_addresses_of_the_provider(fake: Any, robot: Robot, written: str) -> None:
    fake.redirect("/provider/authorize", CALLBACK)
    port = fake.base_url.rsplit(":", 1)[1].partition("/")[0]
    assert robot.login(written.format(port=port)) == CALLBACK


@pytest.mark.parametrize("host", ["login.example.com", "LOGIN.example.com:443"])
def test_a_real_host_leads_to_the_lane_with_its_own_name(
    fake: Any, robot: Robot, host: str
) -> None:
    fake.redirect("/authorize", CALLBACK)
    assert robot.login(f"https://{host}/authorize?a=b") == CALLBACK
    ((method, path, headers, _),) = fake.asked
    assert (method, path) == ("GET", "/authorize?a=b")
    assert headers["host"] == "login.example.com"


def test_what_no_header_may_hold_is_encoded(fake: Any, robot: Robot, start: str) -> None:
    fake.redirect("/provider/authorize", CALLBACK)
    robot.login(f"{start}?state=a b\u00e9%20&x='")
    assert fake.asked[0][1] == "/provider/authorize?state=a%20b%C3%A9%20&x='"


def test_a_circle_ends_and_names_its_stations(fake: Any, robot: Robot, start: str) -> None:
    fake.redirect("/provider/authorize", "/provider/again")
    fake.redirect("/provider/again", "/provider/authorize")
    with pytest.raises(RobotError, match=r"no way back to the client.*302 at .*/provider/again"):
        robot.login(start)
    assert len(fake.asked) == 20


def test_a_page_that_comes_again_and_again_ends_too(fake: Any, robot: Robot, start: str) -> None:
    fake.page(
        "/provider/authorize", "<form id=login method=post><button name=user value=alice></form>"
    )
    with pytest.raises(RobotError, match="no way back to the client"):
        robot.login(start, user="alice")


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_a_redirect_after_a_form(
    fake: Any, robot: Robot, start: str, status: int, method: str
) -> None:
    """RFC 9110, 15.4: 307 and 308 repeat the request."""
    fake.page(
        "/provider/authorize",
        '<form id=login method=post action="login"><button name=user value=alice></form>',
    )
    fake.redirect("/provider/login", "/provider/then", status)
    fake.redirect("/provider/then", CALLBACK)
    assert robot.login(start) == CALLBACK
    assert [(asked[0], asked[3]) for asked in fake.asked[1:]] == [
        ("POST", "user=alice"),
        (method, "user=alice" if method == "POST" else ""),
    ]


def test_forms_say_where_they_come_from(fake: Any, robot: Robot) -> None:
    fake.page(
        "/authorize", '<form id=login method=post action="/l"><button name=user value=a></form>'
    )
    fake.redirect("/l", CALLBACK)
    robot.login("https://login.example.com:443/authorize")
    assert "origin" not in fake.asked[0][2]
    assert fake.asked[1][2]["origin"] == "https://login.example.com"


@pytest.mark.parametrize(
    ("cookie", "comes_back"),
    [
        pytest.param("a=1; Path=/", True, id="everywhere"),
        pytest.param("a=1; Path=/provider", True, id="here"),
        pytest.param("a=1; Path=/prov", False, id="beside"),
        pytest.param("a=1; Path=/; Secure", False, id="https only"),
        pytest.param("a=1; Path=/; Max-Age=0", False, id="taken away"),
        pytest.param("a=; Path=/", False, id="emptied"),
        pytest.param("a=1; Path=/; HttpOnly; SameSite=Lax", True, id="of a session"),
        pytest.param("\x01\x02", False, id="none at all"),
    ],
)
def test_cookies(fake: Any, robot: Robot, start: str, cookie: str, comes_back: bool) -> None:
    fake.redirect("/provider/authorize", CALLBACK, set_cookie=cookie)
    robot.login(start)
    robot.login(start)
    assert fake.asked[1][2].get("cookie") == ("a=1" if comes_back else None)


def test_cookies_of_one_host_are_not_sent_to_another(fake: Any, robot: Robot, start: str) -> None:
    fake.redirect("/authorize", CALLBACK, set_cookie="a=1; Path=/; Secure")
    fake.redirect("/provider/authorize", CALLBACK, set_cookie="b=2; Path=/")
    for url in ("https://login.example.com/authorize", start) * 2:
        robot.login(url)
    cookies = [headers.get("cookie") for _, _, headers, _ in fake.asked]
    assert cookies == [None, None, "a=1", "b=2"]


def test_forget_throws_the_cookies_away(fake: Any, robot: Robot, start: str) -> None:
    fake.redirect("/provider/authorize", CALLBACK, set_cookie="a=1; Path=/")
    robot.login(start)
    robot.forget()
    robot.login(start)
    assert "cookie" not in fake.asked[1][2]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param((404, {}, "nothing here"), "nothing to go on with: nothing here", id="text"),
        pytest.param((204, {}, ""), "nothing to go on with: an empty page", id="empty"),
        pytest.param((400, {}, '{"error": "invalid_request"}'), "invalid_request", id="json"),
        pytest.param((400, {}, "[1]"), r"\[1\]", id="other json"),
        pytest.param((302, {}, "gone"), "gone", id="redirect to nowhere"),
        pytest.param(
            (200, {"content-type": "text/html"}, "<h1>Hello</h1>"), "Hello", id="other page"
        ),
    ],
)
def test_what_is_no_step_is_said(
    fake: Any, robot: Robot, start: str, answer: Any, said: str
) -> None:
    fake.answers["/provider/authorize"] = answer
    with pytest.raises(RobotError, match=said) as caught:
        robot.login(start)
    assert caught.value.status == answer[0]
    assert caught.value.url == start


def test_the_journal_says_why(fake: Any, robot: Robot, start: str) -> None:
    for path, status, hint in (
        ("/authorize", 400, "an earlier one"),
        ("/authorize", 400, "what is meant"),
        ("/authorize", 200, "served"),
        ("/token", 400, "somebody else's"),
    ):
        fake.journal.add(Exchange(at=0, method="GET", path=path, status=status, hint=hint))
    fake.answers["/provider/authorize"] = (400, {}, '{"error": "invalid_request"}')
    with pytest.raises(RobotError, match="invalid_request; what is meant") as caught:
        robot.login(start)
    assert caught.value.hint == "what is meant"


def test_a_provider_that_is_gone(robot: Robot, fake: Any) -> None:
    fake.base_url = "http://127.0.0.1:9"
    with pytest.raises(ConnectionRefusedError):
        robot.login("http://127.0.0.1:9/authorize")


@pytest.mark.parametrize(
    "wishes",
    [
        {"deny": True, "cancel": True},
        {"deny": True, "fail": "server_error"},
        {"cancel": True, "fail": "server_error"},
        {"password": "alice"},
    ],
    ids=" ".join,
)
def test_wishes_that_do_not_go_together(
    robot: Robot, start: str, fake: Any, wishes: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"only one|give the user too"):
        robot.login(start, **wishes)
    assert not fake.asked


@pytest.mark.parametrize("given", [None, 5, b"http://x", ["a"], {}, ("http://idp/authorize", "s")])
def test_what_is_no_text_is_told_apart_from_addresses(robot: Robot, given: Any) -> None:
    """Some libraries give the state beside the address, or the address as an object."""
    for visit in (robot.login, robot.logout, robot.approve_device):
        with pytest.raises(ValueError, match="is no text: give the robot the ") as refused:
            visit(given)
        assert repr(given) in str(refused.value)
