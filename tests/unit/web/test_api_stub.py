"""The provider's API: the bearer check, canned answers and the echo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.asgi import Reply, call
from mockidp import ConfigError, MockIdP, MockServer

TEXT = "/v2.0/translation/text"


@pytest.fixture
def idp() -> Iterator[MockIdP]:
    idp = MockIdP("groupdocs-translation")
    yield idp
    idp.close()


def ask(idp: MockIdP, target: str = TEXT, *, method: str = "POST", **parts: Any) -> Reply:
    token = parts.pop("token", None) or idp.issue_token()
    headers = [("authorization", f"Bearer {token}"), *parts.pop("headers", ())]
    return call(idp.app, method, f"http://localhost{target}", headers=headers, **parts)


def test_the_echo_shows_what_arrived_and_not_the_token(idp: MockIdP) -> None:
    reply = ask(
        idp,
        TEXT + "?a=b&c=%20",
        body=b'{"texts":["hello"]}',
        headers=[("content-type", "application/json; charset=utf-8")],
    )
    echo = json.loads(reply.body)
    claims = echo.pop("claims")
    assert echo == {
        "method": "POST",
        "path": TEXT,
        "query": "a=b&c=%20",
        "body": {"texts": ["hello"]},
    }
    assert claims["client_id"] == idp.client.client_id
    assert idp.issue_token().encode() not in reply.body


def test_the_echo_of_another_type_is_text(idp: MockIdP) -> None:
    assert json.loads(ask(idp, body=b"[1]").body)["body"] == "[1]"


def test_a_canned_answer_is_for_its_method_and_path_alone(idp: MockIdP) -> None:
    idp.api.respond("post", TEXT, json={"id": "job-1"}, status=202, headers={"X-Job": "1"})
    reply = ask(idp, TEXT + "?async=true")
    assert (reply.status, json.loads(reply.body)) == (202, {"id": "job-1"})
    assert dict(reply.headers)["x-job"] == "1"
    assert dict(reply.headers)["content-type"] == "application/json"
    assert ask(idp, method="GET").status == 200
    assert ask(idp, TEXT + "/1").status == 200


def test_setting_an_answer_again_replaces_it(idp: MockIdP) -> None:
    idp.api.respond("POST", TEXT, body="one")
    idp.api.respond("POST", TEXT, body=b"two")
    assert ask(idp).body == b"two"


@pytest.mark.parametrize("asked", [TEXT, TEXT.upper()])
@pytest.mark.parametrize("written", [TEXT, TEXT.upper()])
def test_where_paths_are_folded_so_are_those_of_answers(
    idp: MockIdP, written: str, asked: str
) -> None:
    idp.api.respond("POST", written, body="canned")
    assert ask(idp, asked).body == b"canned"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", TEXT), ("POST", TEXT.upper()), ("GET", f"{TEXT}/A/x"), ("HEAD", f"{TEXT}/a/X")],
)
def test_a_scope_is_needed_however_the_path_is_written(method: str, path: str) -> None:
    scopes = {f"POST {TEXT}": "none", f"GET {TEXT}/:Id/x": "none"}
    with MockIdP("groupdocs-translation", config={}, api_scopes=scopes) as idp:
        assert ask(idp, path, method=method).status == 403
        assert ask(idp, f"{path}/more", method=method).status == 200


def test_where_paths_are_not_folded_no_answer_is_set_at_another_one() -> None:
    with (
        MockIdP("openid", config={}) as idp,
        pytest.raises(ConfigError, match=r"path = '/API/me': the provider's API is at /api/"),
    ):
        idp.api.respond("GET", "/API/me")


def test_a_path_that_no_address_has_gets_no_answer(idp: MockIdP) -> None:
    with pytest.raises(ConfigError, match="must be Unicode text"):
        idp.api.respond("POST", f"{TEXT}/\ud800")


def test_head_is_a_canned_get_without_its_body_unless_it_is_canned_itself(idp: MockIdP) -> None:
    idp.api.respond("GET", TEXT, status=500, json={"x": 1})
    reply = ask(idp, method="HEAD")
    assert (reply.status, reply.body) == (500, b"")
    idp.api.respond("HEAD", TEXT, status=404)
    assert ask(idp, method="HEAD").status == 404
    assert ask(idp, method="GET").status == 500


def test_a_canned_answer_without_content_states_no_length(idp: MockIdP) -> None:
    idp.api.respond("DELETE", TEXT, status=204)
    reply = ask(idp, method="DELETE")
    assert (reply.status, reply.headers, reply.body) == (204, (), b"")


def test_a_canned_answer_needs_a_good_token_too(idp: MockIdP) -> None:
    idp.api.respond("POST", TEXT, json={})
    assert call(idp.app, "POST", f"http://localhost{TEXT}").status == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_case_insensitive(idp: MockIdP, scheme: str) -> None:
    # RFC 9110, 11.1
    headers = [("authorization", f"{scheme} {idp.issue_token()}")]
    assert call(idp.app, "GET", f"http://localhost{TEXT}", headers=headers).status == 200


RESOURCE = {"body": {"id": "{user.sub}", "team": "{user.team}", "of": {"email": "{user.email}"}}}
ME = f"GET {TEXT}"


def asked_for(resource: dict[str, Any], **settings: Any) -> tuple[MockIdP, Reply]:
    """A provider with one resource, asked for by a client without a user."""
    idp = MockIdP("groupdocs-translation", api_resources={ME: resource}, **settings)
    return idp, ask(idp, method="GET")


def test_a_resource_has_null_for_what_is_not_known_of_the_user() -> None:
    idp = MockIdP("easytranslate", api_resources={ME: RESOURCE}, api_prefixes=[TEXT])
    idp.add_user("carol@example.com", sub="c", claims={"email": "carol@example.com"})
    reply = ask(idp, method="GET", token=idp.issue_token(user="carol@example.com"))
    assert json.loads(reply.body) == {"id": "c", "team": None, "of": {"email": "carol@example.com"}}
    idp.close()


@pytest.mark.parametrize(
    ("said", "status", "challenge"),
    [
        ({}, 401, 'Bearer error="invalid_token"'),
        ({"userless": "invalid"}, 401, 'Bearer error="invalid_token"'),
        ({"userless": "insufficient_scope"}, 403, None),
    ],
)
def test_a_resource_of_a_user_refuses_a_token_without_one(
    said: dict[str, str], status: int, challenge: str | None
) -> None:
    idp, reply = asked_for({**RESOURCE, **said})
    assert (reply.status, dict(reply.headers).get("www-authenticate")) == (status, challenge)
    assert idp.journal.last.hint.partition(":")[0].endswith("and it has none")
    idp.api.respond("GET", TEXT, json={"as": "the test says"})
    assert ask(idp, method="GET").status == 200
    idp.close()


def challenge(reply: Reply) -> str:
    assert reply.status == 401
    return dict(reply.headers)["www-authenticate"]


def test_the_three_forms_of_401(idp: MockIdP) -> None:
    assert challenge(call(idp.app, "GET", f"http://localhost{TEXT}")) == "Bearer"
    assert challenge(ask(idp, token="a.b.c")) == 'Bearer error="invalid_token"'
    idp.clock.freeze(at=1_605_197_113)  # the `exp` of the sample in 003
    token = idp.issue_token(lifetime=0)
    assert challenge(ask(idp, token=token)) == (
        'Bearer error="invalid_token", '
        "error_description=\"The token expired at '11/12/2020 16:05:13'\""
    )


def test_the_body_of_401_is_what_the_sdks_read(idp: MockIdP) -> None:
    reply = ask(idp, token="a.b.c")
    error = json.loads(reply.body)["error"]
    assert error == {"code": "Unauthorized", "message": "The access token is not valid"}


def test_a_token_is_good_until_its_last_second(idp: MockIdP) -> None:
    idp.clock.freeze()
    token = idp.issue_token(lifetime=60)
    idp.clock.advance(seconds=59)
    assert ask(idp, token=token).status == 200
    idp.clock.advance(seconds=1)
    assert ask(idp, token=token).status == 401


def test_tokens_of_another_provider_are_refused(idp: MockIdP) -> None:
    other = MockIdP("groupdocs-translation")
    assert ask(idp, token=other.issue_token()).status == 401
    other.close()


def test_either_face_of_a_system_takes_the_tokens_of_the_other() -> None:
    server = MockServer(["groupdocs-total", "groupdocs-translation", "openid"])
    total, translation = server["groupdocs-total"], server["groupdocs-translation"]
    assert ask(translation, token=total.issue_token()).status == 200
    assert ask(total, "/v1/x", token=translation.issue_token()).status == 200
    assert ask(total, "/v1/x", token=server["openid"].issue_token()).status == 401
    server.close()


def test_nothing_outside_the_prefixes_is_the_api(idp: MockIdP) -> None:
    assert ask(idp, "/v2.0/viewer/formats").status == 404


PATTERNS: dict[str, Any] = {
    "resources": {
        "GET /api/:team/me": {"body": {"is": "of a team"}},
        "GET /api/us/me": {
            "also": ["GET /api/all/:year/:month"],
            "body": {"is": "ours"},
        },
    },
    "scopes": {"POST /api/:team/me": "write"},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/api/them/me", "of a team"),
        ("/api/a%20b/me", "of a team"),
        ("/api/us/me", "ours"),
        ("/api/all/2020/11", "ours"),
        ("/api/all/2020", None),
        ("/api//me", None),
        ("/api/a/b/me", None),
        ("/api/them/me/", None),
        ("/api/them", None),
    ],
)
def test_a_name_in_a_path_stands_for_one_segment(path: str, found: str | None) -> None:
    idp = MockIdP("openid", api=PATTERNS)
    try:
        token = idp.issue_token(user="alice")
        reply = ask(idp, path, method="GET", token=token)
        assert json.loads(reply.body).get("is") == found
        assert "is" not in json.loads(ask(idp, path, method="PUT", token=token).body)
    finally:
        idp.close()


def test_a_scope_may_be_needed_below_any_segment() -> None:
    idp = MockIdP("openid", api=PATTERNS)
    try:
        token = idp.issue_token(user="alice", scope="openid")
        assert ask(idp, "/api/them/me", token=token).status == 403
        assert ask(idp, "/api/them/you", token=token).status == 200
    finally:
        idp.close()
