"""Documents of others on a lane: for how long, how many, and who is told of a failure."""

from __future__ import annotations

import pytest

from mockidp.clock import Clock
from mockidp.control.outgoing import MOST, Documents, NeedsDocument, Unavailable

URL = "https://app.example/jwks"
KEEP = 30.0
REFETCH_AFTER = 7.0


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.freeze(1_000)
    return clock


@pytest.fixture
def documents(clock: Clock) -> Documents:
    return Documents(clock, allowed=True, keep=KEEP, refetch_after=REFETCH_AFTER)


def needed(documents: Documents, url: str = URL, *, once: bool = False) -> NeedsDocument:
    with pytest.raises(NeedsDocument) as caught:
        documents.need(url, once=once)
    return caught.value


def test_what_is_not_here_is_needed(documents: Documents) -> None:
    asked = needed(documents)
    assert asked.key == (URL, False, "")
    documents.keep(asked, b"x")
    assert documents.need(URL).content == b"x"


def test_what_one_client_has_had_fetched_is_not_another_ones(documents: Documents) -> None:
    for owner in ("one", "other"):
        with pytest.raises(NeedsDocument) as caught:
            documents.need(URL, owner=owner)
        documents.keep(caught.value, owner.encode())
    assert documents.need(URL, owner="one").content == b"one"
    assert documents.need(URL, owner="other").content == b"other"


@pytest.mark.parametrize("seconds", [KEEP, -1])
def test_it_is_good_for_a_while(documents: Documents, clock: Clock, seconds: float) -> None:
    documents.keep(needed(documents), b"x")
    clock.advance(KEEP - 1)
    assert documents.need(URL).content == b"x"
    clock.freeze(1_000 + seconds)
    needed(documents)


def test_a_newer_one_is_not_asked_for_at_once(documents: Documents, clock: Clock) -> None:
    documents.keep(needed(documents), b"x")
    document = documents.need(URL)
    clock.advance(REFETCH_AFTER - 1)
    assert documents.renew(document) is document
    clock.advance(1)
    with pytest.raises(NeedsDocument):
        documents.renew(document)


def test_without_a_wait_a_newer_one_may_be_had_at_once(clock: Clock) -> None:
    documents = Documents(clock, allowed=True, keep=KEEP, refetch_after=0)
    documents.keep(needed(documents), b"x")
    with pytest.raises(NeedsDocument):
        documents.renew(documents.need(URL))


def test_what_was_fetched_for_a_request_is_good_for_it(clock: Clock) -> None:
    documents = Documents(clock, allowed=True, keep=KEEP, refetch_after=0)
    asked = needed(documents)
    documents.keep(asked, b"x")
    with documents.in_hand([asked]):
        clock.advance(KEEP)
        document = documents.need(URL)
        assert documents.renew(document) is document
    with pytest.raises(NeedsDocument):
        documents.renew(document)


def test_one_for_a_single_request_is_another_one(documents: Documents) -> None:
    documents.keep(needed(documents), b"for all")
    asked = needed(documents, once=True)
    documents.keep(asked, b"for one")
    assert documents.need(URL, once=True).content == b"for one"
    documents.forget(asked)
    needed(documents, once=True)
    assert documents.need(URL).content == b"for all"


def test_a_failure_is_told_once(documents: Documents) -> None:
    documents.fail(needed(documents), "gone")
    with pytest.raises(Unavailable, match="gone"):
        documents.need(URL)
    needed(documents)


def test_where_nothing_may_be_asked_the_setting_is_named(clock: Clock) -> None:
    documents = Documents(clock, allowed=False, keep=KEEP, refetch_after=REFETCH_AFTER)
    with pytest.raises(Unavailable, match=r"set outgoing\.allowed = true") as caught:
        documents.need(f"{URL}?secret=1")
    assert "secret" not in caught.value.hint


def test_only_so_many_are_kept(documents: Documents) -> None:
    for number in range(MOST + 1):
        documents.keep(needed(documents, f"{URL}/{number}"), b"x")
    needed(documents, f"{URL}/0")
    assert documents.need(f"{URL}/{MOST}").content == b"x"


def test_documents_go_back_with_the_lane(documents: Documents) -> None:
    state = documents.snapshot()
    documents.keep(needed(documents), b"x")
    documents.restore(state)
    needed(documents)
