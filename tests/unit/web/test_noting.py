"""What the journal keeps of a request: what was asked, and no secret wherever it got to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.application import ALICE, APP, SECRET
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.model.event import Exchange
from mockidp.oauth.names import SECRET_PARAMETERS
from mockidp.oauth.params import Params
from mockidp.tokens.handles import Granted, mint_code, mint_refresh_token
from mockidp.tokens.mint import mint_access_token
from mockidp.web.noting import LONGEST_SHOWN, note, shown_path


@pytest.fixture
def lane(make_lane: Callable[..., Issuer]) -> Issuer:
    short = {"client_id": "short", "client_secret": "ab"}
    return make_lane("openid", clients=[APP, short])


def noted(lane: Issuer, *pairs: tuple[str, str], client_id: str | None = None) -> Exchange:
    entry = Exchange(at=0, method="POST", path="/token")
    note(lane, entry, Params(pairs), client_id)
    return entry


def test_what_was_asked_is_shown(lane: Issuer) -> None:
    sent = (("grant_type", "password"), ("scope", "a b"), ("x", "1"), ("client_id", "app"))
    entry = noted(lane, *sent, client_id="app")
    assert dict(entry.params) == dict(sent)
    assert entry.client_id == "app"


@pytest.mark.parametrize(
    "name",
    [
        *sorted(SECRET_PARAMETERS),
        *("Client_Secret", "client-secret", "clientSecret", "PASSWORD", "passwd", "refresh-token"),
        *("pwd", "db_pwd", "pass", "api_key", "apiKey", "X-Api-Key", "Authorization"),
        *("accessToken", "authToken", "X-Auth-Token", "PHPSESSID", "credentials", "user[password]"),
    ],
)
def test_secrets_are_not_shown_however_their_name_is_spelt(lane: Issuer, name: str) -> None:
    assert dict(noted(lane, (name, "v4lue")).params) == {name: "***"}


@pytest.mark.parametrize(
    "name", ["passage", "key", "keyboard", "auth", "token_type_hint", "tokens", "author"]
)
def test_what_sounds_like_one_is_none(lane: Issuer, name: str) -> None:
    assert dict(noted(lane, (name, "v4lue")).params) == {name: "v4lue"}


@pytest.mark.parametrize("client_id", [None, "app", "unknown"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scope", SECRET),
        ("scope", f"a {SECRET} b"),
        ("state", f"{SECRET}{SECRET}"),
        (SECRET, "x"),
        (f"x{SECRET}", "x"),
        ('{"client_secret":"x"}', ""),
        ("a b", SECRET),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(
    lane: Issuer, name: str, value: str, client_id: str | None
) -> None:
    assert SECRET not in repr(noted(lane, (name, value or "x"), client_id=client_id))


def test_a_secret_that_was_sent_as_the_id_is_not_shown(lane: Issuer) -> None:
    entry = noted(lane, ("client_id", SECRET), client_id=SECRET)
    assert (entry.client_id, dict(entry.params)) == ("***", {"client_id": "***"})


def test_a_short_secret_does_not_blot_out_innocent_words(lane: Issuer) -> None:
    entry = noted(lane, ("scope", "abc table"), ("state", "ab"), client_id="short")
    assert dict(entry.params) == {"scope": "abc table", "state": "***"}


def test_long_values_and_many_parameters_are_cut(lane: Issuer) -> None:
    many = [(f"p{number}", "x" * 5000) for number in range(200)]
    entry = noted(lane, *many, client_id="y" * 5000)
    assert len(entry.params) == 50
    assert {len(value) for value in entry.params.values()} == {LONGEST_SHOWN}
    assert entry.client_id == "y" * LONGEST_SHOWN


def test_nobody_is_nobody(lane: Issuer) -> None:
    for client_id in (None, ""):
        assert noted(lane, client_id=client_id).client_id is None


# -- paths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/users/7", "/api/users/7"),
        ("/api/v1/eyJ.x/eyJohn", "/api/v1/eyJ.x/eyJohn"),
        (f"/token/{SECRET}", "/token/***"),
        (f"/token{SECRET}", "/token***"),
        (f"/app:{SECRET}@host/token", "/app:***@host/token"),
        ("/token?client_secret=a/b=c&scope=x", "/token?client_secret=***&scope=x"),
        ("/token?scope=x;Client-Secret=v4lue", "/token?scope=x;Client-Secret=***"),
        ("/x/access_token=v4lue", "/x/access_token=***"),
        ("/a?state=1?client_secret=a/b&code=c", "/a?state=1?client_secret=***&code=***"),
        ("/x?redirect_uri=https://a/cb?code=v4lue", "/x?redirect_uri=https://a/cb?code=***"),
        ("/x=1/client_secret=v4lue", "/x=1/client_secret=***"),
        ("/x=1,password==v4lue", "/x=1,password=***"),
        ('/{"client_secret":"v4lue"}', '/{"client_secret":***'),
        ("/token?access_token=&scope=", "/token?access_token=&scope="),
        ("/api/eyJhbGciOiJub25lIn0.eyJhIjoxfQ./x", "/api/***/x"),
        ("/api/Bearer eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln", "/api/Bearer ***"),
        ("/x/api_key=v4lue", "/x/api_key=***"),
        ("/x?pwd=v4lue&a=b", "/x?pwd=***&a=b"),
        ("/x/Authorization: Basic YXBwOnNlY3JldA==", "/x/Authorization:***"),
        ("/x/authorization%3A v4lue", "/x/authorization%3A***"),
        ("/x/Basic YXBwOi8/K/Q==", "/x/Basic ***"),
        ("/x/bearer%20v4lue_v4lue_v4lue", "/x/bearer%20***"),
        ("/odata/Items(key=5)/name", "/odata/Items(key=5)/name"),
        ("/plans/basic+plus", "/plans/basic+plus"),
        ("/x/DPoP  v4lue_v4lue_v4lue", "/x/DPoP  ***"),
        ("/a-basic plan/x", "/a-basic plan/x"),
        ("/token_type_hint=access_token", "/token_type_hint=access_token"),
        ("/v2/keyboard:x", "/v2/keyboard:x"),
        ("/api/x=eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln", "/api/x=***"),
        ("", ""),
    ],
)
def test_what_can_be_seen_to_be_secret_is_no_part_of_a_path(
    lane: Issuer, path: str, shown: str
) -> None:
    assert shown_path(path, lane) == shown
    assert (shown_path(path) == shown) is (SECRET not in path)


@pytest.mark.parametrize("form", ["jwt", "hex:40", "guid"])
def test_what_this_provider_has_given_out_is_none_either(
    make_lane: Callable[..., Issuer], form: str
) -> None:
    lane = make_lane("openid", clients=[APP], users=[ALICE], access_token_format=form)
    granted = Granted(client_id="app", subject=str(ALICE["sub"]), scopes=(), family="f", data={})
    access = mint_access_token(
        lane, client=lane.clients.default, subject="app", scopes=(), issuer="https://idp.test"
    )
    session = Artifact(kind="session", id="the-session", expires_at=None)
    lane.store.put(session, now=lane.clock.now())
    handles = mint_code(lane, granted), mint_refresh_token(lane, granted), session.id
    for secret in (access.token, *handles):
        shown = shown_path(f"/a/{secret}/b?c={secret}", lane)
        assert shown == "/a/***/b?c=***"
        assert shown_path(f'/x:{secret},"{secret}"#.{secret}', lane) == '/x:***,"***"#.***'


def test_nor_is_a_key_of_a_client(make_lane: Callable[..., Issuer]) -> None:
    lane = make_lane("proz")
    key = str(lane.clients.default.attributes["api_key"])
    assert shown_path(f"/v2/{key}/x", lane) == "/v2/***/x"


def test_each_of_several_providers_knows_its_own(make_lane: Callable[..., Issuer]) -> None:
    lanes = [
        make_lane("openid", clients=[{"client_id": "a", "client_secret": secret}])
        for secret in ("the-first-secret", "the-second-secret")
    ]
    assert shown_path("/the-first-secret/the-second-secret", *lanes) == "/***/***"


@pytest.mark.parametrize(
    "path",
    [
        *("/" + "x" * 70_000, "/x=" * 30_000, "/eyJ" * 20_000, "eyJ" * 20_000),
        *("/" + "basic%" * 12_000, "/basic" + "%20" * 20_000, "/key " * 15_000),
    ],
)
def test_a_long_path_is_cut(lane: Issuer, path: str) -> None:
    assert shown_path(path, lane) == path[:500]


def test_what_is_cut_is_no_beginning_of_a_secret(lane: Issuer) -> None:
    for length in range(480, 500):
        shown = shown_path("/" + "x" * length + f"/{SECRET}/y", lane)
        assert set(shown) <= {"/", "x", "*", "y"}
