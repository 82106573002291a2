"""Proxies of the environment: a client that goes through one asks the proxy for the host, and never
looks it up or connects to it itself.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from urllib.request import getproxies_environment

VARIABLES = ("no_proxy", "NO_PROXY")


class Bypass:
    """Exempts hosts from the proxies of the environment; where there are none it changes nothing.

    Most clients read the variables at each request. httpx reads them when a client is made.
    """

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = tuple(hosts)
        self._before = {
            name: os.environ.get(name)
            for name in VARIABLES
            if getproxies_environment().keys() & {"https", "all"} and os.environ.get(name) != "*"
        }
        for name, before in self._before.items():
            os.environ[name] = ",".join([before, *hosts] if before else hosts)

    def remove(self) -> None:
        """Take the hosts out again, from what the variables are by now."""
        for name, before in self._before.items():
            left = os.environ.get(name, "").split(",")
            for host in self._hosts:
                if host in left:
                    left.remove(host)
            if left:
                os.environ[name] = ",".join(left)
            elif before is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = before
