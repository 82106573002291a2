"""``POST /_mockidp/<profile>/rotate-keys``: new keys (OpenID Connect Core 1.0, 10.1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mockidp.web.admin.action import Controlled


class RotateKeys:
    """``overlap=false`` drops the old keys at once."""

    name = "rotate-keys"
    parameters: Mapping[str, tuple[str, ...]] = MappingProxyType({"overlap": ("true", "false")})

    def run(self, provider: Controlled, given: Mapping[str, str]) -> Mapping[str, Any]:
        return {"kid": provider.rotate_keys(overlap=given.get("overlap") != "false")}
