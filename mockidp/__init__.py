"""mockidp: the identity provider your tests deserve.

An OAuth 2.0 and OpenID Connect server for tests and offline development. ``MockIdP`` is one
provider, ``MockServer`` many on one port; pytest fixtures and the command ``mockidp serve`` give
the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["ConfigError", "MockIdP", "MockServer", "RegisteredClient", "__version__"]

if TYPE_CHECKING:
    from mockidp.idp import MockIdP, MockServer, RegisteredClient
    from mockidp.profiles.problems import ConfigError

_HOMES = {
    "ConfigError": "mockidp.profiles.problems",
    "MockIdP": "mockidp.idp",
    "MockServer": "mockidp.idp",
    "RegisteredClient": "mockidp.idp",
}


def __getattr__(name: str) -> Any:
    # Lazy, because pytest imports the package in every run of everybody who has it installed.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
