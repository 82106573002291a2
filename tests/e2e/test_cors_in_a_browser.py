"""Scripts of a page in a real browser: what they may call and read, refusals included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.web_client import WebClient
from mockidp import MockIdP

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        const text = await answer.text();
        const retry = answer.headers.get('retry-after');
        return [answer.status, text, answer.headers.get('www-authenticate') || retry];
    } catch (problem) {
        return [0, String(problem), null];
    }
}"""


@pytest.fixture
def page(browser: Browser, client: WebClient) -> Iterator[Page]:
    """A page of the client's own origin."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(client.home)
    yield page
    context.close()


@pytest.fixture
def idp(client: WebClient) -> Iterator[MockIdP]:
    app = {"client_id": "app", "client_secret": "s3cret", "redirect_uris": [client.home]}
    with MockIdP("openid", clients=[app]) as idp:
        yield idp


def fetch(page: Page, url: str, **options: Any) -> tuple[int, str, str | None]:
    status, text, header = page.evaluate(FETCH, [url, options])
    return status, text, header


FORM = "application/x-www-form-urlencoded"
BASIC = "Basic YXBwOnMzY3JldA=="


def test_a_script_gets_a_token_and_calls_the_api(page: Page, idp: MockIdP) -> None:
    status, text, _ = fetch(
        page,
        idp.url("token"),
        method="POST",
        headers={"Content-Type": FORM, "Authorization": BASIC},
        body="grant_type=client_credentials",
    )
    assert (status, '"access_token":' in text) == (200, True)
    idp.journal.assert_called("token", times=2)  # the browser has asked before
    bearer = {"Authorization": f"Bearer {idp.issue_token()}", "X-Anything": "1"}
    status, _, _ = fetch(page, f"{idp.base_url}/api/me", method="PUT", headers=bearer)
    assert status == 200


def test_a_script_reads_a_refusal_and_its_headers(page: Page, idp: MockIdP) -> None:
    wrong = {"Content-Type": FORM, "Authorization": "Basic eDp4"}
    status, text, challenge = fetch(
        page, idp.url("token"), method="POST", headers=wrong, body="grant_type=x"
    )
    assert (status, challenge) == (401, 'Basic realm="mockidp"')
    assert '"error":"invalid_client"' in text
    idp.faults.next("token", status=429, retry_after=7)
    assert fetch(page, idp.url("token"), method="POST")[::2] == (429, "7")
    idp.faults.next("userinfo", status=500)
    assert fetch(page, idp.url("userinfo"), headers={"Authorization": "Bearer x"})[0] == 500


def test_a_script_reads_what_http_refuses(page: Page, idp: MockIdP) -> None:
    long = f"{idp.url('jwks')}?{'x' * 70_000}"
    assert fetch(page, long)[0] == 431


@pytest.mark.parametrize("name", ["discovery", "jwks"])
def test_a_script_reads_the_documents(page: Page, idp: MockIdP, name: str) -> None:
    assert fetch(page, idp.url(name))[0] == 200


def test_a_page_of_another_origin_gets_nothing_and_the_journal_says_why(
    page: Page, idp: MockIdP
) -> None:
    idp.client.update(redirect_uris=["https://app.example/cb"])
    assert fetch(page, idp.url("token"), method="POST", headers={"DPoP": "x"})[0] == 0
    assert idp.journal.last.method == "OPTIONS"
    assert "is that of no client's redirect URI" in idp.journal.last.hint
    assert fetch(page, idp.url("jwks"))[0] == 200
