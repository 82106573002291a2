"""The ``with`` block in which a provider's real host names lead to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

from mockidp.idp.real_hosts import RealHosts
from mockidp.profiles.problems import ConfigError

T = TypeVar("T")


def intercepting(
    user: T, outside: RealHosts, hosts: Sequence[str], *, base_url: str, block_other_hosts: bool
) -> AbstractContextManager[T]:
    """The block of ``user``, a provider or server: it leads these of the real hosts.

    :raises ConfigError: when there are none.
    """
    if not hosts:
        raise ConfigError(
            f"intercept: {user!r} has no real host names to lead here; a profile has them in "
            'routing.serves, e.g. ["login.example.com/"]'
        )
    home = urlsplit(base_url).hostname or ""
    return _block(user, outside, hosts, home, block_other_hosts)


@contextmanager
def _block(
    user: T, outside: RealHosts, hosts: Sequence[str], home: str, block_other_hosts: bool
) -> Iterator[T]:
    from mockidp.hosting.interception import begin

    # One for each block: with it go the connections that were made in the block.
    lane = outside.open_tls_lane()
    try:
        interception = begin(
            lane,
            owner=repr(user),
            hosts=hosts,
            trust=outside.authority.trust,
            block_other_hosts=block_other_hosts,
            allowed=[home],
        )
    except BaseException:
        lane.close()
        raise
    outside.interceptions.append(interception)
    try:
        yield user
    finally:
        outside.interceptions.remove(interception)
        interception.end()
