"""The endpoints of a provider, one file each. A new one is a file here, its name in
``names.ENDPOINTS``, its path in ``profiles.paths`` and its row in ``features.FEATURES``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from mockidp.web.endpoints.endpoint import Endpoint


@cache
def endpoint_of(name: str) -> Endpoint:
    """The endpoint with this name: in the file of that name, the class of that name.

    It is loaded when it is first asked for: most providers have few of them, and most tests need
    fewer.
    """
    module = import_module(f"{__name__}.{name}")
    made: Endpoint = getattr(module, name.title().replace("_", ""))()
    return made
