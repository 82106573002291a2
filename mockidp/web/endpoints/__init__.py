"""The endpoints of a provider, one file each. A new one is a file here and a line in
``ENDPOINTS``.
"""

from __future__ import annotations

from mockidp.profiles.schema import Profile
from mockidp.web.endpoints.authorize import Authorize
from mockidp.web.endpoints.callback import Callback
from mockidp.web.endpoints.check_session import CheckSession
from mockidp.web.endpoints.consent import Consent
from mockidp.web.endpoints.device import Device
from mockidp.web.endpoints.device_authorization import DeviceAuthorization
from mockidp.web.endpoints.discovery import Discovery
from mockidp.web.endpoints.end_session import EndSession
from mockidp.web.endpoints.endpoint import Endpoint
from mockidp.web.endpoints.error import Error
from mockidp.web.endpoints.introspection import Introspection
from mockidp.web.endpoints.jwks import Jwks
from mockidp.web.endpoints.login import Login
from mockidp.web.endpoints.par import Par
from mockidp.web.endpoints.protected_resource import ProtectedResource
from mockidp.web.endpoints.registration import Registration
from mockidp.web.endpoints.revocation import Revocation
from mockidp.web.endpoints.sign_out import SignOut
from mockidp.web.endpoints.token import Token
from mockidp.web.endpoints.userinfo import Userinfo

ENDPOINTS: tuple[Endpoint, ...] = (
    Token(),
    Authorize(),
    Par(),
    Userinfo(),
    Introspection(),
    Revocation(),
    DeviceAuthorization(),
    Device(),
    EndSession(),
    CheckSession(),
    Registration(),
    Jwks(),
    Discovery(),
    ProtectedResource(),
    Login(),
    Consent(),
    SignOut(),
    Error(),
    Callback(),
)


def places_of(profile: Profile) -> list[str]:
    """Where a provider has something, for a hint to who has asked elsewhere."""
    advertised = [endpoint.paths(profile)[:1] for endpoint in ENDPOINTS]
    return [
        *(path for paths in advertised for path in paths),
        *(f"{prefix}/…" for prefix in profile.api.prefixes),
    ]
