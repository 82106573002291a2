"""fixtures/configs/conformance-suite.json: what the suite is told for its part, its browser
included.
"""

from __future__ import annotations

import pytest

from fixtures.conformance import a_trial
from fixtures.conformance_automation import Automation, suite_configuration
from fixtures.conformance_plans import Run, named, runs_of
from fixtures.conformance_suite import REDIRECT_URI, Suite, static_clients
from fixtures.conformance_trial import Trial, Variant

OVERRIDDEN = sorted(suite_configuration("")["override"])
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
    assert {name.removeprefix("oidcc-") for name in OVERRIDDEN} == PICTURED


def test_its_clients_are_those_of_the_provider() -> None:
    configuration = suite_configuration("https://127.0.0.1:8400/openid")
    for table in ("client", "client2", "client_secret_post"):
        found = configuration[table]
        known = static_clients()[found["client_id"]]
        assert known["client_secret"] == found["client_secret"]
        assert REDIRECT_URI in known["redirect_uris"]
    assert f"/test/a/{configuration['alias']}/" in REDIRECT_URI
