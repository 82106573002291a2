"""The objects users hold: ``MockIdP``, one provider of their own, and ``MockServer``, many on one
port.
"""

from __future__ import annotations

from mockidp.idp.clients import RegisteredClient
from mockidp.idp.provider import MockIdP
from mockidp.idp.server import MockServer

__all__ = ["MockIdP", "MockServer", "RegisteredClient"]
