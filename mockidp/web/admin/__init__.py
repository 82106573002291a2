"""Control over HTTP, for users who are not Python: ``POST /_mockidp/<profile>/<action>``.

One file an action, and a line in ``ACTIONS``. Who may ask is decided in ``door.py`` for all.
"""

from __future__ import annotations

from mockidp.web.admin.action import Action, Controlled
from mockidp.web.admin.reset import Reset
from mockidp.web.admin.rotate_keys import RotateKeys

__all__ = ["ACTIONS", "Action", "Controlled"]

ACTIONS: tuple[Action, ...] = (RotateKeys(), Reset())
