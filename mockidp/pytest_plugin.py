"""The pytest plugin: fixtures that hand each test a provider of its own, and its journal when the
test fails.

Nothing heavy is imported before a fixture is used, because pytest loads this module in every run of
everybody who has mockidp installed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from mockidp.profiles import PROFILES

if TYPE_CHECKING:
    from mockidp import MockIdP, MockServer
    from mockidp.config.file import ConfigFile
    from mockidp.config.layers import Layer
    from mockidp.control.journal import Journal
    from mockidp.hosting.host import Host

T = TypeVar("T")

_MARK = "@pytest.mark.mockidp"
_MARKER = (
    "mockidp(profile=None, **settings): which provider the mockidp fixture is, and its settings"
)
_thread = pytest.StashKey["Host"]()
_file = pytest.StashKey["ConfigFile"]()
_lanes = pytest.StashKey["list[MockIdP]"]()
_server = pytest.StashKey["MockServer"]()
#: So many exchanges of the server for the whole session are shown below a test that fails.
_SHOWN_OF_SESSION = 20

#: Makes one more provider for the test: ``factory("groupdocs-total", access_token_lifetime=60)``.
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
    if report.failed:
        for idp in item.stash.get(_lanes, []):
            report.sections.append((f"mockidp journal of {idp!r}", _what_happened(idp)))
        item.stash[_lanes] = []  # once, also where the teardown fails after the test
        if report.when == "call" and "mockidp_server" in getattr(item, "fixturenames", ()):
            report.sections.extend(_session_journals(item.config))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    yield
    # The server outlives its tests: what failed in it belongs to the one that has just ended.
    server = item.config.stash.get(_server, None)
    if server is not None:
        _raise_failures(_journals_of(server))


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
    """Makes providers for this test and closes them after it.

    ``mockidp_factory("groupdocs-total", access_token_lifetime=60)``
    """
    with _making(request, mockidp_config) as make:
        yield make


@pytest.fixture
def mockidp(request: pytest.FixtureRequest, mockidp_config: Mapping[str, Any]) -> Iterator[MockIdP]:
    """A provider of this test's own: the generic ``openid``, or the one that the marker names."""
    with _making(request, mockidp_config) as make:
        yield _in_one_line(make)


@pytest.fixture
def mockidp_intercepted(mockidp: MockIdP) -> Iterator[MockIdP]:
    """The ``mockidp`` of this test, which its clients reach under the provider's real host names.

    For a client whose addresses cannot be changed; the marker names the provider::

        @pytest.mark.mockidp("groupdocs-total")
        def test_sdk(mockidp_intercepted): ...

    For another of the test's providers there is ``with idp.intercept():``, which this does.
    """
    with _in_one_line(mockidp.intercept) as idp:
        yield idp


def _fixture_of(profile: str) -> Any:
    def provider(
        request: pytest.FixtureRequest, mockidp_config: Mapping[str, Any]
    ) -> Iterator[MockIdP]:
        with _making(request, mockidp_config) as make:
            yield _in_one_line(lambda: make(profile))

    provider.__doc__ = f"A provider of this test's own: {profile}."
    return pytest.fixture(provider, name=f"mockidp_{profile.replace('-', '_')}")


for _profile in PROFILES:
    # pytest collects fixtures from the attributes of the module.
    globals()[f"mockidp_{_profile.replace('-', '_')}"] = _fixture_of(_profile)


@pytest.fixture(scope="session")
def mockidp_server(
    request: pytest.FixtureRequest, mockidp_config: Mapping[str, Any]
) -> Iterator[MockServer]:
    """All providers on one port for the whole session, like ``mockidp serve``.

    For applications that are started once; ``mockidp_server["openid"]`` is one of the providers.
    """
    from mockidp.idp import MockServer

    config = request.config

    def make() -> MockServer:
        _, configured = _configured(mockidp_config)
        layers = [*_option_layers(config), configured]
        return MockServer(config=_config_file(config), layers=layers)

    with _in_one_line(make) as server:
        config.stash[_server] = server
        yield server
    del config.stash[_server]
    _raise_failures(_journals_of(server))


@contextmanager
def _making(request: pytest.FixtureRequest, config: Mapping[str, Any]) -> Iterator[Factory]:
    """What makes providers for a test, which end with the block; their journals are shown if the
    test fails.
    """
    shown = request.node.stash.setdefault(_lanes, [])
    journals: list[Journal] = []
    with ExitStack() as closing:

        def make(profile: str | None = None, **settings: Any) -> MockIdP:
            __tracebackhide__ = True
            idp = _open(request, config, profile, settings)
            shown.append(idp)
            journals.append(idp.journal)
            closing.callback(idp.close)
            return idp

        yield make
    _raise_failures(journals)


def _in_one_line(make: Callable[[], T]) -> T:
    """What ``make`` makes; a wrong setting is one line of the report, without our frames."""
    from mockidp.profiles.problems import ConfigError

    try:
        return make()
    except ConfigError as problem:
        said = str(problem)
    # Outside the handler, or the report would show the error a second time as its context.
    pytest.fail(f"mockidp: {said}", pytrace=False)


def _open(
    request: pytest.FixtureRequest,
    config: Mapping[str, Any],
    profile: str | None,
    keywords: Mapping[str, Any],
) -> MockIdP:
    __tracebackhide__ = True
    from mockidp.idp import MockIdP
    from mockidp.profiles.problems import ConfigError

    marked_profile, marked = _marked(request.node)
    configured_profile, configured = _configured(config)
    layers = [
        *_option_layers(request.config),
        configured,
        *marked,
        _layer("mockidp_factory", keywords),
    ]
    chosen = (
        profile
        or marked_profile
        or configured_profile
        or request.config.getoption("mockidp_profile")
        or request.config.getini("mockidp_profile")
        or "openid"
    )
    file = _config_file(request.config)
    if profile is not None and marked_profile not in (None, *file.profiles):
        # This provider does not use it, but a misspelt name is never meant.
        raise ConfigError.unknown(_MARK, "profile", marked_profile, file.profiles)
    return MockIdP(
        chosen,
        config=file,
        layers=layers,
        thread=_server_thread(request.config),
    ).start()


def _marked(node: pytest.Item) -> tuple[Any, list[Layer]]:
    """Profile and settings of the markers, the nearest to the test last, because it wins."""
    from mockidp.profiles.problems import ConfigError

    profile: Any = None
    layers: list[Layer] = []
    for mark in reversed(list(node.iter_markers("mockidp"))):
        settings = dict(mark.kwargs)
        named = [*mark.args, *([settings.pop("profile")] if "profile" in settings else ())]
        if len(named) > 1:
            raise ConfigError(f"{_MARK} takes one profile, not {len(named)}")
        profile = named[0] if named else profile
        layers.append(_layer(_MARK, settings))
    return profile, layers


def _configured(config: Mapping[str, Any]) -> tuple[Any, Layer]:
    """Profile and settings of the fixture ``mockidp_config``."""
    from mockidp.profiles.problems import ConfigError

    if not isinstance(config, Mapping):
        raise ConfigError(f"the fixture mockidp_config must return a dict, not {config!r}")
    settings = {name: value for name, value in config.items() if name != "profile"}
    return config.get("profile"), _layer("mockidp_config", settings)


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


def _raise_failures(journals: Iterable[Journal]) -> None:
    """Raise what no handler expected, once."""
    failures: list[BaseException] = []
    for journal in journals:
        failures += journal.failures
        journal.failures.clear()
    if len(failures) > 1:
        raise BaseExceptionGroup("several requests failed in mockidp", failures)
    if failures:
        raise failures[0]


def _journals_of(server: MockServer) -> list[Journal]:
    return [server.journal, *(server[name].journal for name in server)]


def _what_happened(idp: MockIdP) -> str:
    """The journal, and what was expected to happen and did not."""
    waiting = [f"not fired yet, {fault}, {fault.left} to go" for fault in idp.faults.pending]
    return "\n".join([idp.journal.render(), *waiting])


def _session_journals(config: pytest.Config) -> Sequence[tuple[str, str]]:
    server = config.stash.get(_server, None)
    if server is None:
        return ()
    providers = [server[name] for name in server]
    return [
        (
            f"mockidp journal of the session, {idp!r}",
            idp.journal.render(limit=_SHOWN_OF_SESSION),
        )
        for idp in providers
        if len(idp.journal)
    ]
