"""The grant types, one file each. A new one is a file here, its name in ``names.GRANT_TYPES`` and
its row in ``features.FEATURES``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from mockidp.flows.grant import Grant


@cache
def grant_of(grant_type: str) -> Grant:
    """The grant with this name: the class in the file that is called like the end of the name.

    >>> grant_of("urn:ietf:params:oauth:grant-type:device_code").__class__.__name__
    'DeviceCode'

    It is loaded when it is first asked for: most providers have few of them.
    """
    name = grant_type.rpartition(":")[2].replace("-", "_")
    module = import_module(f"{__name__}.{name}")
    made: Grant = getattr(module, name.title().replace("_", ""))()
    return made
