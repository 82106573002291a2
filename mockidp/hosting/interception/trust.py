"""Trust: a TLS connection to an intercepted host accepts the certificates of the lane's authority,
and no others. Connections to other hosts, and those that verify nothing, are as they were.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

from mockidp.hosting.interception.active import Active
from mockidp.hosting.interception.names import host_name
from mockidp.hosting.interception.patch import Function, Patch, class_in


def patch_trust(active: Active) -> Iterator[Patch]:
    """What `wrap_socket` and `wrap_bio` call, for every client and every context, new or old."""

    # Not wrap_socket and wrap_bio themselves: wrap_socket may shake hands before it returns, and
    # has not yet when it is given a socket that connects later.
    def wrap_socket(original: Function) -> Function:
        def wrap(
            context: ssl.SSLContext,
            sock: Any,
            server_side: bool,
            server_hostname: str | None = None,
            **rest: Any,
        ) -> Any:
            connection = original(context, sock, server_side, server_hostname, **rest)
            return _trusting(active, context, connection, server_side, server_hostname)

        return wrap

    def wrap_bio(original: Function) -> Function:
        def wrap(
            context: ssl.SSLContext,
            incoming: Any,
            outgoing: Any,
            server_side: bool,
            server_hostname: str | None = None,
            **rest: Any,
        ) -> Any:
            connection = original(context, incoming, outgoing, server_side, server_hostname, **rest)
            return _trusting(active, context, connection, server_side, server_hostname)

        return wrap

    kind = class_in("ssl", ssl.SSLContext)
    yield Patch(kind, "_wrap_socket", wrap_socket)
    yield Patch(kind, "_wrap_bio", wrap_bio)


def _trusting(
    active: Active,
    context: ssl.SSLContext,
    connection: Any,
    server_side: bool,
    server_hostname: str | None,
) -> Any:
    if server_side or context.verify_mode is ssl.CERT_NONE:
        return connection
    interception = active.host(host_name(server_hostname))
    if interception is not None:
        twin = _twin(context)
        interception.trust(twin)
        connection.context = twin
    return connection


def _twin(context: ssl.SSLContext) -> ssl.SSLContext:
    """A context without roots for a connection that the user's context has made.

    The connection has taken from that one, and keeps, its versions, options, ALPN, verify flags and
    the host name to check; what OpenSSL reads from the context itself is copied here. The user's
    context is not changed: what is added to its roots could not be taken out again. It cannot be
    asked for a client's certificate, which a lane does not ask for either.
    """
    twin: ssl.SSLContext = class_in("ssl", ssl.SSLContext)(ssl.PROTOCOL_TLS_CLIENT)
    ciphers = [c["name"] for c in context.get_ciphers() if c["protocol"] != "TLSv1.3"]
    if ciphers:
        twin.set_ciphers(f"{':'.join(ciphers)}:@SECLEVEL={context.security_level}")
    if context.keylog_filename is not None:
        twin.keylog_filename = context.keylog_filename
    return twin
