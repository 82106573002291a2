"""What a provider and a server have in common for clients whose host names cannot be changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Self

from mockidp.idp.interception import intercepting
from mockidp.idp.real_hosts import RealHosts


class HardCodedHosts(ABC):
    """The doors at which real host names lead to what runs here."""

    __slots__ = ()

    _outside: RealHosts | None

    @property
    @abstractmethod
    def base_url(self) -> str: ...

    @property
    @abstractmethod
    def real_names(self) -> tuple[str, ...]: ...

    def intercept(self, *, block_other_hosts: bool = False) -> AbstractContextManager[Self]:
        """Lead the real host names here, for clients whose addresses cannot be changed: in the
        block, https requests of this process to them are answered by this provider; of two in a
        server that are on one host, the one with the longer path prefix.

        >>> import json
        >>> from mockidp import MockIdP
        >>> from urllib.request import urlopen
        >>> address = "https://api.groupdocs.cloud/.well-known/openid-configuration"
        >>> with MockIdP("groupdocs-total") as idp, idp.intercept():
        ...     with urlopen(address) as answer:
        ...         json.load(answer)["issuer"]
        'https://api.groupdocs.cloud'

        It works with whatever uses Python's ``socket`` and ``ssl``, in ``async`` tests too, made
        before the block or in it, and with certificates verified: in the block these hosts are
        trusted with certificates of a throw-away CA and no others, also by a client that brings a
        CA file of its own. Leaving puts everything back. Blocks can be nested, and the innermost
        answers; threads can have blocks of different hosts at the same time.

        :param block_other_hosts: refuse connections to all hosts but these and this machine, in
            the whole process.
        :raises ConfigError: when there are no real host names.
        :raises RuntimeError: before ``start`` and after ``close``; on entering, when another
            thread intercepts one of the hosts.
        """
        return intercepting(
            self,
            self._real_hosts,
            self.real_names,
            base_url=self.base_url,
            block_other_hosts=block_other_hosts,
        )

    @property
    def proxy_url(self) -> str:
        """An HTTP proxy that leads https requests for the real host names here, and refuses all
        others; opened when first asked for.

        :raises RuntimeError: before ``start`` and after ``close``.
        """
        return self._real_hosts.open_proxy().origin

    @property
    def ca_pem(self) -> str:
        """The CA that signs the certificates of https lanes, for
        ``ssl.create_default_context(cadata=idp.ca_pem)``.

        :raises RuntimeError: before ``start`` and after ``close``.
        """
        return self._real_hosts.authority.pem.decode()

    @property
    def ca_file(self) -> str:
        """The same as a file, for ``requests.get(url, verify=idp.ca_file)``; removed by
        ``close``.

        :raises RuntimeError: before ``start`` and after ``close``.
        """
        return str(self._real_hosts.files.ca)

    def environment(self) -> dict[str, str]:
        """Variables that make a child process reach this provider under its real https addresses.

        >>> import os, subprocess, sys
        >>> from mockidp import MockIdP
        >>> program = "from urllib.request import urlopen as get; " + (
        ...     "print(get('https://api.groupdocs.cloud/.well-known/openid-configuration').status)"
        ... )
        >>> with MockIdP("groupdocs-total") as idp:
        ...     environment = {**os.environ, **idp.environment()}
        ...     run = [sys.executable, "-c", program]
        ...     subprocess.run(run, env=environment, capture_output=True, text=True).stdout
        '200\\n'

        ``HTTPS_PROXY`` (curl, git, Python, Go, Ruby, PHP's curl, .NET …; Node from 24 on, told by
        ``NODE_USE_ENV_PROXY``) names ``proxy_url``. ``SSL_CERT_FILE`` (OpenSSL, Go, Ruby),
        ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE``, ``NODE_EXTRA_CA_CERTS`` and the like make them
        trust its CA beside the public ones; ``mockidp.idp.environment`` has them all, and who
        reads each. Java reads none of them.

        :raises RuntimeError: before ``start`` and after ``close``.
        """
        return self._real_hosts.environment()

    @property
    def _real_hosts(self) -> RealHosts:
        if self._outside is None:
            raise RuntimeError(
                f"{self!r} is not running: use it as a context manager, or call start()"
            )
        return self._outside
