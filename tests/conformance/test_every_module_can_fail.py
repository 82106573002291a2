"""Each module turns red when the provider no longer does what it is there for, in each plan that
has it; and the plans have as many modules as the suite's.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from fixtures.conformance import MODULES, a_trial, must_fail
from fixtures.conformance_plans import RUNS, Run, named
from fixtures.conformance_suite import Suite
from fixtures.conformance_trial import Variant

#: The first variant of each module in each plan.
FIRST = {(run.plan, run.name): run for run in RUNS[::-1]}


@pytest.mark.parametrize("run", FIRST.values(), ids=lambda run: f"{run.plan}/{run.name}")
def test_without_its_rule_a_module_is_red(run: Run, suite: Suite) -> None:
    with must_fail():
        run.module.play(run.variant, suite, is_red=True)


#: What no setting lets pass that does not say where it is from.
QUOTED = {"is": {"description": 'no "response_type"'}, "recorded": "nowhere"}


@pytest.mark.parametrize(
    ("name", "variant", "rule"),
    [
        (
            "server",
            Variant(response_mode="form_post"),
            {"authorize_response_modes": ["query", "fragment"]},
        ),
        (
            "server",
            Variant(client_auth_type="private_key_jwt"),
            {"client_auth_methods": ["client_secret_basic", "client_secret_post"]},
        ),
        (
            "server",
            Variant(client_registration="static_client"),
            {"clients": [{"client_id": "another"}]},
        ),
        ("server", Variant(), {"registration_path": ""}),
        ("server", Variant(), {"registration_management": False}),
        ("server", Variant(response_type="code token"), {"authorize_response_types": ["code"]}),
        ("scope-email", Variant(), {"id_token_user_claims": True}),
        ("refresh-token", Variant(), {"refresh_token_given_by": []}),
        ("refresh-token", Variant(), {"id_token_given_by": ["authorization_code"]}),
        ("scope-all", Variant(), {"users": [{"username": "alice"}]}),
        ("response-type-missing", Variant(), {"errors_cases": {"missing_response_type": QUOTED}}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_without_its_rule_a_variant_is_red(
    name: str, variant: Variant, rule: dict[str, Any], suite: Suite
) -> None:
    with must_fail(), a_trial(variant, suite, **rule) as it:
        named(name).run(it)


def test_a_rotation_with_a_kind_of_key_that_the_suite_does_not_know_is_red(suite: Suite) -> None:
    more = {"signing_userinfo": ["RS256", "PS256", "ES256", "EdDSA"]}
    with must_fail(), a_trial(Variant(), suite, is_operated=True, **more) as it:
        named("server-rotate-keys").run(it)


def test_the_plans_are_as_long_as_those_of_the_suite() -> None:
    usual = {"basic": (38, 35), "implicit": (58, 54), "hybrid": (102, 96)}
    lengths = {
        "config": (0, 1),
        **usual,
        **{f"formpost-{plan}": lengths for plan, lengths in usual.items()},
        # The session itself is looked at in a browser.
        "rp-initiated-logout": (6 * 11, 6 * 11),
        "session-management": (6, 6),
        "frontchannel-rp-initiated-logout": (6 * 2, 6 * 2),
        "backchannel-rp-initiated-logout": (6 * 2, 6 * 2),
        "dynamic": (23 + 18 + 19 + 22 + 23 + 22, 0),
        "3rdparty-init-login": (6 * 2, 0),
    }
    found = Counter((run.plan, run.variant.client_registration) for run in RUNS)
    for plan, (dynamic, static) in lengths.items():
        assert (found[plan, "dynamic_client"], found[plan, "static_client"]) == (dynamic, static)
    assert {run.plan for run in RUNS} == set(lengths)


def test_the_dynamic_plan_is_as_long_as_that_of_the_suite() -> None:
    found = Counter(run.variant.response_type for run in RUNS if run.plan == "dynamic")
    assert found == {
        "code": 23,
        "code token": 23,
        "code id_token": 22,
        "code id_token token": 22,
        "id_token token": 19,
        "id_token": 18,
    }


def test_every_module_is_in_a_plan() -> None:
    assert set(MODULES) == {f"oidcc-{run.name}" for run in RUNS}
