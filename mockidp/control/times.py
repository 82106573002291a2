"""How often what a test has ordered holds: the next so many answers, or tokens."""

from __future__ import annotations

from mockidp.profiles.problems import ConfigError

#: More than any test asks for, and no more than can be remembered.
_MOST = 1_000_000


def check_times(call: str, times: object) -> int:
    """
    :raises ConfigError: for what is no number of times; ``call`` is the place to name.
    """
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise ConfigError.at(call, "times", times, "must be a whole number, at least 1")
    if times > _MOST:
        raise ConfigError.at(call, "times", times, f"must be at most {_MOST}")
    return int(times)
