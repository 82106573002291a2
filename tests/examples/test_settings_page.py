"""docs/settings.md is what the schema says, docs/features.md what the table of features does, and
docs/clients.md has all fields of clients and users.
"""

from __future__ import annotations

from dataclasses import fields

import pytest

from docs.generate import FEATURES_PAGE, PAGE, features_page, page
from mockidp.model.client import Client
from mockidp.model.user import User


def test_the_settings_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python docs/generate.py"


def test_the_features_page_is_up_to_date() -> None:
    written = FEATURES_PAGE.read_text(encoding="utf-8")
    assert written == features_page(), "run: python docs/generate.py"


@pytest.mark.parametrize("kind", [Client, User])
def test_the_page_about_clients_names_every_field(kind: type) -> None:
    page = (PAGE.parent / "clients.md").read_text(encoding="utf-8")
    assert [item.name for item in fields(kind) if f"`{item.name}`" not in page] == []
