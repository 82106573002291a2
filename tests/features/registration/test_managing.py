"""A client looks after its registration (RFC 7592)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest

from fixtures.application import Application, an_application
from fixtures.browser import Browser
from fixtures.registrant import CALLBACK, Answer, Registrant, ask, send
from mockidp import MockIdP

CLIENT: dict[str, Any] = {
    "token_endpoint_auth_method": "client_secret_post",
    "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
}


@pytest.fixture
def mine(idp: MockIdP) -> Registrant:
    return Registrant.at(idp, client_name="Old", logo_uri="https://client.example/l.png", **CLIENT)


def renewal(mine: Registrant, **changes: Any) -> dict[str, Any]:
    """What a client sends that changes something: all that it has, but what is the provider's."""
    own = ("registration_", "client_id_issued_at", "client_secret_expires_at")
    kept = {n: v for n, v in mine.answer.items() if not n.startswith(own)}
    return {n: v for n, v in {**kept, **changes}.items() if v is not ...}


def token_of(mine: Registrant, **changes: str) -> Any:
    form = {
        "grant_type": "client_credentials",
        "scope": "read",
        "client_id": mine.client_id,
        "client_secret": mine.answer["client_secret"],
        **changes,
    }
    headers = (("content-type", "application/x-www-form-urlencoded"),)
    body = urlencode(form).encode()
    return send(mine.idp, "POST", f"{mine.idp.issuer}/token", body, headers=headers).body


def test_a_client_reads_what_it_was_told(mine: Registrant) -> None:
    answer = mine.manage("GET")
    assert (answer.status, answer.body) == (200, mine.answer)
    assert answer.headers["cache-control"] == "no-store"


def test_a_replacement_takes_away_what_it_leaves_out(mine: Registrant) -> None:
    answer = mine.manage("PUT", renewal(mine, client_name="New", logo_uri=..., contacts=["a"]))
    assert answer.status == 200
    expected = {**mine.answer, "client_name": "New", "contacts": ["a"]}
    del expected["logo_uri"]
    assert answer.body == expected
    assert mine.manage("GET").body == expected


def test_a_replacement_keeps_what_the_provider_decides(mine: Registrant) -> None:
    client = next(c for c in mine.idp.snapshot().clients if c.client_id == mine.client_id)
    from mockidp.idp.clients import RegisteredClient

    RegisteredClient(mine.idp._lane, client.client_id).update(skip_consent=True)
    assert mine.manage("PUT", renewal(mine)).status == 200
    after = next(c for c in mine.idp.snapshot().clients if c.client_id == mine.client_id)
    assert after.skip_consent


def test_a_secret_comes_and_goes_with_its_method(mine: Registrant) -> None:
    secretless = renewal(mine, token_endpoint_auth_method="none", client_secret=...)
    assert "client_secret" not in mine.manage("PUT", secretless).body
    assert token_of(mine)["error"] == "invalid_client"
    again = renewal(mine, client_secret=...)
    new = mine.manage("PUT", again).body["client_secret"]
    assert new != mine.answer["client_secret"]
    assert "access_token" in token_of(mine, client_secret=new)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"client_id": ...}, "client_id must be", id="no client_id"),
        pytest.param({"client_id": "other"}, "client_id must be", id="client_id of another"),
        pytest.param({"client_id": ["x"]}, "client_id must be", id="client_id is no text"),
        pytest.param({"client_secret": "chosen"}, "client_secret is not", id="chosen secret"),
        pytest.param({"client_secret": 1}, "client_secret is not", id="secret is no text"),
        pytest.param({"registration_access_token": "x"}, "may not contain", id="token"),
        pytest.param({"registration_client_uri": "x"}, "may not contain", id="address"),
        pytest.param({"client_id_issued_at": 1}, "may not contain", id="issued at"),
        pytest.param({"client_secret_expires_at": 0}, "may not contain", id="expires at"),
        pytest.param({"application_type": "x"}, "application_type has", id="metadata"),
    ],
)
def test_a_bad_replacement_changes_nothing(
    mine: Registrant, changes: dict[str, Any], said: str
) -> None:
    answer = mine.manage("PUT", renewal(mine, client_name="New", **changes))
    assert answer.error == (400, "invalid_client_metadata")
    assert said in mine.idp.journal.last.hint
    assert mine.answer["client_secret"] not in mine.idp.journal.render()
    assert mine.manage("GET").body == mine.answer


# -- deleting


def test_a_deleted_client_is_gone(mine: Registrant) -> None:
    token = token_of(mine)["access_token"]
    api = f"{mine.idp.issuer}/api/me"
    before = send(mine.idp, "GET", api, token=token).status
    answer = mine.manage("DELETE")
    assert (answer.status, answer.body) == (204, None)
    assert before != 401
    assert send(mine.idp, "GET", api, token=token).status == 401
    assert "was deleted" in mine.idp.journal.last.hint
    assert token_of(mine)["error"] == "invalid_client"
    for method in ("GET", "PUT", "DELETE"):
        assert mine.manage(method, renewal(mine)).error == (401, "invalid_token")


def test_tokens_that_users_gave_it_are_gone_too(mine: Registrant) -> None:
    idp, home = mine.idp, mine.idp.issuer
    browser = Browser(idp.app, home)
    asked = {
        "response_type": "code",
        "client_id": mine.client_id,
        "redirect_uri": CALLBACK,
        "scope": "openid offline_access",
        "prompt": "consent",
    }

    def code() -> str:
        screen = browser.open("/authorize", **asked)
        if screen.path.endswith("/login"):
            screen = browser.press(screen, user="alice")
        return browser.press(screen, action="allow").answer["code"]

    tokens = token_of(
        mine, grant_type="authorization_code", code=code(), redirect_uri=CALLBACK, scope=""
    )
    unspent, waiting = code(), browser.open("/authorize", **asked)
    assert send(idp, "GET", f"{home}/userinfo", token=tokens["access_token"]).status == 200
    mine.manage("DELETE")
    assert send(idp, "GET", f"{home}/userinfo", token=tokens["access_token"]).status == 401
    known = idp._lane.store.find(client_id=mine.client_id, now=idp.clock.now())
    assert not {artifact.kind for artifact in known} - {"interaction", "session_client", "revoked"}
    assert unspent not in {artifact.id for artifact in known}
    # The page that still waits for its user ends in a refusal, not in a redirect to nobody.
    screen = browser.press(waiting, action="allow")
    assert (screen.status, screen.sent_to) == (400, "")


def test_another_client_with_the_same_id_is_not_punished(mine: Registrant) -> None:
    mine.manage("DELETE")
    token = mine.idp.issue_token(mine.idp.add_client(client_id=mine.client_id))
    assert send(mine.idp, "GET", f"{mine.idp.issuer}/api/me", token=token).status != 401


def test_what_a_client_had_for_itself_is_not_good_for_another_with_the_same_id() -> None:
    with an_application(access_token_format="hex:40") as app:
        token = app.idp.issue_token()
        record = app.client.record
        app.client.remove()
        app.idp.add_client(client_id=record.client_id, client_secret=record.client_secret)
        assert app.api(token) == 401
        assert json.loads(app.post("/introspect", token=token).body) == {"active": False}


def test_a_client_that_a_test_removes_cannot_be_managed(mine: Registrant) -> None:
    from mockidp.idp.clients import RegisteredClient

    RegisteredClient(mine.idp._lane, mine.client_id).remove()
    assert mine.manage("GET").error == (401, "invalid_token")
    mine.idp.add_client(client_id=mine.client_id)
    assert mine.manage("GET").error == (401, "invalid_token")


def test_of_a_hundred_deletions_one_is_the_first(mine: Registrant) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: mine.manage("DELETE").status, range(100)))
    assert set(answers) <= {204, 401}
    assert 204 in answers


def test_reset_forgets_who_registered(mine: Registrant) -> None:
    state = mine.idp.snapshot()
    mine.idp.reset()
    assert mine.manage("GET").status == 401
    mine.idp.restore(state)
    assert mine.manage("GET").status == 200


# -- who may


def test_the_token_is_for_one_client_alone(idp: MockIdP, mine: Registrant) -> None:
    other = Registrant.at(idp)
    for method in ("GET", "PUT", "DELETE"):
        answer = mine.manage(method, renewal(mine), token=other.token)
        assert answer.error == (401, "invalid_token")
    assert mine.manage("GET").status == 200


def test_no_other_token_will_do(mine: Registrant) -> None:
    for token in (token_of(mine)["access_token"], mine.answer["client_secret"], "x", "é"):
        assert mine.manage("GET", token=token).error == (401, "invalid_token")
    url = mine.answer["registration_client_uri"]
    missing = send(mine.idp, "GET", url)
    assert (missing.status, missing.headers["www-authenticate"]) == (401, 'Bearer realm="mockidp"')
    assert send(mine.idp, "GET", url.partition("?")[0], token=mine.token).status == 401


def test_the_token_is_in_one_header_alone(mine: Registrant) -> None:
    url = mine.answer["registration_client_uri"]
    two = (("authorization", f"Bearer {mine.token}"), ("authorization", f"Bearer {mine.token}"))
    assert send(mine.idp, "GET", url, b"", headers=two).error == (400, "invalid_request")
    assert send(mine.idp, "GET", f"{url}&client_id=x", token=mine.token).status == 400


def test_secrets_stay_out_of_the_journal(mine: Registrant) -> None:
    mine.manage("PUT", {**renewal(mine), "registration_access_token": mine.token})
    mine.manage("PUT", renewal(mine))
    mine.manage("GET", token=mine.token + "x")
    shown = mine.idp.journal.render() + repr([e.params for e in mine.idp.journal.entries])
    assert mine.token not in shown
    assert mine.answer["client_secret"] not in shown


def test_where_nothing_is_managed_there_is_no_token() -> None:
    idp = MockIdP("openid", config={}, registration_management=False)
    answer: Answer = ask(idp)
    assert answer.status == 201
    assert not [name for name in answer.body if name.startswith("registration_")]
    refused = send(idp, "GET", f"{idp.issuer}/register?client_id={answer.body['client_id']}")
    assert (refused.status, refused.headers["allow"]) == (405, "POST")
    idp.close()


def test_the_address_holds_whatever_id_there_is() -> None:
    idp = MockIdP("openid", config={}, new_client_id_look="a&b= {hex:8}/?#")
    mine = Registrant.at(idp)
    assert mine.manage("GET").body["client_id"] == mine.client_id
    assert json.dumps(mine.answer)
    idp.close()


def test_an_app_that_registered_itself_signs_its_users_in(idp: MockIdP) -> None:
    from mockidp.idp.clients import RegisteredClient

    mine = Registrant.at(idp, **CLIENT)
    client = RegisteredClient(idp._lane, mine.client_id)
    app = Application(idp=idp, client=client, usual={"redirect_uri": CALLBACK})
    screen = app.sign_in(Browser(idp.app, idp.issuer))
    reply = app.redeem(screen.answer["code"], redirect_uri=CALLBACK)
    assert reply.status == 200
