"""The endpoints of a provider, one file each. A new one is a file here and a line in
``ENDPOINTS``.
"""

from __future__ import annotations

from mockidp.web.endpoints.discovery import Discovery
from mockidp.web.endpoints.endpoint import Endpoint
from mockidp.web.endpoints.jwks import Jwks
from mockidp.web.endpoints.token import Token

ENDPOINTS: tuple[Endpoint, ...] = (Token(), Jwks(), Discovery())
