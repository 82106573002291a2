"""Bad JWTs at each place that takes one: refused with the code of that place, soon, with little
memory, and without a trace of the text in the journal.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator

import pytest

from fixtures.application import Application
from fixtures.bad_jwts import BROUGHT, CONTROLS, DEFECTS, Make
from fixtures.jwt_places import PLACES, OwnToken, a_provider

#: Seconds of this processor, and bytes beside what the request has itself.
SOON, LITTLE = 2.0, 40_000_000
#: Characters that any request may have.
ROOM = 100_000
CASES = [
    pytest.param(name, make, id=f"{name}-{defect}")
    for name, kind in PLACES.items()
    for defect, make in {**DEFECTS, **({} if issubclass(kind, OwnToken) else BROUGHT)}.items()
]
LARGE = {name: make for name, make in DEFECTS.items() if "000" in name or "megabyte" in name}


@pytest.fixture(scope="module")
def app() -> Iterator[Application]:
    with a_provider() as app:
        yield app


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("name", PLACES)
def test_what_is_no_defect(app: Application, name: str, control: str) -> None:
    place = PLACES[name](app)
    assert place.verdict(CONTROLS[control](place.kit())) == "", app.idp.journal.last


@pytest.mark.parametrize(("name", "make"), CASES)
def test_one_defect(app: Application, name: str, make: Make) -> None:
    place, journal = PLACES[name](app), app.idp.journal
    text = make(place.kit())
    began = time.process_time()
    verdict = place.verdict(text)
    assert time.process_time() - began < SOON
    # What is too large for any request, or is no text, nobody looks into.
    codes = {place.code} | ({"invalid_request"} if len(text) > ROOM or "\0" in text else set())
    assert verdict in codes, journal.last
    assert journal.failures == []
    assert journal.last.hint or verdict == "inactive"
    assert text not in journal.render(5)
    assert len(journal.render(1)) < 3000


@pytest.mark.parametrize("defect", LARGE)
@pytest.mark.parametrize("name", PLACES)
def test_the_large_ones_take_little_memory(app: Application, name: str, defect: str) -> None:
    place = PLACES[name](app)
    text = LARGE[defect](place.kit())
    tracemalloc.start()
    try:
        place.verdict(text)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < LITTLE
