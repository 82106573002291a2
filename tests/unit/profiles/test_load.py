"""Profile files: what one may hold, how a chain is followed, and what is laid over it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from mockidp.profiles import MANNERS, PROFILES
from mockidp.profiles.evidence import CONFIGURED, STATUSES, Fact, read_fact
from mockidp.profiles.load import Document, Overlay, load_profile, read_document
from mockidp.profiles.problems import ConfigError


def document(text: str, origin: str = "own.toml") -> Document:
    return read_document(tomllib.loads(text), origin)


@pytest.mark.parametrize("status", STATUSES)
def test_a_fact_is_a_value_a_status_and_a_source(status: str) -> None:
    found = read_fact({"is": [1], status: "page 3"}, "own.toml")
    assert found == Fact([1], status, "page 3", "own.toml")


@pytest.mark.parametrize("written", [5, "is", ["is"], {}, {"observed": "x"}, {"are": 1}])
def test_a_plain_value_is_no_fact(written: Any) -> None:
    assert read_fact(written, "own.toml") is None


@pytest.mark.parametrize(
    "written",
    [
        {"is": 1},
        {"is": 1, "known": "x"},
        {"is": 1, "observed": "x", "inferred": "y"},
        {"is": 1, CONFIGURED: "x"},
    ],
)
def test_beside_is_stands_one_status(written: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="exactly one of: documented, recorded, observed"):
        read_fact(written, "own.toml")


@pytest.mark.parametrize("source", ["", "  ", 5, None, ["x"]])
def test_a_source_is_a_text_that_says_something(source: Any) -> None:
    with pytest.raises(ValueError, match="observed must say where the fact is from"):
        read_fact({"is": 1, "observed": source}, "own.toml")


def test_a_document_keeps_what_describes_it_apart_from_its_facts() -> None:
    read = document(
        """
        extends = "openid"
        title = "Own"
        [token]
        path = { is = "/oauth/token", documented = "page 3" }
        """
    )
    assert (read.origin, read.extends, read.meta) == ("own.toml", "openid", {"title": "Own"})
    assert read.facts == {"token.path": Fact("/oauth/token", "documented", "page 3", "own.toml")}


def test_an_open_table_is_known_as_a_whole_or_key_by_key() -> None:
    whole = document('[wire.headers]\nobserved = "a trace"\n[wire.headers.is]\nA = "1"\nB = "2"')
    assert whole.facts == {
        "wire.headers.A": Fact("1", "observed", "a trace", "own.toml"),
        "wire.headers.B": Fact("2", "observed", "a trace", "own.toml"),
    }
    single = document('[wire.headers]\nA = { is = "1", assumed = "a guess" }\nB = "2"')
    assert single.facts["wire.headers.A"].status == "assumed"
    assert single.facts["wire.headers.B"].status == CONFIGURED


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("[tokens]", "unknown key 'tokens'; did you mean 'token'?", id="table"),
        pytest.param("titel = 'x'", "unknown key 'titel'; did you mean 'title'?", id="key"),
        pytest.param("[token]\npaht = '/x'", "key in [token] 'paht'; did you mean 'path'", id="in"),
        pytest.param("token = 1", "token = 1: must be a table", id="no table"),
        pytest.param("default_client = 1", "default_client = 1: must be a table", id="client"),
        pytest.param("summary = []", "summary = []: must be text", id="summary"),
    ],
)
def test_a_document_with_a_mistake_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        document(text)
    assert str(caught.value).startswith("own.toml: ")
    assert problem in str(caught.value)


def test_a_chain_is_followed_from_the_manner_to_the_profile() -> None:
    own = {
        "one": document("extends = 'identityserver'\n[token]\npath = '/one'\naliases = ['/a']"),
        "two": document("extends = 'one'\n[token]\npath = '/two'", "two.toml"),
    }
    profile = load_profile("two", own=own)
    assert profile.token.path == "/two"
    assert profile.token.aliases == ("/a",)
    assert profile.token.repeated == "first"  # of the manner
    assert profile.evidence["token.path"].origin == "two.toml"
    assert profile.evidence["token.repeated"].origin == "identityserver.toml"


def test_what_nobody_says_has_the_default_of_the_schema() -> None:
    bare = load_profile("bare", own={"bare": Document("bare.toml", None, {}, {})})
    assert bare.title == "bare"
    assert bare.token.path == "/token"
    assert bare.limiter is None
    assert bare.evidence == {}


def test_a_section_that_is_optional_is_there_as_soon_as_it_is_touched() -> None:
    overlay = Overlay("here", {"limiter": {"window": 5}})
    limiter = load_profile("openid", overlays=[overlay]).limiter
    assert limiter is not None
    assert (limiter.window, limiter.allowed) == (5, 20)


def test_the_last_overlay_wins() -> None:
    overlays = [
        Overlay("one", {"token": {"path": "/1"}}),
        Overlay("two", {"token": {"path": "/2"}}),
    ]
    profile = load_profile("openid", overlays=overlays)
    assert profile.token.path == "/2"
    assert profile.evidence["token.path"] == Fact("/2", CONFIGURED, "two", "two")


@pytest.mark.parametrize("name", PROFILES)
def test_a_built_in_profile_is_loaded_once(name: str) -> None:
    assert load_profile(name) is load_profile(name)
    assert load_profile(name).name == name


@pytest.mark.parametrize("name", [*MANNERS, "", ".", "../schema", "manners/openid-strict"])
def test_only_profiles_can_be_run(name: str) -> None:
    with pytest.raises(ConfigError, match="unknown profile"):
        load_profile(name)


def test_an_own_profile_does_not_change_the_built_in_ones() -> None:
    own = {"openid-strict": document("[token]\npath = '/mine'")}
    assert load_profile("openid", own=own).token.path == "/token"
