"""What all tests need before the first of them runs."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

from hypothesis import HealthCheck, settings

import mockidp

# The same examples in each run, and as long as they take: a machine may stand still for a moment.
settings.register_profile(
    "mockidp", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("mockidp")


def pytest_collection_finish() -> None:
    """Import all of the package. pytester forgets at its end what was first imported while it ran,
    and what is then imported again has classes that the rest does not know.
    """
    for module in walk_packages(mockidp.__path__, "mockidp."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
