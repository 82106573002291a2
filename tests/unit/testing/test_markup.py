"""The robot reads pages as a browser reads them."""

from __future__ import annotations

import pytest

from fixtures.page_views import CONSENT, ERROR, FORM_POST, LOGIN, SIGN_OUT, markup_of
from mockidp.testing.markup import Form, Markup


def form_of(view: object, id: str) -> Form:
    form = Markup(markup_of(view)).form(id)
    assert form is not None
    return form


def test_the_login_page() -> None:
    form = form_of(LOGIN, "login")
    assert (form.method, form.action) == ("POST", "/step")
    assert form.fields == {
        "interaction": "the-interaction",
        "csrf": "the-csrf",
        "username": "a",
        "password": "",
        "error": "access_denied",
    }
    assert form.options == {"error": ["access_denied", "server_error"]}
    picked = [button.value for button in form.buttons if button.name == "user"]
    assert picked == ["alice", "bob"]
    for id in ("sign-in", "cancel", "fail"):
        assert form.button(id=id) is not None
    assert Markup(markup_of(LOGIN)).texts["problem"] == "No."


def test_the_consent_page() -> None:
    form = form_of(CONSENT, "consent")
    for action in ("allow", "deny", "cancel", "fail"):
        button = form.button(id=action)
        assert button is not None
        assert (button.name, button.value) == ("action", action)


def test_other_pages() -> None:
    assert form_of(FORM_POST, "form-post").fields == {"code": "c0de", "state": "xyz"}
    assert form_of(SIGN_OUT, "sign-out-form").fields == {"csrf": "the-csrf"}
    assert Markup(markup_of(ERROR)).texts["hint"] == "Register the client."


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        pytest.param("<form><input name=a value='&lt;&amp;\"'></form>", {"a": '<&"'}, id="escaped"),
        pytest.param("<form><input value=a></form>", {}, id="no name"),
        pytest.param("<form></form><input name=a>", {}, id="outside"),
        pytest.param(
            "<form><select name=s><option value=1><option value=2 selected></select></form>",
            {"s": "2"},
            id="selected",
        ),
        pytest.param("<form><p><b></form></i><input name=a>", {}, id="not well-formed"),
    ],
)
def test_fields_of_a_form(text: str, fields: dict[str, str]) -> None:
    (form,) = Markup(text).forms
    assert form.fields == fields
