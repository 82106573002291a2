"""The grant types, one file each. A new one is a file here and a line in ``GRANTS``."""

from __future__ import annotations

from mockidp.flows.grant import Grant
from mockidp.flows.grants.client_credentials import ClientCredentials

GRANTS: tuple[Grant, ...] = (ClientCredentials(),)
