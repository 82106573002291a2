"""fixtures/configs/conformance-suite.json: what the suite is told for its part, its browser
included.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from fixtures.conformance import a_trial
from fixtures.conformance_automation import Automation, suite_configuration
from fixtures.conformance_plans import Run, named, runs_of
from fixtures.conformance_suite import REDIRECT_URI, Suite, static_clients
from fixtures.conformance_trial import Trial, Variant

OVERRIDES = suite_configuration("")["override"]
#: Modules that end with a picture, whatever the provider does (OpenID certification, "REVIEW").
PICTURED = {
    *("prompt-login", "max-age-1", "ensure-registered-redirect-uri"),
    *("ensure-redirect-uri-in-authorization-request", "redirect-uri-query-mismatch"),
    *("redirect-uri-query-added", "registration-logo-uri", "registration-policy-uri"),
    "registration-tos-uri",
    *(
        f"rp-initiated-logout-{name}"
        for name in (
            *("bad-post-logout-redirect-uri", "query-added-to-post-logout-redirect-uri"),
            *("modified-id-token-hint", "bad-id-token-hint", "no-id-token-hint"),
            *("no-params", "only-state", "no-post-logout-redirect-uri"),
        )
    ),
}


def automated(it: Trial, name: str) -> Automation:
    it.person = browser = Automation(it.idp, name)
    named(name).run(it)
    return browser


@pytest.mark.parametrize(
    "run",
    [
        run
        for run in runs_of("basic", "formpost-basic", "rp-initiated-logout")
        if run.variant == Variant(response_mode=run.variant.response_mode)
        and run.name not in ("ensure-post-request-succeeds", *PICTURED)
    ],
    ids=lambda run: f"{run.plan}/{run.name}",
)
def test_its_browser_plays_the_modules(run: Run, suite: Suite) -> None:
    with a_trial(run.variant, suite, base_path="/openid") as it:
        assert automated(it, run.name).pictures == []


@pytest.mark.parametrize("name", sorted(PICTURED))
def test_its_browser_takes_the_pictures(name: str, suite: Suite) -> None:
    with a_trial(Variant(), suite, base_path="/openid") as it:
        browser = automated(it, name)
        if name.startswith("registration-"):
            browser.logout(it.address())  # to the page and no further
        assert len(browser.pictures) >= 1


def test_its_browser_loads_the_frames(suite: Suite) -> None:
    with a_trial(Variant(), suite, base_path="/openid") as it:
        automated(it, "frontchannel-rp-initiated-logout")


def test_no_other_module_has_pictures() -> None:
    pictured = {name for name, own in OVERRIDES.items() if "browser" in own}
    assert {name.removeprefix("oidcc-") for name in pictured} == PICTURED


def test_its_clients_are_those_of_the_provider() -> None:
    configuration = suite_configuration("https://127.0.0.1:8400/openid")
    given = [configuration[table] for table in ("client", "client2", "client_secret_post")]
    for found in (*given, *(own["client"] for own in OVERRIDES.values() if "client" in own)):
        known = static_clients()[found["client_id"]]
        assert known["client_secret"] == found["client_secret"]
        assert REDIRECT_URI in known["redirect_uris"]
    assert f"/test/a/{configuration['alias']}/" in REDIRECT_URI


@pytest.mark.parametrize("kind", ["frontchannel", "backchannel"])
def test_a_logout_that_tells_clients_has_a_client_that_is_told(kind: str) -> None:
    found = OVERRIDES[f"oidcc-{kind}-rp-initiated-logout"]["client"]
    assert static_clients()[found["client_id"]][f"{kind}_logout_uri"]


@pytest.mark.parametrize("page", ["session_verify", "second_session_verify"])
def test_the_pages_of_session_management_are_waited_for(page: str) -> None:
    base = REDIRECT_URI.removesuffix("callback")
    found = [
        entry
        for entry in suite_configuration("")["browser"]
        if fnmatchcase(f"{base}{page}?session_state=x", entry["match"])
    ]
    result = page.replace("verify", "result")
    assert [task["commands"] for entry in found for task in entry["tasks"]] == [
        [["wait", "contains", f"/{result}", 10]]
    ]
