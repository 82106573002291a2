"""docs/settings.md is what the schema says."""

from __future__ import annotations

from docs.generate import PAGE, page


def test_the_settings_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python docs/generate.py"
