"""``POST /_mockidp/<profile>/reset``: back to the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mockidp.web.admin.action import Controlled


class Reset:
    """Clients, users, keys, tokens, clock, limits, faults, journal: as at the start."""

    name = "reset"
    parameters: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    def run(self, provider: Controlled, given: Mapping[str, str]) -> Mapping[str, Any]:
        provider.reset()
        return {"reset": True}
