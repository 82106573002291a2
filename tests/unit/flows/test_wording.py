"""What an error says on the wire, and what of it a client may have sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockidp.flows.wording import describable, wording
from mockidp.issuer import Issuer
from mockidp.oauth.errors import DESCRIPTIONS, OAuthError, invalid_grant, invalid_scope
from mockidp.profiles.schema import Profile

Make = Callable[..., Issuer]


def profile_of(make_lane: Make, **cases: Any) -> Profile:
    return make_lane("openid", errors_cases=cases).profile


@pytest.mark.parametrize("code", DESCRIPTIONS)
def test_every_code_has_a_description_and_a_status(make_lane: Make, code: str) -> None:
    said = wording(profile_of(make_lane), OAuthError(code, hint="x"))
    assert (said.error, said.description) == (code, DESCRIPTIONS[code])
    assert said.status == (401 if code == "invalid_client" else 400)
    assert (said.hint, said.uri, said.body) == ("", "", None)
    assert said.description == describable(said.description)


def test_a_code_of_somebodys_own_has_none(make_lane: Make) -> None:
    assert wording(profile_of(make_lane), OAuthError("own", hint="x")).description == ""


def test_the_place_of_the_error_may_say_more(make_lane: Make) -> None:
    error = OAuthError("invalid_request", 'a "b"', hint="x", status=413)
    said = wording(profile_of(make_lane), error)
    assert (said.description, said.status) == ("a 'b'", 413)


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ({"error": "e"}, ("e", "", "", "", 400)),
        ({"error": "invalid_client"}, ("invalid_client", None, "", "", 401)),
        ({"status": 403}, ("invalid_grant", None, "", "", 403)),
        ({"description": "a 'b'"}, ("invalid_grant", "a 'b'", "", "", 400)),
        (
            {"is": {"description": 'a "b" é'}, "recorded": "an exchange"},
            ("invalid_grant", 'a "b" é', "", "", 400),
        ),
        ({"description": ""}, ("invalid_grant", "", "", "", 400)),
        ({"hint": "h", "uri": "u"}, ("invalid_grant", None, "h", "u", 400)),
    ],
)
def test_a_case_has_the_profiles_words(
    make_lane: Make, case: dict[str, Any], found: tuple[Any, ...]
) -> None:
    error = invalid_grant("for the journal", case="spent_code")
    said = wording(profile_of(make_lane, spent_code=case), error)
    code, description, hint, uri, status = found
    if description is None:
        description = DESCRIPTIONS[code]
    assert (said.error, said.description, said.hint) == (code, description, hint)
    assert (said.uri, said.status) == (uri, status)
    other = wording(profile_of(make_lane, spent_code=case), invalid_grant("x", case="bad_user"))
    assert (other.error, other.status) == ("invalid_grant", 400)


def test_what_was_sent_stands_in_the_texts_and_does_no_harm(make_lane: Make) -> None:
    case = {"description": "no {scope_asked}!", "hint": "{scope_asked} {parameter}"}
    said = wording(
        profile_of(make_lane, bad_scope=case), invalid_scope("x", scope='"\\\n{hint}é\u202e')
    )
    assert said.description == "no '/?{hint}??!"
    assert said.hint == "'/?{hint}?? "


def test_a_whole_body_is_filled_too(make_lane: Make) -> None:
    body = {"message": "{parameter} is needed", "errors": {"a": ["{parameter}"]}, "n": 1, "x": None}
    error = OAuthError(
        "invalid_request", hint="x", case="missing_parameter", values={"parameter": "code"}
    )
    said = wording(profile_of(make_lane, missing_parameter={"body": {**body}}), error)
    assert said.body is not None
    assert said.body["message"] == "code is needed"
    assert said.body["n"] == 1


@given(st.text())
def test_a_description_has_only_what_it_may_have(text: str) -> None:
    # RFC 6749, 5.2: %x20-21 / %x23-5B / %x5D-7E
    made = describable(text)
    assert len(made) == len(text)
    assert all(" " <= char <= "~" and char not in '"\\' for char in made)
