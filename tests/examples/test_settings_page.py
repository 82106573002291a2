"""docs/settings.md is what the schema says, docs/features.md what the table of features does."""

from __future__ import annotations

from docs.generate import FEATURES_PAGE, PAGE, features_page, page


def test_the_settings_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python docs/generate.py"


def test_the_features_page_is_up_to_date() -> None:
    written = FEATURES_PAGE.read_text(encoding="utf-8")
    assert written == features_page(), "run: python docs/generate.py"
