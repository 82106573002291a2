"""What the pages of a sign-in tell the browser to refuse (Content Security Policy Level 3)."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest

from fixtures.markup import Page
from fixtures.page_views import FORM_POST, VIEWS, page_of
from mockidp.web.pages.interaction import CONTENT_SECURITY_POLICY, FORM_POST_POLICY, FormPostView

every_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)


def directives(policy: str) -> dict[str, str]:
    return dict(directive.split(" ", 1) for directive in policy.split("; "))


def source_of(tag: str, page: Page) -> str:
    text = page.by_tag(tag).text
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@every_view
def test_the_policy_allows_the_style_of_the_page_and_nothing_else(view: object) -> None:
    # No form-action: it would be applied to the redirect to the client as well.
    assert directives(CONTENT_SECURITY_POLICY) == {
        "default-src": "'none'",
        "style-src": source_of("style", page_of(view)),
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def test_form_post_may_run_its_one_script_as_well() -> None:
    assert directives(FORM_POST_POLICY) == {
        **directives(CONTENT_SECURITY_POLICY),
        "script-src": source_of("script", page_of(FORM_POST)),
    }


@every_view
def test_no_other_page_has_a_script(view: object) -> None:
    assert len(page_of(view).all("script")) == isinstance(view, FormPostView)


def test_form_post_has_a_button_where_scripts_are_off() -> None:
    assert "noscript" in page_of(FORM_POST).by_id("continue").inside
