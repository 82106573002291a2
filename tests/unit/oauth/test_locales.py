"""Which language a request gets of those that there are (RFC 4647, 3.4)."""

from __future__ import annotations

import pytest

from mockidp.oauth.locales import best_locale


@pytest.mark.parametrize(
    ("wanted", "known", "expected"),
    [
        pytest.param("fr", ["de", "fr"], "fr", id="it is there"),
        pytest.param("et fr de", ["de", "fr"], "fr", id="the first that is there"),
        pytest.param("FR-ca", ["fr"], "fr", id="a wider one, in any case"),
        pytest.param("fr-CA", ["fr", "fr-ca"], "fr-ca", id="none wider than it needs to be"),
        pytest.param("fr", ["fr-CA"], None, id="none narrower"),
        # The example of the section.
        pytest.param("zh-Hant-CN-x-private1-private2", ["zh-Hant"], "zh-Hant", id="much wider"),
        pytest.param("zh-Hant-CN-x-private1", ["zh-Hant-CN-x"], None, id="no letter alone"),
        pytest.param("f", ["fr"], None, id="the start of a name"),
        pytest.param("", ["fr"], None, id="none wanted"),
        pytest.param("fr", [], None, id="none there"),
        pytest.param(" ".join(["et"] * 20 + ["fr"]), ["fr"], None, id="the 21st"),
        pytest.param("a-" * 50_000, ["fr"], None, id="very long"),
        pytest.param("- -- fr-", ["fr"], "fr", id="hyphens"),
    ],
)
def test_the_best_one(wanted: str, known: list[str], expected: str | None) -> None:
    assert best_locale(wanted, known) == expected
