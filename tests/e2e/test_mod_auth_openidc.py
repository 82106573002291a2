"""mod_auth_openidc of Debian, the relying party of Apache: sign-in, what the application behind it
is told, renewal, sign-out in each way, and an API that asks what tokens are good for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from fixtures.apache import apache, demand
from fixtures.ports import free_ports
from mockidp import MockIdP

CONFIGURATION = Path(__file__).parent / "apache/httpd.conf"
SECRET = "a-secret-of-more-than-thirty-two-octets"
#: This version takes an `iss` beside an error (RFC 9207, 2) for a sign-in that a third party wants.
WITHOUT_ISS = ["error", "error_description", "state"]
PAGES = {"app/page": "the page\n", "app/out": "signed out\n", "api/data": "data\n"}


@dataclass(slots=True)
class Site:
    """Apache, its provider, and a browser without cookies yet."""

    origin: str
    idp: MockIdP
    browser: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **query: str) -> requests.Response:
        return self.browser.get(
            f"{self.origin}{path}", params=query, allow_redirects=False, timeout=60
        )

    def sign_in(self) -> requests.Response:
        """From the page to the provider and back to it."""
        sent = self.get("/app/page")
        assert sent.status_code == 302, sent.text
        back = self.idp.robot.login(sent.headers["Location"], user="alice")
        answer = self.browser.request(back.method, back, data=back.data, timeout=60)
        assert (answer.status_code, answer.text) == (200, "the page\n")
        return answer

    def is_signed_in(self) -> bool:
        return self.get("/app/page").status_code == 200

    def known(self) -> Any:
        """What the module keeps of the session."""
        return self.get("/app/redirect_uri", info="json").json()


#: ``running(["OIDCScope openid"], client_name="x")``: with directives, and metadata of the client.
Running = Callable[..., AbstractContextManager[Site]]


@contextmanager
def running(
    *directives: str, settings: dict[str, Any] | None = None, **client: Any
) -> Iterator[Site]:
    demand("auth_openidc")
    port = free_ports()
    here = f"http://127.0.0.1:{port}/app"
    app = {
        "client_id": "app",
        "client_secret": SECRET,
        "redirect_uris": [f"{here}/redirect_uri"],
        "post_logout_redirect_uris": [f"{here}/out"],
        "response_types": ["code", "id_token", "code id_token"],
        "grant_types": ["authorization_code", "refresh_token", "implicit", "client_credentials"],
        **{name: _placed(value, here) for name, value in client.items()},
    }
    with (
        MockIdP(clients=[app], **(settings or {})) as idp,
        apache(CONFIGURATION, port, PAGES, {"ISSUER": idp.issuer}, directives) as origin,
    ):
        site = Site(origin, idp)
        with site.browser:
            yield site
    assert idp.journal.failures == []


def _placed(value: Any, here: str) -> Any:
    return value.format(here=here) if isinstance(value, str) else value


def test_the_application_is_told_who_its_user_is() -> None:
    with running() as site:
        answer = site.sign_in()
        assert answer.headers["Seen-User"] == "alice@example.com"
        assert answer.headers["Seen-Name"] == "Alice Example"
        assert answer.headers["Seen-Issuer"] == site.idp.issuer
        assert answer.headers["Seen-Token"] == site.known()["access_token"]
        # Its session is what counts from now on.
        assert site.is_signed_in()
        site.idp.journal.assert_called("token", times=1, status=200)
        site.idp.journal.assert_called("userinfo", times=1, status=200)


@pytest.mark.parametrize(
    ("response_type", "mode"),
    [
        ("code", "query"),
        ("code", "form_post"),
        # Without a form an ID token comes in the fragment, which only a script can read.
        ("id_token", "form_post"),
        ("code id_token", "form_post"),
    ],
)
def test_each_flow_brings_the_user_in(response_type: str, mode: str) -> None:
    with running(f'OIDCResponseType "{response_type}"', f"OIDCResponseMode {mode}") as site:
        assert site.sign_in().headers["Seen-Issuer"] == site.idp.issuer
        site.idp.journal.assert_called("token", times=int("code" in response_type), status=200)


@pytest.mark.parametrize(
    "method", ["client_secret_basic", "client_secret_post", "client_secret_jwt"]
)
def test_each_way_to_prove_who_it_is(method: str) -> None:
    directive = f"OIDCProviderTokenEndpointAuth {method}"
    with running(directive, token_endpoint_auth_method=method) as site:
        site.sign_in()


def test_signed_userinfo() -> None:
    directive = "OIDCUserInfoSignedResponseAlg RS256"
    with running(directive, userinfo_signed_response_alg="RS256") as site:
        assert site.sign_in().headers["Seen-Name"] == "Alice Example"


def test_renewed_when_the_application_asks() -> None:
    with running() as site:
        site.sign_in()
        before = site.known()
        page = f"{site.origin}/app/page"
        token = before["access_token"]
        answer = site.get("/app/redirect_uri", refresh=page, access_token=token)
        assert answer.headers["Location"] == page
        after = site.known()
        assert after["access_token"] != token
        assert after["refresh_token"] != before["refresh_token"]


def test_renewed_before_the_token_expires() -> None:
    directives = ["<Location /app>", "OIDCRefreshAccessTokenBeforeExpiry 30", "</Location>"]
    with running(*directives, settings={"access_token_lifetime": 20}) as site:
        token = site.sign_in().headers["Seen-Token"]
        assert site.get("/app/page").headers["Seen-Token"] != token
        site.idp.journal.assert_called("token", status=200, grant_type="refresh_token")


def test_sign_out_at_the_application_and_the_provider() -> None:
    with running() as site:
        site.sign_in()
        sent = site.get("/app/redirect_uri", logout=f"{site.origin}/app/out")
        left = site.idp.robot.logout(sent.headers["Location"])
        assert left.callback is not None
        assert site.browser.get(left.callback, timeout=60).text == "signed out\n"
        assert not site.is_signed_in()
        # It gives back what it had.
        site.idp.journal.assert_called("revocation", status=200)


def test_signed_out_by_the_frame_of_the_provider() -> None:
    uri = "{here}/redirect_uri?logout=get"
    with running(frontchannel_logout_uri=uri, frontchannel_logout_session_required=True) as site:
        site.sign_in()
        (frame,) = site.idp.robot.logout(site.idp.url("end_session")).frames
        assert site.browser.get(frame, timeout=60).status_code == 200
        assert not site.is_signed_in()


def test_signed_out_by_the_provider_itself() -> None:
    uri = "{here}/redirect_uri?logout=backchannel"
    with running(
        settings={"outgoing": {"allowed": True}},
        backchannel_logout_uri=uri,
        backchannel_logout_session_required=True,
    ) as site:
        site.sign_in()
        assert site.is_signed_in()
        site.idp.robot.logout(site.idp.url("end_session"))
        (asked,) = site.idp.journal.find("sign_out", method="POST")
        assert asked.outgoing == (f"POST {site.origin}/app/redirect_uri: 200",)
        assert not site.is_signed_in()


def test_the_session_is_asked_for() -> None:
    """Session Management 1.0: its frames, and the request that asks whether the session goes on."""
    with running() as site:
        site.sign_in()
        frame = site.get("/app/redirect_uri", session="iframe_op")
        assert frame.headers["Location"] == site.idp.url("check_session")
        asks = site.get("/app/redirect_uri", session="iframe_rp")
        assert "postMessage" in asks.text
        checked = site.get("/app/redirect_uri", session="check").headers["Location"]
        assert "prompt=none" in checked
        back = site.idp.robot.login(checked)
        assert back.error is None
        site.browser.get(back, timeout=60)
        assert site.is_signed_in()

    # And for who has signed out meanwhile.
    with running(settings={"authorize_refused_members": WITHOUT_ISS}) as site:
        site.sign_in()
        checked = site.get("/app/redirect_uri", session="check").headers["Location"]
        site.idp.robot.sign_out()
        gone = site.idp.robot.login(checked)
        assert gone.error == "login_required"
        assert "session=logout" in site.browser.get(gone, timeout=60).text
        site.get("/app/redirect_uri", session="logout")
        assert not site.is_signed_in()


@pytest.mark.parametrize("overlap", [True, False], ids=["kept", "gone"])
def test_new_keys_are_fetched(overlap: bool) -> None:
    with running() as site:
        site.sign_in()
        site.idp.rotate_keys(overlap=overlap)
        site.browser.cookies.clear()
        site.sign_in()
        site.idp.journal.assert_called("jwks", times=2)


def test_a_user_who_says_no() -> None:
    with running(settings={"authorize_refused_members": WITHOUT_ISS}) as site:
        sent = site.get("/app/page").headers["Location"]
        back = site.idp.robot.login(sent, user="alice", deny=True)
        answer = site.browser.get(back, timeout=60)
        assert "access_denied" in answer.text
        assert not site.is_signed_in()


def test_an_api_asks_what_a_token_is_good_for() -> None:
    with running() as site:
        idp = site.idp
        tokens = {
            "good": idp.issue_token(idp.client, user="alice", scope="read"),
            "for something else": idp.issue_token(idp.client, user="alice", scope="write"),
            "expired": idp.issue_token(idp.client, user="alice", scope="read", lifetime=-1),
        }

        def call(token: str) -> requests.Response:
            headers = {"Authorization": f"Bearer {token}"}
            return requests.get(f"{site.origin}/api/data", headers=headers, timeout=60)

        answers = {name: call(token).status_code for name, token in tokens.items()}
        assert answers == {"good": 200, "for something else": 401, "expired": 401}
        assert call(tokens["good"]).headers["Seen-User"] == idp.user.sub
        idp.journal.assert_called("introspection", status=200)
