"""The throw-away certificate authority of a host: certificates for the names that its lanes answer
for (RFC 5280, RFC 9525), and what makes a client trust them.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence
from pathlib import Path

#: What every certificate without a name of its own is for: clients on this machine.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Authority:
    """A certificate authority that exists in memory, as long as its host.

    Its certificates are valid from 2000 to 2999, because clients compare them with the time of the
    C library, which no frozen test changes, and a test may also run under libfaketime.

    >>> authority = Authority()
    >>> server = authority.server_context(["api.example.com"])
    >>> client = ssl.create_default_context()
    >>> authority.trust(client)
    """

    def __init__(self) -> None:
        # Not at the top: with it comes the X.509 half of cryptography.
        import trustme

        self._ca = trustme.CA(organization_name="mockidp", organization_unit_name="throw-away CA")
        self._lock = threading.Lock()
        self._certified: dict[tuple[str, ...], ssl.SSLContext] = {}
        #: The certificate of the authority, for clients that are given one.
        self.pem: bytes = self._ca.cert_pem.bytes()

    def server_context(
        self, names: Sequence[str], *, own: ssl.SSLContext | None = None
    ) -> ssl.SSLContext:
        """What a lane needs to answer for these host names, and for this machine's own.

        A client that asks for one of the names (SNI: RFC 6066, section 3) is shown a certificate
        for that name alone, as the real host would; all others one for all names and loopback, or
        the `own` one. Raises ValueError for what can be no host name.
        """
        known = tuple(dict.fromkeys(name.lower() for name in names))

        def pick(
            connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext
        ) -> None:
            if name is not None and name.lower() in known:
                connection.context = self._certify(name.lower())

        context = own or self._certify(*dict.fromkeys((*LOOPBACK, *known)))
        context.sni_callback = pick
        return context

    def trust(self, context: ssl.SSLContext) -> None:
        """Let a client's context accept the certificates of this authority beside its own."""
        context.load_verify_locations(cadata=self.pem.decode())

    def bundle(self) -> bytes:
        """The public roots of this machine and this authority, for a file that replaces the roots
        of a program instead of adding to them.
        """
        return public_roots() + self.pem

    def _certify(self, *names: str) -> ssl.SSLContext:
        """A context with one certificate for these names; made once."""
        with self._lock:
            context = self._certified.get(names)
            if context is None:
                context = self._certified[names] = self._made(names)
            return context

    def _made(self, names: tuple[str, ...]) -> ssl.SSLContext:
        context = _server_context()
        try:
            certificate = self._ca.issue_cert(*names, organization_name="mockidp")
        except ValueError as problem:  # IDNA's refusal is one
            raise ValueError(f"no certificate for {', '.join(names)}: {problem}") from None
        certificate.configure_cert(context)
        return context


def own_context(certificate: str, key: str | None) -> ssl.SSLContext:
    """What a lane needs to answer with a certificate of the user's own: PEM files, of which the
    first may hold the key too. An encrypted key is refused, because nobody could be asked.

    Raises OSError for a file that cannot be read, ValueError for what is no certificate or not its
    key.
    """

    def refuse() -> str:
        raise ValueError("the key is encrypted")

    for path in (certificate, key or certificate):
        Path(path).expanduser().read_bytes()  # ssl does not say which of the two is missing
    context = _server_context()
    try:
        context.load_cert_chain(
            Path(certificate).expanduser(), Path(key).expanduser() if key else None, refuse
        )
    except ssl.SSLError as problem:
        raise ValueError(problem.reason or "a certificate or a key is missing") from None
    return context


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    # A session of one lane is not resumed at another; and a client that closes without reading has
    # no unread tickets, which would reset the connection.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    return context


def public_roots() -> bytes:
    """The certificate authorities that this machine trusts, in PEM; empty where there are none."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return Path(paths.cafile).read_bytes().rstrip() + b"\n"
    # Windows keeps them in stores, which a context can list.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    found = context.get_ca_certs(binary_form=True)
    if not found and paths.capath:
        return b"".join(path.read_bytes() for path in sorted(Path(paths.capath).glob("*.pem")))
    return "".join(map(ssl.DER_cert_to_PEM_cert, found)).encode()
