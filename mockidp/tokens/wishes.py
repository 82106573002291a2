"""What an authentication request asks of the claims besides scopes: single ones, in which
languages, and in which class the user signs in (OpenID Connect Core 1.0, sections 3.1.2.1, 5.2 and
5.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from mockidp.model.artifact import JSON
from mockidp.records import dataclass

#: What a claim is asked for with: `essential`, `value`, `values`; None: nothing of it.
Asked = Mapping[str, Mapping[str, JSON] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The single claims by name, for each of the two places."""

    id_token: Asked = field(default_factory=dict)
    userinfo: Asked = field(default_factory=dict)
    #: Language tags, the favourite first.
    locales: tuple[str, ...] = ()
    #: The `acr` of the ID token.
    acr: str | None = None

    def to_data(self) -> dict[str, JSON]:
        """For the codes and tokens that come of the request; empty where it asks for nothing."""
        if self is NO_WISHES:  # as nearly always
            return {}
        parts: dict[str, JSON] = {
            "id_token": dict(self.id_token),
            "userinfo": dict(self.userinfo),
            "locales": list(self.locales),
            "acr": self.acr,
        }
        kept = {name: part for name, part in parts.items() if part}
        return {"wishes": kept} if kept else {}


#: Of a request that asks for nothing of the kind.
NO_WISHES = Wishes()


def wishes_in(data: Mapping[str, Any]) -> Wishes:
    """What ``to_data`` has kept.

    >>> wishes_in(Wishes(userinfo={"name": None}, acr="1").to_data()).userinfo
    {'name': None}
    """
    kept = data.get("wishes")
    if not isinstance(kept, Mapping):
        return NO_WISHES
    return Wishes(
        id_token=kept.get("id_token", {}),
        userinfo=kept.get("userinfo", {}),
        locales=tuple(kept.get("locales", ())),
        acr=kept.get("acr"),
    )


def fits(value: object, asked: Mapping[str, JSON] | None) -> bool:
    """Whether a claim is what it was asked to be (OpenID Connect Core 1.0, 5.5.1).

    >>> fits("a", None), fits("a", {"value": "b"}), fits("a", {"values": ["b", "a"]})
    (True, False, True)
    """
    if asked is None:
        return True
    if "value" in asked and value != asked["value"]:
        return False
    values = asked.get("values")
    return not isinstance(values, list | tuple) or value in values
