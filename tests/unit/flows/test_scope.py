"""Which scopes a request gets (RFC 6749, section 3.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mockidp.flows.scope import granted_scopes, without_unknown
from mockidp.issuer import Issuer
from mockidp.oauth.errors import OAuthError

Make = Callable[..., Issuer]
FACTS = {"supported": ["b", "a", "c"], "default": ["c", "a"]}


def granted(
    lane: Issuer,
    written: str | None,
    own: tuple[str, ...] | None = None,
    refused: tuple[str, ...] = (),
) -> tuple[str, ...]:
    client = replace(lane.clients.default, scope=own)
    return granted_scopes(lane, written, client, refused=refused)


@pytest.mark.parametrize(
    ("when_missing", "own", "refused", "found"),
    [
        ("all", None, (), ("b", "a", "c")),
        ("all", ("c", "b"), (), ("c", "b")),
        ("all", None, ("a",), ("b", "c")),
        ("all", (), (), ()),
        ("default", None, (), ("c", "a")),
        ("default", ("a",), (), ("a",)),
        ("default", ("b",), (), ()),
        ("none", None, (), ()),
    ],
)
@pytest.mark.parametrize("written", [None, "", " ", "   "])
def test_without_scope(
    make_lane: Make,
    when_missing: str,
    own: tuple[str, ...] | None,
    refused: tuple[str, ...],
    found: tuple[str, ...],
    written: str | None,
) -> None:
    lane = make_lane("openid", scopes={**FACTS, "when_missing": when_missing})
    assert granted(lane, written, own, refused) == found


@pytest.mark.parametrize(
    ("order", "written", "found"),
    [
        ("requested", "c a", ("c", "a")),
        ("requested", " c  a c ", ("c", "a")),
        ("sorted", "c a", ("a", "c")),
        ("sorted", None, ("a", "b", "c")),
    ],
)
def test_the_order(
    make_lane: Make, order: str, written: str | None, found: tuple[str, ...]
) -> None:
    lane = make_lane("openid", scopes={**FACTS, "when_missing": "all", "order": order})
    assert granted(lane, written) == found


@pytest.mark.parametrize(
    ("written", "own", "refused", "hint", "asked"),
    [
        pytest.param("x", None, (), "'x' is unknown to the provider", "x", id="unknown"),
        pytest.param("a x y", None, (), "'x', 'y' are unknown", "x", id="two"),
        pytest.param("a b", ("b",), (), "'a' is unknown to client", "a", id="of others"),
        pytest.param("a b", None, ("b",), "cannot give b", "b", id="no user is involved"),
        pytest.param("a\x00", None, (), "U+0000", "a\x00", id="NUL"),
        pytest.param("a,b", None, (), "not by commas", "a,b", id="commas"),
        pytest.param("abcdefghi", None, (), "longer than 8 characters", "", id="long"),
    ],
)
def test_what_is_refused(
    make_lane: Make,
    written: str,
    own: tuple[str, ...] | None,
    refused: tuple[str, ...],
    hint: str,
    asked: str,
) -> None:
    lane = make_lane("openid", scopes=FACTS, token_max_length={"scope": 8})
    with pytest.raises(OAuthError) as caught:
        granted(lane, written, own, refused)
    assert (caught.value.code, caught.value.cites) == ("invalid_scope", "RFC 6749, 3.3")
    assert caught.value.values.get("scope_asked", "") == asked
    assert hint in caught.value.hint


def test_a_missing_scope_may_be_refused(make_lane: Make) -> None:
    lane = make_lane("openid", scopes={**FACTS, "when_missing": "refuse"})
    with pytest.raises(OAuthError, match="this provider has no default"):
        granted(lane, None)


IGNORED = "ignored in authentication requests"


@pytest.mark.parametrize(
    ("unknown", "written", "counts"),
    [
        (IGNORED, "openid nope read", "openid read"),
        (IGNORED, "nope openid nope other", "openid"),
        (IGNORED, "openid read", "openid read"),
        (IGNORED, "read nope", "read nope"),
        (IGNORED, "openid,nope", "openid,nope"),
        (IGNORED, None, None),
        ("refused", "openid nope", "openid nope"),
    ],
)
def test_what_nobody_knows_is_passed_over_beside_openid(
    make_lane: Make, unknown: str, written: str | None, counts: str | None
) -> None:
    lane = make_lane(scopes={"supported": ["openid", "read"], "unknown": unknown})
    found, remark = without_unknown(lane, written)
    assert found == counts
    assert bool(remark) is (found != written)


def test_a_remark_names_what_is_passed_over_and_what_there_is(make_lane: Make) -> None:
    lane = make_lane(scopes={"supported": ["openid", "read"], "unknown": IGNORED})
    _, remark = without_unknown(lane, "openid raed")
    assert "scope 'raed' is unknown to the provider, which allows: openid, read" in remark
    assert "did you mean 'read'?" in remark
    assert "scopes_unknown = 'refused'" in remark


def test_without_the_scope_openid_a_provider_knows_no_authentication_requests(
    make_lane: Make,
) -> None:
    lane = make_lane(scopes={"supported": ["read"], "unknown": IGNORED})
    assert without_unknown(lane, "openid read nope") == ("openid read nope", "")
