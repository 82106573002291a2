"""The schema: each leaf has a meaning, a default that keeps its own rules, and a flat name."""

from __future__ import annotations

from typing import Any

import pytest

from mockidp.oauth import names
from mockidp.profiles.build import build_sections, keywords, leaf_names, leaf_of, leaves
from mockidp.profiles.evidence import Fact
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import Profile, sections

LEAVES = {path: (kind, leaf) for path, kind, leaf in leaves()}


def fact(value: Any) -> Fact:
    return Fact(value, "configured", "here", "here")


@pytest.mark.parametrize("path", LEAVES)
def test_every_leaf_says_what_it_means(path: str) -> None:
    _, leaf = LEAVES[path]
    assert len(leaf.metadata["doc"]) > 10
    assert not leaf.metadata["doc"].endswith(".")


@pytest.mark.parametrize("path", LEAVES)
def test_every_default_keeps_the_rules_of_its_leaf(path: str) -> None:
    kind, leaf = LEAVES[path]
    section, _, key = path.partition(".")
    if leaf.metadata["open"]:
        assert getattr(kind(), key) == {}
        return
    default = leaf.default
    value = list(default) if isinstance(default, tuple) else default
    built = build_sections({path: fact(value)})[section]
    assert isinstance(built, kind)
    assert getattr(built, key) == default


#: A key and a value of those open tables that do not take any.
OF_OPEN_TABLES: dict[str, tuple[str, Any]] = {
    "api.scopes": ("GET /me", "read"),
    "token.max_length": ("scope", 1),
    "new_client.attributes": ("plan", "guid"),
    "errors.cases": ("bad_scope", {"status": 403}),
    "authorize.default_modes": ("code id_token", "query"),
    "api.challenges": ("missing", "Bearer"),
    "api.bodies": ("expired", {"error": "{message}"}),
    "api.resources": ("GET /me", {"body": {"id": "{user.sub}"}}),
}


@pytest.mark.parametrize("path", [path for path, (_, x) in LEAVES.items() if x.metadata["open"]])
def test_an_open_table_cannot_be_written_to(path: str) -> None:
    section, _, leaf = path.partition(".")
    key, written = OF_OPEN_TABLES.get(path, ("Key", "x"))
    built = build_sections({f"{path}.{key}": fact(written)})[section]
    table = getattr(built, leaf)
    assert table == {key: written}
    with pytest.raises(TypeError):
        table["Other"] = written


@pytest.mark.parametrize(
    ("path", "written", "problem"),
    [
        pytest.param(
            "errors.cases.typo", {"status": 400}, "is not one of: malformed_request", id="case"
        ),
        pytest.param("errors.cases.denied", {}, "must be a table with some of", id="says nothing"),
        pytest.param("errors.cases.denied", "x", "must be a table with some of", id="a text"),
        pytest.param("errors.cases.denied", {"code": "x"}, "has the key 'code'", id="unknown key"),
        pytest.param("errors.cases.denied", {"status": True}, "a status that is none", id="status"),
        pytest.param("errors.cases.denied", {"status": 99}, "a status that is none", id="99"),
        pytest.param("errors.cases.denied", {"body": "x"}, "a body that is no table", id="body"),
        pytest.param("errors.cases.denied", {"hint": 1}, "has hint that is no text", id="hint"),
        pytest.param("authorize.default_modes.code", "jwt", "is not one of: query", id="mode"),
        pytest.param("api.challenges.gone", "Bearer", "is not one of: missing", id="API case"),
        pytest.param("api.bodies.missing", "x", "must be", id="API body"),
        pytest.param("api.resources.GET /me", {"body": 1}, "a table `body`", id="resource"),
        pytest.param("api.resources./me", {"body": {}}, "must be a method and a path", id="call"),
        pytest.param("api.scopes.GET me", "read", "must be a method and a path", id="no path"),
        pytest.param(
            "api.resources.GET /me", {"body": {}, "scopes": []}, "has the key 'scopes'", id="scopes"
        ),
        pytest.param("access_token.format", "opaque", "", id="an opaque token needs a look"),
        pytest.param("refresh_token.look", "{hex}", "is not a look", id="look"),
    ],
)
def test_what_a_profile_may_not_say(path: str, written: Any, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_sections({path: fact(written)})
    assert problem in str(caught.value)


def test_sections_are_the_tables_of_a_profile() -> None:
    described = (
        *("name", "title", "summary", "documentation"),
        *("default_client", "default_users", "evidence"),
    )
    fields = tuple(Profile.__dataclass_fields__)
    assert set(described) < set(fields)
    assert tuple(sections()) == tuple(name for name in fields if name not in described)


def test_flat_names_lead_to_their_leaves() -> None:
    assert dict(keywords()) == {path.replace(".", "_"): path for path in LEAVES}
    for path in LEAVES:
        section, _, key = path.partition(".")
        assert leaf_of(sections()[section], key) is not None
        assert key in leaf_names(sections()[section])
    assert leaf_of(sections()["token"], "banana") is None


def test_only_sections_that_are_touched_are_built() -> None:
    assert set(build_sections({"token.path": fact("/x")})) == {"token"}
    assert build_sections({}) == {}


@pytest.mark.parametrize(
    ("path", "written", "built"),
    [
        pytest.param("access_token.lifetime", 5, 5.0, id="a whole number becomes a number"),
        pytest.param("limiter.retry_after", 600, 600, id="a number where text is common"),
        pytest.param("limiter.retry_after", "date", "date", id="text where numbers are possible"),
        pytest.param("scopes.supported", ["a"], ("a",), id="a list becomes a tuple"),
        pytest.param("scopes.supported", ("a",), ("a",), id="a tuple stays one"),
        pytest.param("limiter.counts", [], (), id="an empty list"),
        pytest.param("token.order", ["grant_type", "client"], ("grant_type", "client"), id="order"),
    ],
)
def test_values_are_brought_into_the_type_of_the_leaf(path: str, written: Any, built: Any) -> None:
    section, _, key = path.partition(".")
    value = getattr(build_sections({path: fact(written)})[section], key)
    assert value == built
    assert type(value) is type(built)


@pytest.mark.parametrize("name", names.PLACEHOLDERS)
def test_every_placeholder_of_the_list_may_be_named(name: str) -> None:
    built = build_sections({"access_token.claims.x": fact(["a", {"b": f"<{{{name}}}>"}])})
    assert built["access_token"].claims == {"x": ["a", {"b": f"<{{{name}}}>"}]}


@pytest.mark.parametrize(
    "written", ["{client.plan}", "{client.*}", "no name", "a } b", "{ a", "{a{now}b}"]
)
def test_attributes_and_loose_braces_may_stand_in_a_template(written: str) -> None:
    assert build_sections({"api.body.x": fact(written)})["api"].body["x"] == written


@pytest.mark.parametrize("written", ["{__class__}", "{now.year}", "{0}", "{client}", "{ now }"])
def test_nothing_but_names_may_stand_in_braces(written: str) -> None:
    with pytest.raises(ConfigError, match=r"is not known; valid: now, expires_at"):
        build_sections({"api.body.x": fact(written)})
