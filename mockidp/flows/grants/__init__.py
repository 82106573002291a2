"""The grant types, one file each. A new one is a file here and a line in ``GRANTS``, its name in
``names.GRANT_TYPES`` and its row in ``features.FEATURES``.
"""

from __future__ import annotations

from mockidp.flows.grant import Grant
from mockidp.flows.grants.authorization_code import AuthorizationCode
from mockidp.flows.grants.client_credentials import ClientCredentials
from mockidp.flows.grants.device_code import DeviceCode
from mockidp.flows.grants.password import Password
from mockidp.flows.grants.refresh_token import RefreshToken

GRANTS: tuple[Grant, ...] = (
    ClientCredentials(),
    AuthorizationCode(),
    RefreshToken(),
    Password(),
    DeviceCode(),
)
