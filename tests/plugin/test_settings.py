"""Where the settings of a fixture come from, and which of two wins."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

INNER = """
import json, pytest, urllib.parse, urllib.request

def lifetime(idp):
    form = {{"grant_type": "client_credentials", "client_id": idp.client.client_id,
            "client_secret": idp.client.client_secret}}
    with urllib.request.urlopen(idp.url("token"), urllib.parse.urlencode(form).encode()) as answer:
        return json.load(answer)["expires_in"]

pytestmark = [{module_mark}]

@pytest.fixture(scope="session")
def mockidp_config():
    return {config}

class TestIt:
    pytestmark = [{class_mark}]

    {function_mark}
    def test_it(self, mockidp_factory):
        assert lifetime(mockidp_factory({keyword})) == {expected}
"""

#: Each place that can set a lifetime, the weakest first, with the value it sets.
PLACES = {
    "profile": 3600,
    "file": 11,
    "environment": 12,
    "ini": 13,
    "option": 14,
    "mockidp_config": 15,
    "module marker": 16,
    "class marker": 17,
    "function marker": 18,
    "factory keyword": 19,
}


@pytest.mark.parametrize("strongest", PLACES)
def test_the_later_place_wins(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, strongest: str
) -> None:
    names = list(PLACES)
    used = {
        name: value
        for name, value in PLACES.items()
        if 0 < names.index(name) <= names.index(strongest)
    }
    if "file" in used:
        pytester.makefile(".toml", mockidp="[profiles.openid]\naccess_token.lifetime = 11")
    if "environment" in used:
        monkeypatch.setenv("MOCKIDP_ACCESS_TOKEN_LIFETIME", "12")
    if "ini" in used:
        pytester.makeini("[pytest]\nmockidp_set =\n    access_token_lifetime=13\n")
    options = ["--mockidp-set", "access_token_lifetime=14"] if "option" in used else []
    mark = "pytest.mark.mockidp(access_token_lifetime={})".format
    source = INNER.format(
        module_mark=mark(16) if "module marker" in used else "",
        class_mark=mark(17) if "class marker" in used else "",
        function_mark="@" + mark(18) if "function marker" in used else "",
        config={"access_token_lifetime": 15} if "mockidp_config" in used else {},
        keyword="access_token_lifetime=19" if "factory keyword" in used else "",
        expected=PLACES[strongest],
    )
    result = run(source, *options)
    result.assert_outcomes(passed=1)


def test_markers_of_function_class_and_module_add_up(run: Run) -> None:
    result = run("""
        import pytest
        pytestmark = pytest.mark.mockidp("groupdocs-total", borrowed=True, limiter={"allowed": 3})

        @pytest.mark.mockidp(limiter={"window": 5})
        class TestIt:
            @pytest.mark.mockidp(access_token_lifetime=7)
            def test_it(self, mockidp):
                profile = mockidp._lane.profile
                assert profile.name == "groupdocs-total"
                assert mockidp.issuer == "https://api.groupdocs.cloud"
                assert (profile.limiter.allowed, profile.limiter.window) == (3, 5)
                assert profile.access_token.lifetime == 7

            @pytest.mark.mockidp("openid", limiter_allowed=0)
            def test_nearest_profile_wins(self, mockidp):
                assert mockidp.profile == "openid"
    """)
    result.assert_outcomes(passed=2)


def test_the_profile_of_the_marker_is_for_mockidp_alone_its_settings_for_all(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.mark.mockidp("groupdocs-total", seed=1, client_auth_several_methods="refuse")
        def test_it(mockidp, mockidp_openid, mockidp_groupdocs_translation):
            assert mockidp.profile == "groupdocs-total"
            assert mockidp_openid.profile == "openid"
            assert mockidp_groupdocs_translation.profile == "groupdocs-translation"
            for idp in (mockidp, mockidp_openid, mockidp_groupdocs_translation):
                assert idp._lane.profile.client_auth.several_methods == "refuse"
    """)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("scope", ["function", "class", "module", "session"])
def test_mockidp_config_can_be_overridden_in_any_scope(run: Run, scope: str) -> None:
    result = run(f"""
        import pytest

        @pytest.fixture(scope={scope!r})
        def mockidp_config():
            return {{"profile": "groupdocs-total", "access_token_lifetime": 9}}

        def test_it(mockidp, mockidp_openid):
            assert mockidp.profile == "groupdocs-total"
            assert mockidp_openid.profile == "openid"
            assert mockidp_openid._lane.profile.access_token.lifetime == 9
    """)
    result.assert_outcomes(passed=1)


def test_mockidp_config_of_a_class_adds_to_the_one_around_it(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.fixture(scope="session")
        def mockidp_config():
            return {"access_token_lifetime": 9}

        class TestIt:
            @pytest.fixture
            def mockidp_config(self, mockidp_config):
                return {**mockidp_config, "borrowed": True}

            def test_it(self, mockidp):
                assert mockidp.issuer == "https://mockidp.example"
                assert mockidp._lane.profile.access_token.lifetime == 9
    """)
    result.assert_outcomes(passed=1)


def test_the_session_server_follows_mockidp_config_and_options(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.fixture(scope="session")
        def mockidp_config():
            return {"profile": "groupdocs-total", "access_token_lifetime": 9}

        def test_it(mockidp_server):
            for name in mockidp_server:
                assert mockidp_server[name]._lane.profile.access_token.lifetime == 9
                assert mockidp_server[name]._lane.profile.limiter.allowed == 2
        """,
        "--mockidp-set",
        "limiter_allowed=2",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("by", ["option", "ini", "option over ini"])
def test_the_profile_can_be_chosen_for_the_whole_run(
    run: Run, pytester: pytest.Pytester, by: str
) -> None:
    named = {"option": None, "ini": "groupdocs-total", "option over ini": "openid"}[by]
    if named:
        pytester.makeini(f"[pytest]\nmockidp_profile = {named}\n")
    options = [] if by == "ini" else ["--mockidp-profile", "groupdocs-total"]
    result = run("def test_it(mockidp): assert mockidp.profile == 'groupdocs-total'", *options)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("by", ["option", "ini", "rootdir", "variable"])
def test_the_configuration_file_is_found(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    name = "mockidp" if by == "rootdir" else "other"
    file = pytester.makefile(
        ".toml", **{name: "[profiles.my-idp]\nextends = 'openid'\naccess_token.lifetime = 5"}
    )
    options: list[str] = []
    if by == "option":
        options = ["--mockidp-config", str(file)]
    elif by == "variable":
        monkeypatch.setenv("MOCKIDP_CONFIG", str(file))
    setting = "mockidp_config = other.toml" if by == "ini" else ""
    pytester.makeini(f"[pytest]\n{setting}\n")
    # Not in the rootdir, because there the working folder would come first.
    test = pytester.mkdir("somewhere") / "test_inner.py"
    test.write_text(
        "def test_it(mockidp_factory):\n"
        "    assert mockidp_factory('my-idp')._lane.profile.access_token.lifetime == 5\n"
    )
    monkeypatch.chdir(test.parent)
    result = run("", str(test), f"--config-file={pytester.path / 'tox.ini'}", *options)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(
            "@pytest.mark.mockidp('groupdoc-total')\ndef test_it(mockidp): pass",
            "mockidp: @pytest.mark.mockidp: unknown profile 'groupdoc-total'; "
            "did you mean 'groupdocs-total'?*",
            id="unknown profile",
        ),
        pytest.param(
            "@pytest.mark.mockidp(access_token_lifetme=5)\ndef test_it(mockidp): pass",
            "mockidp: @pytest.mark.mockidp: unknown setting 'access_token_lifetme'; "
            "did you mean 'access_token_lifetime'?*",
            id="unknown setting",
        ),
        pytest.param(
            "@pytest.mark.mockidp(access_token_lifetime='long')\ndef test_it(mockidp): pass",
            "mockidp: @pytest.mark.mockidp: access_token.lifetime = 'long': *",
            id="wrong type",
        ),
        pytest.param(
            "@pytest.mark.mockidp('openid', 'groupdocs-total')\ndef test_it(mockidp): pass",
            "mockidp: @pytest.mark.mockidp takes one profile, not 2",
            id="two profiles",
        ),
        pytest.param(
            "@pytest.mark.mockidp(5)\ndef test_it(mockidp): pass",
            "mockidp: profile must be a name such as 'openid', not 5",
            id="profile that is no name",
        ),
        pytest.param(
            "@pytest.fixture\ndef mockidp_config(): pass\ndef test_it(mockidp): pass",
            "mockidp: the fixture mockidp_config must return a dict, not None",
            id="forgotten return",
        ),
        pytest.param(
            "@pytest.fixture(scope='session')\ndef mockidp_config(): return {'sed': 1}\n"
            "def test_it(mockidp_server): pass",
            "mockidp: mockidp_config: unknown setting 'sed'; did you mean 'seed'?*",
            id="server",
        ),
    ],
)
def test_a_mistake_is_one_line_of_the_report(run: Run, source: str, message: str) -> None:
    result = run(f"import pytest\n{source}")
    result.assert_outcomes(errors=1)
    lines = [line for line in result.stdout.lines if line.startswith("mockidp: ")]
    result.stdout.fnmatch_lines([message.replace("[", "[[]")])
    assert len(lines) == 1
    assert not re.search(r"pytest_(plugin|session)\.py", result.stdout.str())
    result.stdout.no_fnmatch_line("*During handling of the above exception*")


def test_the_marker_may_say_which_argument_the_profile_is(run: Run) -> None:
    result = run(
        "import pytest\n"
        "@pytest.mark.mockidp(profile='groupdocs-total', access_token_lifetime=5)\n"
        "def test_it(mockidp): assert mockidp.profile == 'groupdocs-total'\n"
        "@pytest.mark.mockidp('openid', profile='groupdocs-total')\n"
        "def test_twice(mockidp): pass\n"
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["mockidp: @pytest.mark.mockidp takes one profile, not 2"])


def test_a_misspelt_profile_in_the_marker_is_refused_also_where_it_is_not_used(run: Run) -> None:
    result = run(
        "import pytest\n"
        "@pytest.mark.mockidp('groupdoc-total', access_token_lifetime=5)\n"
        "def test_it(mockidp_groupdocs_translation): pass\n"
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["mockidp: *unknown profile 'groupdoc-total'; did you mean*"])


def test_a_test_may_have_a_configuration_with_a_provider_of_its_own(run: Run) -> None:
    result = run("""
        import pytest

        OURS = {"profiles": {"ours": {"extends": "groupdocs-total", "access_token_lifetime": 7}}}

        @pytest.mark.mockidp("ours", config=OURS, limiter_allowed=3)
        def test_marker(mockidp):
            profile = mockidp._lane.profile
            assert (profile.name, profile.access_token.lifetime) == ("ours", 7)
            assert profile.limiter.allowed == 3

        def test_factory(mockidp_factory):
            assert mockidp_factory("ours", config=OURS).profile == "ours"

        class TestFixture:
            @pytest.fixture
            def mockidp_config(self):
                return {"profile": "ours", "config": OURS}

            def test_it(self, mockidp):
                assert mockidp.profile == "ours"
    """)
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("options", "origin"),
    [
        (["--mockidp-profile", "nope"], "--mockidp-profile"),
        (["-o", "mockidp_profile=nope"], "mockidp_profile"),
    ],
    ids=["option", "ini"],
)
def test_an_unknown_profile_names_the_place(run: Run, options: list[str], origin: str) -> None:
    result = run("def test_it(mockidp): pass", *options)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"mockidp: {origin}: unknown profile 'nope'; valid: *"])


def test_a_mistake_on_the_command_line_names_the_option(run: Run) -> None:
    result = run("def test_it(mockidp): pass", "--mockidp-set", "lifetime")
    result.stdout.fnmatch_lines(["mockidp: --mockidp-set: 'lifetime' is not NAME=VALUE*"])


def test_a_mistake_in_a_factory_call_is_a_config_error_at_that_line(run: Run) -> None:
    result = run("""
        import pytest
        from mockidp import ConfigError

        def test_caught(mockidp_factory):
            with pytest.raises(ConfigError, match="unknown setting 'sed'"):
                mockidp_factory(sed=1)

        def test_not_caught(mockidp_factory):
            mockidp_factory(sed=1)
    """)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([">*mockidp_factory(sed=1)", "E *unknown setting 'sed'*"])
    assert not re.search(r"pytest_(plugin|session)\.py", result.stdout.str())
