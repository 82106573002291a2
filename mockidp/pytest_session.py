"""What the fixtures of the plugin do, for one run of pytest; loaded when a test uses the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from mockidp.config.layers import Layer
from mockidp.config.values import parse_assignment
from mockidp.hosting.host import Host
from mockidp.idp import MockIdP, MockServer
from mockidp.idp.configuration import open_config
from mockidp.profiles.problems import ConfigError

if TYPE_CHECKING:
    from mockidp.config.file import ConfigFile
    from mockidp.control.journal import Journal

T = TypeVar("T")

_MARK = "@pytest.mark.mockidp"
_lanes = pytest.StashKey[list[MockIdP]]()
#: So many exchanges of the server for the whole session are shown below a test that fails.
_SHOWN_OF_SESSION = 20


class Session:
    """The providers of a run, the thread they are on, and the server for all tests if there is
    one.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._host = Host()
        self._server: MockServer | None = None

    @contextmanager
    def making(
        self, request: pytest.FixtureRequest, config: Mapping[str, Any]
    ) -> Iterator[Callable[..., MockIdP]]:
        """What makes providers for a test. They end with the block, and their journals are shown if
        the test fails.
        """
        shown = request.node.stash.setdefault(_lanes, [])
        journals: list[Journal] = []
        with ExitStack() as closing:

            def make(profile: str | None = None, **settings: Any) -> MockIdP:
                __tracebackhide__ = True
                idp = self._open(request.node, config, profile, settings)
                shown.append(idp)
                journals.append(idp.journal)
                closing.callback(idp.close)
                return idp

            yield make
        _raise_failures(journals)

    @contextmanager
    def provider(
        self,
        request: pytest.FixtureRequest,
        config: Mapping[str, Any],
        profile: str | None = None,
    ) -> Iterator[MockIdP]:
        """One provider for a test: of this profile, or of the one that the test has chosen. A wrong
        setting ends the test with one line.
        """
        with self.making(request, config) as make:
            yield in_one_line(lambda: make(profile))

    @contextmanager
    def server(self, config: Mapping[str, Any]) -> Iterator[MockServer]:
        """All providers on one port. A wrong setting ends the test with one line."""

        def make() -> MockServer:
            _, configured = _configured(config)
            file, settings = self._file_and_settings([configured])
            return MockServer(config=file, layers=[*self._option_layers(), *settings])

        with in_one_line(make) as self._server:
            yield self._server
        server, self._server = self._server, None
        _raise_failures(_journals_of(server))

    def raise_failures_of_server(self) -> None:
        """The server outlives its tests: what failed in it belongs to the one that just ended."""
        if self._server is not None:
            _raise_failures(_journals_of(self._server))

    def take_report_sections(self, item: pytest.Item, when: str) -> Sequence[tuple[str, str]]:
        """What happened at the providers of a test that failed; a second time, nothing."""
        sections = [
            (f"mockidp journal of {idp!r}", _what_happened(idp))
            for idp in item.stash.get(_lanes, [])
        ]
        item.stash[_lanes] = []
        uses_server = "mockidp_server" in getattr(item, "fixturenames", ())
        if self._server is not None and uses_server and when == "call":
            sections += _session_journals(self._server)
        return sections

    def close(self) -> None:
        """Ends the thread."""
        self._host.close()

    def _open(
        self,
        node: pytest.Item,
        config: Mapping[str, Any],
        profile: str | None,
        keywords: Mapping[str, Any],
    ) -> MockIdP:
        __tracebackhide__ = True
        marked_profile, marked = _marked(node)
        configured_profile, configured = _configured(config)
        file, of_test = self._file_and_settings(
            [configured, *marked, Layer("mockidp_factory", keywords)]
        )
        chosen = "openid"
        for origin, named in (
            ("mockidp_profile", self._config.getini("mockidp_profile")),
            ("--mockidp-profile", self._config.getoption("mockidp_profile")),
            ("mockidp_config", configured_profile),
            (_MARK, marked_profile),
            ("mockidp_factory", profile),
        ):
            # Also where another is used instead: a misspelt name is never meant.
            if isinstance(named, str) and named and named not in file.profiles:
                raise ConfigError.unknown(origin, "profile", named, file.profiles)
            chosen = named or chosen
        layers = [*self._option_layers(), *of_test]
        return MockIdP(chosen, config=file, layers=layers, thread=self._host).start()

    def _file_and_settings(self, layers: Sequence[Layer]) -> tuple[ConfigFile, list[Layer]]:
        """The configuration that the last of them names, or that of the run; and all else that they
        say.
        """
        files = [layer.values["config"] for layer in layers if "config" in layer.values]
        settings = [
            Layer(layer.origin, {k: v for k, v in layer.values.items() if k != "config"})
            for layer in layers
        ]
        return open_config(files[-1]) if files else self._file, settings

    @cached_property
    def _file(self) -> ConfigFile:
        """The configuration file, read once."""
        named = self._config.getoption("mockidp_config")
        if not named and self._config.getini("mockidp_config"):
            named = str(Path(self._config.rootpath, self._config.getini("mockidp_config")))
        return open_config(named, folders=[self._config.rootpath])

    def _option_layers(self) -> list[Layer]:
        return [
            Layer(origin, dict([parse_assignment(text, origin)]))
            for origin, texts in (
                ("mockidp_set", self._config.getini("mockidp_set")),
                ("--mockidp-set", self._config.getoption("mockidp_set")),
            )
            for text in texts
        ]


def in_one_line(make: Callable[[], T]) -> T:
    """What ``make`` makes; a wrong setting is one line of the report, without our frames."""
    try:
        return make()
    except ConfigError as problem:
        said = str(problem)
    # Outside the handler, or the report would show the error a second time as its context.
    pytest.fail(f"mockidp: {said}", pytrace=False)


def _marked(node: pytest.Item) -> tuple[Any, list[Layer]]:
    """Profile and settings of the markers, the nearest to the test last, because it wins."""
    profile: Any = None
    layers: list[Layer] = []
    for mark in reversed(list(node.iter_markers("mockidp"))):
        settings = dict(mark.kwargs)
        named = [*mark.args, *([settings.pop("profile")] if "profile" in settings else ())]
        if len(named) > 1:
            raise ConfigError(f"{_MARK} takes one profile, not {len(named)}")
        profile = named[0] if named else profile
        layers.append(Layer(_MARK, settings))
    return profile, layers


def _configured(config: Mapping[str, Any]) -> tuple[Any, Layer]:
    """Profile and settings of the fixture ``mockidp_config``."""
    if not isinstance(config, Mapping):
        raise ConfigError(f"the fixture mockidp_config must return a dict, not {config!r}")
    settings = {name: value for name, value in config.items() if name != "profile"}
    return config.get("profile"), Layer("mockidp_config", settings)


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


def _session_journals(server: MockServer) -> Iterable[tuple[str, str]]:
    for idp in (server[name] for name in server):
        if len(idp.journal):
            yield (
                f"mockidp journal of the session, {idp!r}",
                idp.journal.render(limit=_SHOWN_OF_SESSION),
            )
