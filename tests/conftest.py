"""What all tests need before the first of them runs."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import mockidp


def pytest_collection_finish() -> None:
    """Import all of the package. pytester forgets at its end what was first imported while it ran,
    and what is then imported again has classes that the rest does not know.
    """
    for module in walk_packages(mockidp.__path__, "mockidp."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
