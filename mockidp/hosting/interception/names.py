"""Host names as they are compared, and the loopback address that stands for an intercepted one."""

from __future__ import annotations

import hashlib
import ipaddress


def host_name(host: object) -> str:
    """A host name as it is compared: in lower case (RFC 4343) and without the dot of the root
    (RFC 1034, section 3.1); "" for what is none.
    """
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    return host.lower().removesuffix(".") if isinstance(host, str) else ""


def stand_in(host: str) -> str:
    """The address that names this host while it is intercepted.

    Always the same, because clients remember it (aiohttp for ten seconds): at the next interception
    it leads to the right lane, and to a closed port where there is none. Nothing else is known to
    use this part of 127.0.0.0/8, which never leaves a machine (RFC 1122, section 3.2.1.3).
    """
    first, *rest = hashlib.sha256(host.encode()).digest()[:3]
    return ".".join(map(str, (127, 64 + first % 64, *rest)))


def is_local(host: str) -> bool:
    """Whether connecting to this name or address stays on the machine (RFC 6761, section 6.3)."""
    if host in {"", "localhost"} or host.endswith(".localhost"):
        return True
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address is not None and (address.is_loopback or address.is_unspecified)


def is_address(host: str) -> bool:
    """Whether it needs no look-up."""
    return _address(host) is not None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
