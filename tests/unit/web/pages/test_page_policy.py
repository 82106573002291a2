"""What the pages of a sign-in tell the browser to refuse (Content Security Policy Level 3)."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from fixtures.markup import Page
from fixtures.page_views import FAREWELL, FORM_POST, VIEWS, page_of
from mockidp.web.pages.check_session import check_session_policy, render_check_session
from mockidp.web.pages.farewell import FarewellView, farewell_policy
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
    goes_on = isinstance(view, FarewellView) and bool(view.return_uri)
    assert len(page_of(view).all("script")) == (isinstance(view, FormPostView) or goes_on)


def test_a_farewell_may_have_the_frames_of_its_clients_and_go_on() -> None:
    assert directives(farewell_policy(FAREWELL)) == {
        **directives(CONTENT_SECURITY_POLICY),
        "script-src": source_of("script", page_of(FAREWELL)),
        "frame-src": "https://app.example http://127.0.0.1:9",
    }
    assert "script-src" not in directives(farewell_policy(replace(FAREWELL, return_uri="")))


def test_the_iframe_of_session_management_may_be_in_any_frame() -> None:
    page = Page(render_check_session("the-cookie"))
    assert page.by_tag("html").attributes["data-cookie"] == "the-cookie"
    assert directives(check_session_policy()) == {
        "default-src": "'none'",
        "script-src": source_of("script", page),
        "base-uri": "'none'",
    }


def test_form_post_has_a_button_where_scripts_are_off() -> None:
    assert "noscript" in page_of(FORM_POST).by_id("continue").inside
