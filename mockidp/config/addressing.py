"""What the options about a lane's addresses may hold: where clients see it, below which path it is,
and whose word about that is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from types import MappingProxyType
from urllib.parse import urlsplit

from mockidp.oauth.uris import issuer_problem
from mockidp.profiles.problems import ConfigError

_SEGMENTS = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
#: Below these are the documents about an issuer (RFC 8615), and our own pages.
_TAKEN = (".well-known", "_mockidp")


def texts(origin: str, name: str, value: object) -> list[str]:
    """A list of texts; in a variable it may be written with commas.

    :raises ConfigError: for what is no such list, or holds what the option cannot mean.
    """
    if isinstance(value, str):
        value = [text.strip() for text in value.split(",") if text.strip()]
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ConfigError.at(origin, name, value, "must be a list of texts")
    for item in value:
        if problem := TEXTS[name](item):
            raise ConfigError.at(origin, name, item, problem)
    return [*value]


def base_path_problem(path: str) -> str:
    """Why an issuer cannot be below this path; "" when it can."""
    if not _SEGMENTS.fullmatch(path):
        return "must be a path such as /tenant/a, without a slash at its end"
    first = path.split("/")[1]
    return f"must not begin with /{first}" if first in _TAKEN else ""


def _public_problem(address: str) -> str:
    try:
        scheme = urlsplit(address).scheme
    except ValueError:  # brackets that do not match, as in "https://["
        scheme = ""
    problem = "no http:// or https:// address" if scheme not in ("http", "https") else None
    problem = problem or issuer_problem(address)
    return f"must be as in https://idp.example:8443 ({problem})" if problem else ""


def _proxy_problem(network: str) -> str:
    try:
        ip_network(network)
    except ValueError as problem:
        return f"must be an address or a network such as 10.0.0.0/8 ({problem})"
    return ""


#: The options that are lists of texts: what is wrong with one of them, or "".
TEXTS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"public": _public_problem, "trusted_proxies": _proxy_problem}
)
