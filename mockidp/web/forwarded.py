"""What trusted proxies say of a request: the address that their client has asked, and the client's
own (RFC 7239; X-Forwarded-For, -Proto, -Host and -Prefix where there is no such header).

Whoever is not configured as a proxy is not asked: anybody can send these headers.
"""

from __future__ import annotations

import re

from starlette.types import Scope

from mockidp.addresses import Forwarded, Place
from mockidp.issuer import Issuer
from mockidp.records import dataclass
from mockidp.web.message import RawHeaders, host_of

#: Any of these means that a proxy has passed the request on.
HEADERS = (
    b"forwarded",
    b"x-forwarded-for",
    b"x-forwarded-proto",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-prefix",
)

#: RFC 7239, section 4; hosts with ports are quoted, and many proxies forget it.
_PAIR = re.compile(
    r"(?P<name>[\w-]+)=(?:(?P<plain>[^\s\",;=]+)|\"(?P<quoted>[^\"\\]*)\")", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a request is asked, and from which address."""

    place: Place
    ip: str | None


def asked(lane: Issuer, scope: Scope) -> Asked:
    """The lane's place that a request means."""
    client = scope.get("client")
    ip: str | None = client[0] if client else None
    if not lane.has_proxies or ip is None or not lane.trusts(ip):
        return Asked(lane.place(host_of(scope)), ip)
    headers: RawHeaders = scope["headers"]
    steps = _forwarded(headers) or _x_forwarded(headers)
    # Each proxy adds its step at the end. The outermost that is trusted has seen the client.
    seen: dict[str, str] = {}
    for step in reversed(steps):
        seen = {**seen, **step}
        ip = _address(step.get("for", "")) or ip
        if not lane.trusts(ip):
            break
    prefix = _last(headers, b"x-forwarded-prefix")
    if not steps and not prefix:  # not passed on, but asked by the proxy's machine itself
        return Asked(lane.place(host_of(scope)), ip)
    said = Forwarded(
        scheme=seen.get("proto") or scope["scheme"],
        host=_with_port(seen.get("host", host_of(scope)), _last(headers, b"x-forwarded-port")),
        prefix=prefix,
    )
    return Asked(lane.place_behind(said), ip)


def was_forwarded(headers: RawHeaders) -> bool:
    """Whether a request says that it came through a proxy, trusted or not."""
    return any(name in HEADERS for name, _ in headers)


def _forwarded(headers: RawHeaders) -> list[dict[str, str]]:
    """The elements of the Forwarded headers, in their order (RFC 7239, section 4); none of a
    header that breaks its grammar: who knows what the proxy has seen?
    """
    text = ",".join(value.decode("latin-1") for name, value in headers if name == b"forwarded")
    elements = [element.strip() for element in text.split(",") if element.strip()]
    steps = [_element(element) for element in elements]
    return [step for step in steps if step is not None] if None not in steps else []


def _element(text: str) -> dict[str, str] | None:
    """The pairs of one element; None where it has others, or one twice."""
    found: dict[str, str] = {}
    for pair in text.split(";"):
        match = _PAIR.fullmatch(pair.strip())
        if match is None or match["name"].lower() in found:
            return None
        found[match["name"].lower()] = match["plain"] or match["quoted"] or ""
    return found


def _x_forwarded(headers: RawHeaders) -> list[dict[str, str]]:
    """The same from the lists of the older headers, which grow at the end too."""
    lists = {
        "for": _list(headers, b"x-forwarded-for"),
        "proto": _list(headers, b"x-forwarded-proto"),
        "host": _list(headers, b"x-forwarded-host"),
    }
    length = max(map(len, lists.values()))
    # A shorter list is one that only the last proxies have written.
    return [
        {
            name: values[place - length]
            for name, values in lists.items()
            if length - place <= len(values)
        }
        for place in range(length)
    ]


def _list(headers: RawHeaders, wanted: bytes) -> list[str]:
    text = ",".join(value.decode("latin-1") for name, value in headers if name == wanted)
    return [item.strip() for item in text.split(",") if item.strip()]


def _with_port(host: str, port: str) -> str:
    has_port = host.rpartition(":")[2].isdecimal() and not host.endswith("]")
    is_port = port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65536
    return host if has_port or not is_port else f"{host}:{port}"


def _last(headers: RawHeaders, wanted: bytes) -> str:
    return next(reversed(_list(headers, wanted)), "")


def _address(text: str) -> str:
    """An address without its port (RFC 7239, section 6)."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
