"""Questions and answers that could never be right are refused, and not silently without effect."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any, cast

import pytest

from mockidp import ConfigError, MockIdP

WRONG: dict[str, tuple[Callable[[MockIdP], object], str]] = {
    "an answer outside the API": (
        lambda idp: idp.api.respond("POST", "/foo", json={}),
        "the provider's API is at /v1/…, /v1.0/…, /v2.0/…",
    ),
    "an answer beside a prefix": (lambda idp: idp.api.respond("GET", "/v10/x"), "/v1/…"),
    "an unknown method": (lambda idp: idp.api.respond("PSOT", "/v1/x"), "did you mean 'POST'?"),
    "a misspelt attribute": (
        lambda idp: idp.journal.assert_not_called("token", sttus=200),
        "unknown attribute or parameter 'sttus'; did you mean 'status'?",
    ),
    "a misspelt endpoint": (lambda idp: idp.journal.find("tokn"), "did you mean 'token'?"),
}


@pytest.mark.parametrize(("ask", "said"), WRONG.values(), ids=WRONG)
def test_it_is_refused_with_what_would_be_right(
    ask: Callable[[MockIdP], object], said: str
) -> None:
    with MockIdP("groupdocs-total") as idp, pytest.raises(ConfigError) as refused:
        ask(idp)
    assert said in str(refused.value)


def test_parameters_of_a_request_can_be_asked_for_before_one_was_sent() -> None:
    with MockIdP() as idp:
        idp.journal.assert_not_called("token", grant_type="client_credentials", scope="read")


def test_the_journal_says_that_no_answer_is_set_for_an_echoed_call() -> None:
    with MockIdP("groupdocs-total") as idp:
        idp.api.respond("GET", "/v1/right", json={})
        call = urllib.request.Request(
            f"{idp.base_url}/v1/wrong", headers={"Authorization": f"Bearer {idp.issue_token()}"}
        )
        urllib.request.urlopen(call).close()
        assert idp.journal.last.hint == "no answer is set for GET /v1/wrong, only for GET /v1/right"


def test_the_journal_says_where_the_settings_are_from() -> None:
    with MockIdP(config={"profiles": {"openid": {"seed": 1}}}, journal_size=5) as idp:
        assert "note: settings from config: [profiles.openid], keyword" in idp.journal.render()


def test_a_misspelt_attribute_is_not_kept() -> None:
    with MockIdP() as idp, pytest.raises(AttributeError, match="acess_token_lifetime"):
        setattr(idp, "acess_token_lifetime", 5)  # noqa: B010 - it is not there


def test_only_what_snapshot_has_given_can_be_restored() -> None:
    with MockIdP() as idp, pytest.raises(TypeError, match="what snapshot"):
        idp.restore(cast("Any", None))
