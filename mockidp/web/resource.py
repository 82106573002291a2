"""Where the provider's API says what it is: a protected resource of its own (RFC 9728, section
3.1).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from mockidp.issuer import Place
from mockidp.oauth.paths import is_below
from mockidp.profiles.schema import Profile


def metadata_url(profile: Profile, place: Place, path: str) -> str:
    """Where a client finds the metadata of the API that has this path; "" where it has none."""
    at = profile.protected_resource.path
    prefix = next((prefix for prefix in profile.api.prefixes if is_below(path, prefix)), None)
    if not at or prefix is None:
        return ""
    parts = urlsplit(place.origin)
    # Between the host and the path, whatever part of that is the provider's.
    return f"{parts.scheme}://{parts.netloc}{at}{parts.path}{prefix}"
