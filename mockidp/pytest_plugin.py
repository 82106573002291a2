"""The pytest plugin: fixtures that hand each test a provider of its own, and its journal when the
test fails.

Nothing heavy is imported before a fixture is used, because pytest loads this module in every run of
everybody
who has mockidp installed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mockidp.profiles import PROFILES

if TYPE_CHECKING:
    from mockidp import MockIdP, MockServer
    from mockidp.config.file import ConfigFile
    from mockidp.config.layers import Layer
    from mockidp.hosting.host import Host

_MARKER = (
    "mockidp(profile=None, **settings): which provider the mockidp fixture is, and its settings"
)
_thread = pytest.StashKey["Host"]()
_file = pytest.StashKey["ConfigFile"]()
_lanes = pytest.StashKey["list[MockIdP]"]()

#: Makes one more provider for the test: ``mockidp_factory("groupdocs-total",
#: access_token_lifetime=60)``.
Factory = Callable[..., "MockIdP"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mockidp", "mockidp: an identity provider for tests")
    group.addoption("--mockidp-config", metavar="FILE", help="a mockidp.toml to use")
    group.addoption(
        "--mockidp-profile", metavar="NAME", help="the provider that the mockidp fixture is"
    )
    group.addoption(
        "--mockidp-set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a setting of all providers",
    )
    parser.addini("mockidp_config", "a mockidp.toml to use, relative to the rootdir")
    parser.addini("mockidp_profile", "the provider that the mockidp fixture is")
    parser.addini("mockidp_set", "settings of all providers, NAME=VALUE a line", type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


def pytest_unconfigure(config: pytest.Config) -> None:
    thread = config.stash.get(_thread, None)
    if thread is not None:
        thread.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        for idp in item.stash.get(_lanes, []):
            report.sections.append((f"mockidp journal of {idp!r}", idp.journal.render()))
    return report


@pytest.fixture(scope="session")
def mockidp_config() -> Mapping[str, Any]:
    """Settings of every provider in the tests that see this fixture: override it and return a dict.

    Its keys are the keywords of ``MockIdP``; ``profile`` names the provider that ``mockidp`` is.
    """
    return {}


@pytest.fixture
def mockidp_factory(
    request: pytest.FixtureRequest, mockidp_config: Mapping[str, Any]
) -> Iterator[Factory]:
    """Makes providers for this test and closes them after it: ``mockidp_factory(profile,
    **settings)``.
    """
    made: list[MockIdP] = []
    request.node.stash[_lanes] = made

    def make(profile: str | None = None, **settings: Any) -> MockIdP:
        idp = _open(request, mockidp_config, profile, settings)
        made.append(idp)
        return idp

    yield make
    for idp in made:
        idp.close()
    for idp in made:
        _raise_failures(idp)


@pytest.fixture
def mockidp(mockidp_factory: Factory) -> MockIdP:
    """A provider of this test's own: the generic ``openid``, or the one that the marker names."""
    return mockidp_factory()


def _fixture_of(profile: str) -> Any:
    def provider(mockidp_factory: Factory) -> MockIdP:
        return mockidp_factory(profile)

    provider.__doc__ = f"A {profile} provider of this test's own."
    return pytest.fixture(provider, name=f"mockidp_{profile.replace('-', '_')}")


for _profile in PROFILES:
    # pytest collects fixtures from the attributes of the module.
    globals()[f"mockidp_{_profile.replace('-', '_')}"] = _fixture_of(_profile)


@pytest.fixture(scope="session")
def mockidp_server(
    request: pytest.FixtureRequest, mockidp_config: Mapping[str, Any]
) -> Iterator[MockServer]:
    """All providers on one port for the whole session, like ``mockidp serve``: for applications
    started once.
    """
    from mockidp.idp import MockServer

    settings = {name: value for name, value in mockidp_config.items() if name != "profile"}
    layers = [*_option_layers(request.config), _layer("mockidp_config", settings)]
    with MockServer(config=_config_file(request.config), layers=layers) as server:
        yield server
        for name in server:
            _raise_failures(server[name])


def _open(
    request: pytest.FixtureRequest,
    config: Mapping[str, Any],
    profile: str | None,
    keywords: Mapping[str, Any],
) -> MockIdP:
    from mockidp.idp import MockIdP

    marked_profile, marked = _marked(request.node)
    settings = {name: value for name, value in config.items() if name != "profile"}
    layers = [
        *_option_layers(request.config),
        _layer("mockidp_config", settings),
        _layer("@pytest.mark.mockidp", marked),
        _layer("mockidp_factory", keywords),
    ]
    chosen = (
        profile
        or marked_profile
        or config.get("profile")
        or request.config.getoption("mockidp_profile")
        or request.config.getini("mockidp_profile")
        or "openid"
    )
    return MockIdP(
        chosen,
        config=_config_file(request.config),
        layers=layers,
        thread=_server_thread(request.config),
    ).start()


def _marked(node: pytest.Item) -> tuple[str | None, dict[str, Any]]:
    """Profile and settings of the markers, those nearest to the test winning."""
    profile: str | None = None
    settings: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers("mockidp"))):
        if len(mark.args) > 1:
            raise pytest.UsageError(f"@pytest.mark.mockidp takes one profile, not {len(mark.args)}")
        profile = mark.args[0] if mark.args else profile
        settings.update(mark.kwargs)
    return profile, settings


def _layer(origin: str, values: Mapping[str, Any]) -> Layer:
    from mockidp.config.layers import Layer

    return Layer(origin, values)


def _option_layers(config: pytest.Config) -> list[Layer]:
    from mockidp.config.values import parse_assignment

    return [
        _layer(origin, dict([parse_assignment(text, origin)]))
        for origin, texts in (
            ("mockidp_set", config.getini("mockidp_set")),
            ("--mockidp-set", config.getoption("mockidp_set")),
        )
        for text in texts
    ]


def _config_file(config: pytest.Config) -> ConfigFile:
    """The configuration file of the session, read once."""
    from mockidp.idp.configuration import open_config

    if _file not in config.stash:
        named = config.getoption("mockidp_config")
        if not named and config.getini("mockidp_config"):
            named = str(Path(config.rootpath, config.getini("mockidp_config")))
        config.stash[_file] = open_config(named, folders=[config.rootpath])
    return config.stash[_file]


def _server_thread(config: pytest.Config) -> Host:
    """The one thread on which all providers of the session run."""
    from mockidp.hosting.host import Host

    if _thread not in config.stash:
        config.stash[_thread] = Host()
    return config.stash[_thread]


def _raise_failures(idp: MockIdP) -> None:
    failures = idp.journal.failures
    if failures:
        raise failures[0]
