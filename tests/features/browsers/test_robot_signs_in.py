"""The robot at our own provider: everything that a person can do on its pages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import freezegun
import jwt
import pytest
import requests

from mockidp import MockIdP, MockServer
from mockidp.testing import Callback, Robot, RobotError

Address = Callable[..., str]

SECOND = {"client_id": "other", "redirect_uris": ["https://other.example/cb"]}


def redeem(idp: MockIdP, callback: Callback, token_url: str = "") -> dict[str, Any]:
    """What the application does with the callback: the claims of the id_token."""
    form = {
        "grant_type": "authorization_code",
        "code": callback.code,
        "redirect_uri": callback.redirect_uri,
    }
    answer = requests.post(token_url or idp.url("token"), form, auth=idp.client.auth, timeout=60)
    assert answer.status_code == 200, answer.text
    claims: dict[str, Any] = jwt.decode(
        answer.json()["id_token"], options={"verify_signature": False}
    )
    return claims


def name_of(idp: MockIdP, callback: Callback) -> str:
    sub = redeem(idp, callback)["sub"]
    (username,) = [user.username for user in idp._lane.users.all() if user.sub == sub]
    return username


def pages(idp: MockIdP) -> list[str]:
    """The pages that were shown since the last look."""
    seen = [
        entry.endpoint
        for entry in idp.journal
        if entry.method == "GET" and entry.endpoint in ("login", "consent", "sign_out")
    ]
    idp.journal.clear()
    return seen


def test_a_user_signs_in_allows_and_comes_back(mockidp: MockIdP, address: Address) -> None:
    callback = mockidp.robot.login(address(mockidp), user="alice")
    assert callback.startswith("http://127.0.0.1:9/cb?code=")
    assert (callback.state, callback.error, callback.method) == ("st", None, "GET")
    assert callback.params["iss"] == mockidp.issuer
    assert pages(mockidp) == ["login", "consent"]
    assert name_of(mockidp, callback) == "alice"


def test_with_name_and_password(mockidp: MockIdP, address: Address) -> None:
    mockidp.add_user("carol", password="a pässword & more")
    callback = mockidp.robot.login(address(mockidp), "carol", password="a pässword & more")
    assert name_of(mockidp, callback) == "carol"


@pytest.mark.parametrize(
    ("user", "password", "said"),
    [
        pytest.param("alice", "wrong", "wrong password for user 'alice'", id="wrong password"),
        pytest.param("zoe", "zoe", "no user is called 'zoe'", id="unknown user"),
        pytest.param("zoe", None, "no button for the user 'zoe': it has alice, bob", id="button"),
        pytest.param("", "", "no user is called ''", id="empty"),
    ],
)
def test_who_cannot_sign_in(
    mockidp: MockIdP, address: Address, user: str, password: str | None, said: str
) -> None:
    with pytest.raises(RobotError, match=said) as caught:
        mockidp.robot.login(address(mockidp), user, password=password)
    assert caught.value.url.startswith(mockidp.url("login"))


def test_a_wrong_password_leaves_signed_in_who_was(mockidp: MockIdP, address: Address) -> None:
    mockidp.robot.login(address(mockidp), "alice")
    with pytest.raises(RobotError):
        mockidp.robot.login(address(mockidp, prompt="login"), "alice", password="wrong")
    callback = mockidp.robot.login(address(mockidp))
    assert name_of(mockidp, callback) == "alice"


def test_who_is_signed_in_is_not_asked_again(mockidp: MockIdP, address: Address) -> None:
    first = mockidp.robot.login(address(mockidp), "alice")
    pages(mockidp)
    second = mockidp.robot.login(address(mockidp), "alice")
    assert pages(mockidp) == []
    assert first.code != second.code
    assert name_of(mockidp, second) == "alice"


def test_somebody_else_signs_in_after_the_first_is_signed_out(
    mockidp: MockIdP, address: Address
) -> None:
    mockidp.robot.login(address(mockidp), "alice")
    pages(mockidp)
    callback = mockidp.robot.login(address(mockidp), "bob")
    assert pages(mockidp) == ["sign_out", "login", "consent"]
    assert name_of(mockidp, callback) == "bob"


def test_a_user_that_has_just_been_added(mockidp: MockIdP, address: Address) -> None:
    carol = mockidp.add_user("carol")
    assert name_of(mockidp, mockidp.robot.login(address(mockidp), carol)) == "carol"


def test_nobody_in_particular(mockidp: MockIdP, address: Address) -> None:
    """The first of the page, and then who is signed in."""
    assert name_of(mockidp, mockidp.robot.login(address(mockidp))) == "alice"
    mockidp.robot.login(address(mockidp), "bob")
    assert name_of(mockidp, mockidp.robot.login(address(mockidp))) == "bob"


@pytest.mark.parametrize("hint", ["bob", "bob@example.com"])
def test_login_hint_suggests_somebody(mockidp: MockIdP, address: Address, hint: str) -> None:
    callback = mockidp.robot.login(address(mockidp, login_hint=hint))
    assert name_of(mockidp, callback) == "bob"


def test_deny(mockidp: MockIdP, address: Address) -> None:
    callback = mockidp.robot.login(address(mockidp), "alice", deny=True)
    assert (callback.error, callback.state, callback.code) == ("access_denied", "st", None)
    assert pages(mockidp) == ["login", "consent"]


def test_cancel(mockidp: MockIdP, address: Address) -> None:
    callback = mockidp.robot.login(address(mockidp), "alice", cancel=True)
    assert callback.error == "access_denied"
    assert pages(mockidp) == ["login"]
    # Nobody has signed in.
    mockidp.robot.login(address(mockidp), "bob")
    assert pages(mockidp) == ["login", "consent"]


@pytest.mark.parametrize("signed_in", [False, True], ids=["login", "consent"])
@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable"])
def test_fail_with_an_error(
    mockidp: MockIdP, address: Address, error: str, signed_in: bool
) -> None:
    if signed_in:
        mockidp.robot.login(address(mockidp))
    callback = mockidp.robot.login(
        address(mockidp, prompt="consent" if signed_in else None), fail=error
    )
    assert (callback.error, callback.state) == (error, "st")


def test_an_error_that_the_page_does_not_offer(mockidp: MockIdP, address: Address) -> None:
    with pytest.raises(RobotError, match="no error 'nonsense': it has access_denied, login_requi"):
        mockidp.robot.login(address(mockidp), fail="nonsense")


@pytest.mark.parametrize("wish", ["deny", "cancel"])
def test_what_nobody_asks_cannot_be_denied(mockidp: MockIdP, address: Address, wish: str) -> None:
    mockidp.robot.login(address(mockidp))
    with pytest.raises(RobotError, match=r"no page that asks .*prompt=consent or prompt=login"):
        mockidp.robot.login(address(mockidp), deny=wish == "deny", cancel=wish == "cancel")
    with pytest.raises(RobotError, match="no page that could fail"):
        mockidp.robot.login(address(mockidp), fail="server_error")


def test_an_error_of_the_provider_is_given_back_whatever_was_wished(
    mockidp: MockIdP, address: Address
) -> None:
    url = address(mockidp, scope="nonsense")
    assert mockidp.robot.login(url).error == "invalid_scope"
    assert mockidp.robot.login(url, deny=True).error == "invalid_scope"


def test_an_error_page_is_raised_with_what_it_says(mockidp: MockIdP, address: Address) -> None:
    with pytest.raises(RobotError, match="the provider refused: invalid_") as caught:
        mockidp.robot.login(address(mockidp, redirect_uri="http://127.0.0.1:9/cb/"))
    problem = caught.value
    assert problem.error == "invalid_request"
    assert "differs" in problem.hint
    assert problem.hint in str(problem)
    assert problem.status == 400


@pytest.mark.parametrize(
    ("further", "shown"),
    [
        ({"prompt": "login"}, ["login"]),
        ({"prompt": "select_account"}, ["login"]),
        ({"prompt": "consent"}, ["consent"]),
        ({"prompt": "login consent"}, ["login", "consent"]),
        ({"prompt": "none"}, []),
        ({"max_age": 0}, ["login"]),
        ({"max_age": 3600}, []),
        ({"login_hint": "bob"}, ["login", "consent"]),
        ({"scope": "openid email"}, ["consent"]),
        ({}, []),
    ],
    ids=str,
)
def test_pages_for_who_is_signed_in(
    mockidp: MockIdP, address: Address, further: dict[str, object], shown: list[str]
) -> None:
    mockidp.robot.login(address(mockidp), "alice")
    pages(mockidp)
    assert mockidp.robot.login(address(mockidp, **further)).error is None
    assert pages(mockidp) == shown


def test_prompt_none_when_nobody_is_signed_in(mockidp: MockIdP, address: Address) -> None:
    callback = mockidp.robot.login(address(mockidp, prompt="none"), "alice")
    assert callback.error == "login_required"


def test_max_age_asks_again_when_time_has_passed(mockidp: MockIdP, address: Address) -> None:
    mockidp.clock.freeze()
    url = address(mockidp, max_age=60)
    before = redeem(mockidp, mockidp.robot.login(url, "alice"))
    pages(mockidp)
    mockidp.clock.advance(59)
    mockidp.robot.login(url)
    assert pages(mockidp) == []
    mockidp.clock.advance(2)
    after = redeem(mockidp, mockidp.robot.login(url))
    assert pages(mockidp) == ["login"]
    assert after["auth_time"] - before["auth_time"] >= 61


def test_sign_out(mockidp: MockIdP, address: Address) -> None:
    mockidp.robot.login(address(mockidp), "alice")
    mockidp.robot.sign_out()
    assert mockidp.robot.login(address(mockidp, prompt="none")).error == "login_required"
    # Once more, when there is nothing to sign out of.
    mockidp.robot.sign_out()


def test_forget_is_a_new_profile_and_the_session_lives_on(
    mockidp: MockIdP, address: Address
) -> None:
    mockidp.robot.login(address(mockidp), "alice")
    mockidp.robot.forget()
    assert mockidp.robot.login(address(mockidp, prompt="none")).error == "login_required"
    assert not mockidp.journal.find("sign_out")


def test_two_robots_are_two_browsers(mockidp: MockIdP, address: Address) -> None:
    alice, bob = mockidp.new_robot(), Robot(mockidp)
    alice.login(address(mockidp), "alice")
    bob.login(address(mockidp), "bob")
    url = address(mockidp, prompt="none")
    assert name_of(mockidp, alice.login(url)) == "alice"
    assert name_of(mockidp, bob.login(url)) == "bob"
    assert mockidp.robot.login(url).error == "login_required"


def test_the_robot_of_a_provider_is_one(mockidp: MockIdP) -> None:
    assert mockidp.robot is mockidp.robot
    assert mockidp.robot is not mockidp.new_robot()


def test_reset_takes_its_cookies(mockidp: MockIdP, address: Address) -> None:
    mockidp.robot.login(address(mockidp), "alice")
    mockidp.reset()
    mockidp.robot.login(address(mockidp), "bob")
    assert pages(mockidp) == ["login", "consent"]


def test_a_session_that_has_ended_at_the_provider(mockidp: MockIdP, address: Address) -> None:
    mockidp.robot.login(address(mockidp), "alice")
    mockidp.clock.advance(hours=13)
    pages(mockidp)
    assert name_of(mockidp, mockidp.robot.login(address(mockidp), "bob")) == "bob"


def test_form_post(mockidp: MockIdP, address: Address) -> None:
    callback = mockidp.robot.login(address(mockidp, response_mode="form_post"), "alice")
    assert callback == "http://127.0.0.1:9/cb"
    assert callback.method == "POST"
    assert callback.data is not None
    assert callback.data == callback.params
    assert list(callback.data) == ["code", "state", "iss", "session_state"]
    assert name_of(mockidp, callback) == "alice"
    url = address(mockidp, response_mode="form_post", prompt="consent")
    assert mockidp.robot.login(url, deny=True).error == "access_denied"


def test_fragment(mockidp: MockIdP, address: Address) -> None:
    url = address(mockidp, response_mode="fragment")
    callback = mockidp.robot.login(url)
    assert callback.startswith("http://127.0.0.1:9/cb#code=")
    assert name_of(mockidp, callback) == "alice"


def test_a_redirect_uri_with_a_query_of_its_own(mockidp: MockIdP, address: Address) -> None:
    uri = "https://app.example/cb?tenant=7"
    mockidp.client.update(redirect_uris=[uri])
    callback = mockidp.robot.login(address(mockidp, redirect_uri=uri))
    assert callback.startswith(f"{uri}&code=")
    assert callback.redirect_uri == uri
    assert name_of(mockidp, callback) == "alice"


def test_the_try_out_page_stands_in_for_a_client(mockidp: MockIdP, address: Address) -> None:
    uri = f"{mockidp.base_url}/_mockidp/callback"
    callback = mockidp.robot.login(address(mockidp, redirect_uri=uri))
    assert callback.redirect_uri == uri
    assert name_of(mockidp, callback) == "alice"


@pytest.mark.parametrize("where", ["lane", "client"])
def test_auto_login_shows_no_page(mockidp_factory: Any, address: Address, where: str) -> None:
    if where == "lane":
        idp = mockidp_factory(auto_login="bob")
    else:
        idp = mockidp_factory()
        idp.client.update(auto_login="bob")
    callback = idp.robot.login(address(idp))
    assert pages(idp) == []
    assert name_of(idp, callback) == "bob"
    assert name_of(idp, idp.robot.login(address(idp, login_hint="alice"))) == "alice"


def test_whom_auto_login_signs_in_is_not_taken_for_another(
    mockidp_factory: Any, address: Address
) -> None:
    idp = mockidp_factory(auto_login="alice")
    with pytest.raises(RobotError, match=r"asked nobody, and signed in .*alice.*, not 'bob'"):
        idp.robot.login(address(idp), user="bob")
    assert name_of(idp, idp.new_robot().login(address(idp), user="alice")) == "alice"
    hinted = idp.new_robot().login(address(idp, login_hint="bob"), user="bob")
    assert name_of(idp, hinted) == "bob"


def test_nobody_is_taken_for_whose_name_begins_with_his(
    mockidp_factory: Any, address: Address
) -> None:
    users = [{"username": "bobby", "claims": {"email": "bob@example.com"}}, {"username": "bob"}]
    idp = mockidp_factory(auto_login="bobby", users=users)
    with pytest.raises(RobotError, match="asked nobody, and signed in bobby, not 'bob'"):
        idp.robot.login(address(idp), user="bob")


def test_a_disabled_user_is_not_offered(mockidp_factory: Any, address: Address) -> None:
    idp = mockidp_factory(users=[{"username": "alice", "enabled": False}, {"username": "bob"}])
    with pytest.raises(RobotError, match="no button for the user 'alice': it has bob"):
        idp.robot.login(address(idp), "alice")


def test_a_provider_without_users(mockidp_factory: Any, address: Address) -> None:
    idp = mockidp_factory(users=[{"username": "alice", "enabled": False}])
    with pytest.raises(RobotError, match="no button to sign in: it has none"):
        idp.robot.login(address(idp))


def test_a_user_whose_name_needs_escaping(mockidp: MockIdP, address: Address) -> None:
    name = '<b>"O\'Neill" & sons</b> ü 漢'
    mockidp.add_user(name)
    assert name_of(mockidp, mockidp.robot.login(address(mockidp), name)) == name


def test_a_fault_is_told(mockidp: MockIdP, address: Address) -> None:
    mockidp.faults.next("authorize", status=503, error="temporarily_unavailable")
    with pytest.raises(RobotError, match="temporarily_unavailable") as caught:
        mockidp.robot.login(address(mockidp))
    assert (caught.value.status, caught.value.error) == (503, "temporarily_unavailable")
    assert mockidp.robot.login(address(mockidp)).code


def test_a_circle_of_ours_ends(mockidp: MockIdP, address: Address) -> None:
    url = address(mockidp)
    mockidp.faults.next("authorize", status=302, headers={"location": url}, times=50)
    with pytest.raises(RobotError, match="no way back to the client"):
        mockidp.robot.login(url)


def test_a_big_state_comes_back(mockidp: MockIdP, address: Address) -> None:
    state = "s" * 20_000
    assert mockidp.robot.login(address(mockidp, state=state)).state == state


def test_over_tls(mockidp_factory: Any, address: Address) -> None:
    idp = mockidp_factory(tls=True)
    callback = idp.robot.login(address(idp), "alice")
    assert callback.params["iss"] == idp.base_url
    assert callback.params["iss"].startswith("https://")
    pages(idp)
    idp.robot.login(address(idp).replace("127.0.0.1", "localhost", 1), "alice")
    assert pages(idp) == ["login"], "another name is another host to a browser"


@pytest.mark.parametrize("tls", [False, True], ids=["plain lane", "TLS lane"])
def test_under_the_real_host_name_without_interception(
    mockidp_factory: Any, address: Address, tls: bool
) -> None:
    idp: MockIdP = mockidp_factory(tls=tls)
    (host,) = idp.real_names
    url = address(idp).replace(idp.base_url, f"https://{host}")
    callback = idp.robot.login(url, "alice")
    assert callback.params["iss"] == f"https://{host}"
    assert idp.robot.login(
        address(idp, prompt="none").replace(idp.base_url, f"https://{host}")
    ).code
    # A browser that was signed in there is not signed in here.
    assert idp.robot.login(address(idp, prompt="none")).error == "login_required"
    idp.robot.sign_out()
    url = address(idp, prompt="none").replace(idp.base_url, f"https://{host}")
    assert idp.robot.login(url).error == "login_required"


def test_while_the_real_host_name_is_intercepted(mockidp: MockIdP, address: Address) -> None:
    (host,) = mockidp.real_names
    with mockidp.intercept(block_other_hosts=True):
        callback = mockidp.robot.login(
            address(mockidp).replace(mockidp.base_url, f"https://{host}"), "bob"
        )
        claims = redeem(
            mockidp, callback, mockidp.url("token").replace(mockidp.base_url, f"https://{host}")
        )
    assert claims["iss"] == f"https://{host}"


@pytest.mark.parametrize("tls", [False, True], ids=["plain lane", "TLS lane"])
@pytest.mark.parametrize("year", [2010, 2060])
def test_under_frozen_time(mockidp_factory: Any, address: Address, tls: bool, year: int) -> None:
    idp = mockidp_factory(tls=tls)
    with freezegun.freeze_time(datetime(year, 1, 2, tzinfo=UTC)):
        assert idp.robot.login(address(idp), "bob").code
        assert idp.robot.login(address(idp, prompt="none")).code
    assert {datetime.fromtimestamp(entry.at, UTC).year for entry in idp.journal} == {year}


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer(["groupdocs-total", "openid"]) as server:
        yield server


def test_a_provider_of_a_server(server: MockServer, address: Address) -> None:
    idp = server["openid"]
    idp.add_client(client_id="app", redirect_uris=["http://127.0.0.1/cb"])
    callback = idp.robot.login(address(idp), "alice")
    assert callback.params["iss"] == f"{server.base_url}/openid"
    assert idp.robot.login(address(idp, prompt="none")).code
    with pytest.raises(ValueError, match="no address of the provider"):
        server["groupdocs-total"].robot.login(address(idp))
    idp.robot.sign_out()
    assert idp.robot.login(address(idp, prompt="none")).error == "login_required"
    url = address(idp).replace(idp.base_url, "https://mockidp.example")
    assert idp.robot.login(url).params["iss"] == "https://mockidp.example"


def test_at_a_server_with_tls(address: Address) -> None:
    with MockServer(["openid"], tls=True) as server:
        idp = server["openid"]
        idp.add_client(client_id="app", redirect_uris=["http://127.0.0.1/cb"])
        assert idp.robot.login(address(idp)).code


def test_before_start_there_is_no_address() -> None:
    with pytest.raises(RuntimeError, match="no address yet"):
        MockIdP().robot.login("http://127.0.0.1/authorize")


def test_one_robot_in_many_threads(mockidp: MockIdP, address: Address) -> None:
    """Of two sign-ins at the same time one waits: each gets who was meant."""
    found: dict[int, str] = {}

    def sign_in(number: int) -> None:
        user = ("alice", "bob")[number % 2]
        callback = mockidp.robot.login(address(mockidp, state=str(number)), user)
        found[number] = f"{callback.state} {name_of(mockidp, callback)}"

    threads = [threading.Thread(target=sign_in, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: f"{n} {('alice', 'bob')[n % 2]}" for n in range(8)}
