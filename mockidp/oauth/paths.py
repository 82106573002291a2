"""Paths and prefixes, segment by segment (RFC 3986, section 3.3), and the prefix that is ours."""

from __future__ import annotations

#: Below this path are the pages that the real provider does not have.
OWN = "/_mockidp"


def is_below(path: str, prefix: str) -> bool:
    """Whether ``path`` is ``prefix`` or below it.

    >>> is_below("/v2.0/translation/text", "/v2.0/translation")
    True
    >>> is_below("/v2.0/translations", "/v2.0/translation")
    False
    """
    prefix = prefix.rstrip("/")
    return path == prefix or path.startswith(f"{prefix}/")


def fits(path: str, pattern: str) -> bool:
    """Whether ``path`` is what ``pattern`` says, in which ``:name`` stands for one segment.

    >>> fits("/teams/acme-inc/user", "/teams/:team/user")
    True
    >>> fits("/teams/a/b/user", "/teams/:team/user"), fits("/teams//user", "/teams/:team/user")
    (False, False)
    """
    found, wanted = path.split("/"), pattern.split("/")
    return len(found) == len(wanted) and all(
        segment == name or (segment != "" and name.startswith(":"))
        for segment, name in zip(found, wanted, strict=True)
    )
