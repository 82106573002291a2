"""The pytest plugin: fixtures that hand each test a provider of its own, and its journal when the
test fails.

Nothing heavy is imported before a fixture is used, because pytest loads this module in every run of
everybody who has mockidp installed: what the fixtures do is in ``pytest_session``, which comes with
the first of them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from mockidp.profiles import PROFILES

if TYPE_CHECKING:
    from mockidp import MockIdP, MockServer
    from mockidp.pytest_session import Session

_MARKER = (
    "mockidp(profile=None, **settings): which provider the mockidp fixture is, and its settings"
)
_session = pytest.StashKey["Session"]()

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
    if _session in config.stash:
        config.stash[_session].close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and _session in item.config.stash:
        report.sections += item.config.stash[_session].take_report_sections(item, report.when)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    yield
    if _session in item.config.stash:
        item.config.stash[_session].raise_failures_of_server()


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
    with _session_of(request.config).making(request, mockidp_config) as make:
        yield make


@pytest.fixture
def mockidp(request: pytest.FixtureRequest, mockidp_config: Mapping[str, Any]) -> Iterator[MockIdP]:
    """A provider of this test's own: the generic ``openid``, or the one that the marker names."""
    with _session_of(request.config).provider(request, mockidp_config) as idp:
        yield idp


@pytest.fixture
def mockidp_intercepted(mockidp: MockIdP) -> Iterator[MockIdP]:
    """The ``mockidp`` of this test, which its clients reach under the provider's real host names.

    For a client whose addresses cannot be changed; the marker names the provider::

        @pytest.mark.mockidp("groupdocs-total")
        def test_sdk(mockidp_intercepted): ...

    For another of the test's providers there is ``with idp.intercept():``, which this does.
    """
    from mockidp.pytest_session import in_one_line

    with in_one_line(mockidp.intercept) as idp:
        yield idp


def _fixture_of(profile: str) -> Any:
    def provider(
        request: pytest.FixtureRequest, mockidp_config: Mapping[str, Any]
    ) -> Iterator[MockIdP]:
        with _session_of(request.config).provider(request, mockidp_config, profile) as idp:
            yield idp

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
    with _session_of(request.config).server(mockidp_config) as server:
        yield server


def _session_of(config: pytest.Config) -> Session:
    if _session not in config.stash:
        from mockidp.pytest_session import Session

        config.stash[_session] = Session(config)
    return config.stash[_session]
