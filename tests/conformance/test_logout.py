"""The modules of the four logout plans, by their names (OpenID Connect RP-Initiated Logout 1.0;
Session Management 1.0; Front-Channel Logout 1.0; Back-Channel Logout 1.0).
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
import requests

from fixtures.chromium import CHROMIUM, Console, chromium, with_foreign_cookies
from fixtures.peer import Peer, a_peer
from fixtures.switched_off import RED, Rule, red_without, ruled
from mockidp import MockIdP
from mockidp.flows.logout import Farewell, Logout
from mockidp.testing import Callback, LoggedOut, Robot, RobotError
from mockidp.tokens.hint import Hint
from mockidp.web.browser import redirect
from mockidp.web.message import Answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CALLBACK = "https://app.example/cb"
OUT = "https://app.example/post_logout_redirect"
#: What the suite makes of printable ASCII for a state.
STATE = "".join(char for char in string.printable[:94] if char not in "+;")[:50] + "\"'<>%&#"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(slots=True, kw_only=True)
class Op:
    """The provider, a client of it, and somebody at a browser."""

    idp: MockIdP
    peer: Peer
    robot: Robot

    def address(self, **more: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": "st",
            **more,
        }
        return f"{self.idp.url('authorize')}?{urlencode(asked)}"

    def id_token(self, callback: Callback) -> str:
        form = {"grant_type": "authorization_code", "code": callback.code, "redirect_uri": CALLBACK}
        answer = requests.post(
            self.idp.url("token"),
            form,
            auth=self.idp.client.auth,
            verify=self.idp.ca_file,
            timeout=10,
        )
        return str(answer.json()["id_token"])

    def sign_in(self) -> str:
        """Gives the ID token."""
        return self.id_token(self.robot.login(self.address(), user="alice"))

    def logout(self, **asked: str) -> LoggedOut:
        return self.robot.logout(f"{self.idp.url('end_session')}?{urlencode(asked)}")

    def is_signed_out(self) -> bool:
        answer = self.robot.login(self.address(prompt="none"))
        return answer.error == "login_required" and "code" not in answer.params


def refused(op: Op, **asked: str) -> None:
    """An error page at the address itself, and everything as it was."""
    with pytest.raises(RobotError) as caught:
        op.logout(**asked)
    assert (caught.value.status, caught.value.error) == (400, "invalid_request")
    assert urlsplit(caught.value.url).path == urlsplit(op.idp.url("end_session")).path
    assert not op.is_signed_out()


@pytest.fixture
def op() -> Iterator[Op]:
    with a_peer() as peer:
        client = {
            "client_id": "app",
            "client_secret": "secret-of-the-app",
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": [OUT],
        }
        with MockIdP(tls=True, clients=[client], outgoing={"allowed": True}) as idp:
            yield Op(idp=idp, peer=peer, robot=idp.new_robot())
            assert idp.journal.failures == []


def _follow_anything(client: object, params: Any) -> str:
    return str(params.get("post_logout_redirect_uri", OUT))


def _leave_alone(lane: object, request: object, session: object, logout: Logout) -> Answer:
    return redirect(logout.return_uri or OUT)


def _unread(lane: object, token: str, cites: str) -> Hint:
    return Hint(client_ids=("app",), sub="", sid=None)


def _unsigned(token: str, claims: dict[str, Any] | None = None) -> str:
    """The token, or other claims, under the header of nobody's signature."""
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    body = token.split(".")[1]
    if claims is not None:
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{body}."


# -- RP-initiated ---------------------------------------------------------------------------------


@red_without("mockidp.web.endpoints.discovery.LOGOUT_CHANNELS", ())
def test_oidcc_logout_discovery_endpoint_verification(op: Op) -> None:
    """In each of the four plans."""
    answer = requests.get(op.idp.url("discovery"), verify=op.idp.ca_file, timeout=10)
    metadata = answer.json()
    for name in ("end_session_endpoint", "check_session_iframe"):
        assert metadata[name].startswith(f"{op.idp.issuer}/")
        assert urlsplit(metadata[name]).scheme == "https"
    for channel in ("frontchannel", "backchannel"):
        assert metadata.get(f"{channel}_logout_supported") is True
        assert metadata.get(f"{channel}_logout_session_supported") is True


@red_without("mockidp.web.endpoints.end_session.leave", _leave_alone)
def test_oidcc_rp_initiated_logout(op: Op) -> None:
    hint = op.sign_in()
    left = op.logout(id_token_hint=hint, post_logout_redirect_uri=OUT, state=STATE)
    assert left.callback is not None
    assert left.callback.partition("?")[0] == OUT
    assert parse_qsl(urlsplit(left.callback).query) == [("state", STATE)]
    assert op.is_signed_out()


@red_without("mockidp.flows.logout._return_uri", lambda client, params: f"{OUT}?state=")
def test_oidcc_rp_initiated_logout_no_state(op: Op) -> None:
    left = op.logout(id_token_hint=op.sign_in(), post_logout_redirect_uri=OUT)
    assert left.callback == OUT
    assert op.is_signed_out()


@red_without("mockidp.flows.logout._return_uri", _follow_anything)
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(op: Op) -> None:
    uri = "https://app.example/elsewhere"
    refused(op, id_token_hint=op.sign_in(), post_logout_redirect_uri=uri, state="s")


@red_without("mockidp.flows.logout._return_uri", _follow_anything)
def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(op: Op) -> None:
    uri = f"{OUT}?foo=bar"
    refused(op, id_token_hint=op.sign_in(), post_logout_redirect_uri=uri, state="s")


@red_without("mockidp.flows.logout.read_hint", _unread)
def test_oidcc_rp_initiated_logout_modified_id_token_hint(op: Op) -> None:
    hint = _unsigned(op.sign_in())
    refused(op, id_token_hint=hint, post_logout_redirect_uri=OUT, state="s")


@red_without("mockidp.flows.logout.read_hint", _unread)
def test_oidcc_rp_initiated_logout_bad_id_token_hint(op: Op) -> None:
    sub = jwt.decode(op.sign_in(), options={"verify_signature": False})["sub"]
    hint = jwt.encode({"iss": "app", "aud": op.idp.issuer, "sub": sub}, "k" * 32, "HS256")
    refused(op, id_token_hint=hint, post_logout_redirect_uri=OUT, state="s")


@red_without("mockidp.flows.logout._client", lambda lane, named, hint: lane.clients.default)
def test_oidcc_rp_initiated_logout_no_id_token_hint(op: Op) -> None:
    op.sign_in()
    refused(op, post_logout_redirect_uri=OUT, state="s")


@red_without("mockidp.web.endpoints.sign_out.leave", _leave_alone)
def test_oidcc_rp_initiated_logout_no_params(op: Op) -> None:
    op.sign_in()
    assert op.logout() == LoggedOut(callback=None)
    assert op.is_signed_out()


@red_without("mockidp.flows.logout._return_uri", _follow_anything)
def test_oidcc_rp_initiated_logout_only_state(op: Op) -> None:
    op.sign_in()
    assert op.logout(state="s") == LoggedOut(callback=None)
    assert op.is_signed_out()


@red_without("mockidp.flows.logout._return_uri", _follow_anything)
def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(op: Op) -> None:
    left = op.logout(id_token_hint=op.sign_in(), state="s")
    assert left == LoggedOut(callback=None)
    assert op.is_signed_out()


# -- front-channel --------------------------------------------------------------------------------


@red_without("mockidp.flows.logout._frame", lambda client, session, issuer: "")
def test_oidcc_frontchannel_rp_initiated_logout(op: Op) -> None:
    op.idp.client.update(
        frontchannel_logout_uri="https://app.example/front",
        frontchannel_logout_session_required=True,
    )
    hint = op.sign_in()
    sid = jwt.decode(hint, options={"verify_signature": False})["sid"]
    left = op.logout(id_token_hint=hint, post_logout_redirect_uri=OUT, state="s")
    assert len(left.frames) == 1
    frame = left.frames[0]
    assert frame.partition("?")[0] == "https://app.example/front"
    assert parse_qsl(urlsplit(frame).query) == [("iss", op.idp.issuer), ("sid", sid)]
    assert left.callback == f"{OUT}?state=s"
    assert op.is_signed_out()


# -- back-channel ---------------------------------------------------------------------------------


@red_without("mockidp.web.endpoints.sign_out.end_session", lambda lane, session, issuer: Farewell())
def test_oidcc_backchannel_rp_initiated_logout(op: Op) -> None:
    op.idp.client.update(
        backchannel_logout_uri=f"{op.peer.origin}/back", backchannel_logout_session_required=True
    )
    hint = op.sign_in()
    of_hint = jwt.decode(hint, options={"verify_signature": False})
    left = op.logout(id_token_hint=hint, post_logout_redirect_uri=OUT, state="s")
    assert left.callback == f"{OUT}?state=s"
    assert op.peer.hits == ["/back"]
    ((name, token),) = parse_qsl(op.peer.forms[0].decode(), strict_parsing=True)
    assert name == "logout_token"
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(op.idp.jwks()).keys}
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "logout+jwt"
    claims = jwt.decode(
        token,
        keys[header["kid"]],
        algorithms=["RS256"],
        audience="app",
        issuer=op.idp.issuer,
        options={"require": ["iss", "aud", "iat", "exp", "jti", "events", "sub", "sid"]},
    )
    assert claims["events"] == {EVENT: {}}
    assert (claims["sub"], claims["sid"]) == (of_hint["sub"], of_hint["sid"])
    assert "nonce" not in claims
    assert op.is_signed_out()


# -- session management ---------------------------------------------------------------------------

_RP_PAGE = "<!doctype html><title>app</title><iframe src='{iframe}'></iframe>"
_ASK = """message => new Promise(resolve => {
    addEventListener("message", event => resolve([event.data, event.origin]), {once: true});
    document.querySelector("iframe").contentWindow.postMessage(message, "*");
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    pytest.importorskip("playwright", reason="playwright is not installed")
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    console = Console()
    context = with_foreign_cookies(browser, tmp_path)
    console.listen(context)
    yield context.new_page()
    context.close()
    assert console.complaints == []


def changes_when_signed_out(op: Op, page: Page) -> None:
    # Another site than the provider's, and a browser lets it ask for frames of this machine.
    app = op.peer.origin.replace("127.0.0.1", "localhost")
    for path in ("/cb", "/out"):
        op.peer.put(path, "<!doctype html><title>app</title>")
    op.peer.put("/rp", _RP_PAGE.format(iframe=op.idp.url("check_session")))
    op.idp.client.update(redirect_uris=[f"{app}/cb"], post_logout_redirect_uris=[f"{app}/out"])
    page.goto(op.address(redirect_uri=f"{app}/cb"))
    page.click("#user-alice")
    page.click("#allow")
    page.wait_for_url(f"{app}/cb?*")
    session_state = Callback(page.url).params["session_state"]
    assert not set(session_state) & set(" <>\"'&")

    def ask(message: object) -> Any:
        page.goto(f"{app}/rp")
        return page.evaluate(_ASK, message)

    origin = op.idp.issuer
    assert ask(f"app {session_state}") == ["unchanged", origin]
    for other in (f"other {session_state}", f"app x{session_state}", f"app {session_state}x"):
        assert ask(other) == ["changed", origin]
    for malformed in ("", "app", "app ", "app x", {"app": 1}):
        assert ask(malformed) == ["error", origin]
    asked = {"client_id": "app", "post_logout_redirect_uri": f"{app}/out"}
    page.goto(f"{op.idp.url('end_session')}?{urlencode(asked)}")
    page.click("#sign-out")
    page.wait_for_url(f"{app}/out")
    assert ask(f"app {session_state}") == ["changed", origin]


def test_oidcc_session_management_rp_initiated_logout(op: Op, page: Page) -> None:
    changes_when_signed_out(op, page)


# -- and the rules --------------------------------------------------------------------------------


@pytest.mark.parametrize(("module", "rule"), ruled(globals()))
def test_without_its_rule_a_module_fails(
    op: Op, monkeypatch: pytest.MonkeyPatch, module: Callable[[Op], None], rule: Rule
) -> None:
    monkeypatch.setattr(rule.target, rule.instead)
    with pytest.raises(RED):
        module(op)


def test_without_a_new_browser_state_session_management_fails(
    op: Op, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockidp.web.endpoints.sign_out.set_session", lambda *_: None)
    with pytest.raises(RED):
        changes_when_signed_out(op, page)
