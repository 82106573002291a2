"""Using something up: once, by its owner, and never when its grant is revoked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.application import ALICE, APP
from mockidp.flows.spending import Refusals, spend
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact
from mockidp.oauth.errors import OAuthError, invalid_scope
from mockidp.tokens.revocation import is_revoked, revoke_family

NOW = 1_700_000_000
REFUSALS = Refusals(
    what="ticket",
    unknown="unknown_code",
    expired="expired_code",
    foreign="foreign_code",
    spent="spent_code",
    cites="RFC 0, 1",
)


@pytest.fixture
def lane(make_lane: Callable[..., Issuer]) -> Issuer:
    other = {**APP, "client_id": "other"}
    lane = make_lane("openid", clients=[APP, other], users=[ALICE])
    lane.clock.freeze(at=NOW)
    put(lane)
    return lane


def put(lane: Issuer, id: str = "t", family: str | None = "f") -> None:
    ticket = Artifact(
        kind="authorization_code", id=id, expires_at=NOW + 60, client_id="app", family=family
    )
    assert lane.store.put(ticket, now=NOW)


def use(
    lane: Issuer,
    id: str = "t",
    *,
    client: str = "app",
    reuse: str = "revoke",
    once: bool = True,
    grace: float = 0,
    check: Callable[[Artifact], None] = lambda ticket: None,
) -> Artifact:
    owner = lane.clients.get(client)
    assert owner is not None
    return spend(
        lane,
        "authorization_code",
        id,
        owner,
        REFUSALS,
        check=check,
        reuse=reuse,
        once=once,
        grace=grace,
    )


def refused(lane: Issuer, id: str = "t", **given: str) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        use(lane, id, **given)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.cites) == ("invalid_grant", "RFC 0, 1")
    return caught.value


def test_it_is_won_once(lane: Issuer) -> None:
    assert use(lane).id == "t"
    error = refused(lane)
    assert error.case == "spent_code"
    assert error.hint == (
        "the ticket has been used already; "
        "as it may have been stolen, all that came of its grant is revoked"
    )


def test_or_as_often_as_one_likes(lane: Issuer) -> None:
    for _ in range(3):
        assert use(lane, once=False).id == "t"


def test_a_second_use_may_do_nothing_more(lane: Issuer) -> None:
    put(lane, "u")
    use(lane, reuse="refuse")
    assert refused(lane, reuse="refuse").hint == "the ticket has been used already"
    use(lane, "u")


def test_or_revoke_the_family(lane: Issuer) -> None:
    put(lane, "u")
    put(lane, "v", family="g")
    use(lane)
    refused(lane)
    assert refused(lane, "u").code == "invalid_grant"
    use(lane, "v")


def test_what_has_no_family_revokes_none(lane: Issuer) -> None:
    put(lane, "u", family=None)
    use(lane, "u")
    assert refused(lane, "u").hint == "the ticket has been used already"


def test_another_client_neither_uses_it_up_nor_revokes(lane: Issuer) -> None:
    error = refused(lane, client="other")
    assert (error.case, error.hint) == (
        "foreign_code",
        "the ticket belongs to client 'app', not to 'other'",
    )
    use(lane)
    assert refused(lane, client="other").case == "foreign_code"
    assert not is_revoked(lane, Artifact(kind="refresh_token", id="r", expires_at=None, family="f"))


def test_a_mistake_of_the_request_does_not_use_it_up(lane: Issuer) -> None:
    def check(ticket: Artifact) -> None:
        raise invalid_scope("a mistake")

    with pytest.raises(OAuthError, match="a mistake"):
        use(lane, check=check)
    use(lane)


def test_what_is_used_already_is_not_checked(lane: Issuer) -> None:
    use(lane)
    checked: list[Artifact] = []
    with pytest.raises(OAuthError):
        use(lane, check=checked.append)
    assert checked == []


def test_it_expires(lane: Issuer) -> None:
    lane.clock.advance(60)
    error = refused(lane)
    assert (error.case, error.hint) == ("expired_code", "the ticket expired 0 seconds ago")
    lane.clock.advance(90)
    assert refused(lane).hint == "the ticket expired 90 seconds ago"
    lane.clock.rewind(100)
    use(lane)


@pytest.mark.parametrize("id", ["", "T", "t ", "x" * 9000, "ü"])
def test_what_was_never_issued(lane: Issuer, id: str) -> None:
    error = refused(lane, id)
    assert error.case == "unknown_code"
    assert error.hint == "there is no such ticket: it was never issued here, or has been revoked"


def test_of_a_revoked_grant_nothing_is_good(lane: Issuer) -> None:
    revoke_family(lane, "f")
    assert refused(lane).case == "spent_code"
    assert refused(lane, client="other").case == "foreign_code"
    put(lane)  # one that was in the making
    assert refused(lane).case == "spent_code"
    assert "was revoked, with all that came of the same grant" in refused(lane).hint


def test_a_second_use_stays_one_when_the_grant_is_revoked(lane: Issuer) -> None:
    """Some providers tell what was revoked from what they do not know."""
    use(lane)
    assert [refused(lane).case for _ in range(3)] == ["spent_code"] * 3
    lane.clock.advance(60)  # when it would have expired nobody remembers it
    assert refused(lane).case == "unknown_code"


def test_what_was_used_a_moment_ago_may_be_good(lane: Issuer) -> None:
    for seconds in (0, 4, 5.9):
        lane.clock.freeze(at=NOW + seconds)
        assert use(lane, grace=6).family == "f"
    lane.clock.freeze(at=NOW + 6)
    with pytest.raises(OAuthError, match="used already"):
        use(lane, grace=6)


def test_the_rest_of_the_request_is_checked_then_too(lane: Issuer) -> None:
    def complain(ticket: Artifact) -> None:
        raise invalid_scope("no", cites="RFC 0, 1")

    use(lane, grace=6)
    with pytest.raises(OAuthError) as caught:
        use(lane, grace=6, check=complain)
    assert caught.value.code == "invalid_scope"


def test_a_revoked_grant_has_no_moment(lane: Issuer) -> None:
    use(lane, grace=6)
    revoke_family(lane, "f")
    with pytest.raises(OAuthError):
        use(lane, grace=6)
