"""An answer as a test writes it: what no server could send is refused where it is written, and not
later by the server (RFC 9110, sections 5 and 6.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

from mockidp.clock import in_calendar
from mockidp.oauth.json_text import to_json
from mockidp.profiles import rules
from mockidp.profiles.problems import ConfigError

#: Statuses whose answers have no content (RFC 9110, 15.3.5, 15.3.6 and 15.4.5).
EMPTY = (204, 205, 304)


def check_status(call: str, status: object) -> int:
    """
    :raises ConfigError: for what is no status of an answer; ``call`` is the place to name.
    """
    if not isinstance(status, int) or isinstance(status, bool):
        raise ConfigError.at(call, "status", status, "must be a whole number from 200 to 599")
    if problem := rules.status(status):
        raise ConfigError.at(call, "status", status, problem)
    return int(status)


def check_headers(call: str, headers: object) -> dict[str, str]:
    """
    :raises ConfigError: for a name or a value that cannot be sent, and for a name that says where
        the answer ends, which is the server's to say.
    """
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ConfigError.at(call, "headers", headers, "must be a table of names and texts")
    for name, value in headers.items():
        if problem := rules.of_text(rules.sent_header, name):
            raise ConfigError.at(call, "headers", name, problem)
        if problem := rules.of_text(rules.header_text, value):
            raise ConfigError.at(call, f"headers.{name}", value, problem)
    return dict(headers)


def check_body(call: str, status: int | None, *, json: Any, body: object) -> bytes | None:
    """The octets of the body; None when there is neither ``json`` nor ``body``.

    :raises ConfigError: for both, for what is no JSON or no text, and for a body where the status
        has none.
    """
    if json is not None and body is not None:
        raise ConfigError(f"{call} takes json or body, not both")
    if json is None and body is None:
        return None
    content = _json(call, json) if body is None else _octets(call, body)
    if content and status in EMPTY:
        key, value = ("json", json) if body is None else ("body", body)
        problem = f"an answer with the status {status} has no body"
        raise ConfigError.at(call, key, value, problem)
    return content


def typed(headers: Mapping[str, str], media_type: str) -> dict[str, str]:
    """The headers with a Content-Type, where they name none."""
    named = any(name.lower() == "content-type" for name in headers)
    return dict(headers) if named else {"Content-Type": media_type, **headers}


def retry_after_text(call: str, value: object) -> str | None:
    """The Retry-After header: seconds or a date (RFC 9110, 10.2.3).

    >>> retry_after_text("faults.next", datetime(2026, 2, 27, 15, 30))
    'Fri, 27 Feb 2026 15:30:00 GMT'

    :raises ConfigError: for anything else.
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return formatdate(in_calendar(moment.timestamp()), usegmt=True)
    text = value
    if isinstance(value, int) and not isinstance(value, bool) and not rules.amount(value):
        text = str(value)
    if isinstance(text, str) and ((text.isascii() and text.isdecimal()) or _is_http_date(text)):
        return text
    wanted = (
        "must be a whole number of seconds, not negative, a datetime, or a date as in "
        "'Fri, 27 Feb 2026 15:30:00 GMT'"
    )
    raise ConfigError.at(call, "retry_after", value, wanted)


def _is_http_date(text: str) -> bool:
    """Whether it is a date in the form that servers send (RFC 9110, 5.6.7)."""
    try:
        return formatdate(parsedate_to_datetime(text).timestamp(), usegmt=True) == text
    except (ValueError, TypeError, IndexError, OverflowError):
        return False


def _json(call: str, value: Any) -> bytes:
    try:
        return to_json(value)
    except (TypeError, ValueError, RecursionError):
        problem = rules.json(value, depth=1) or "must be JSON"
        raise ConfigError.at(call, "json", value, problem) from None


def _octets(call: str, body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    if not isinstance(body, str):
        raise ConfigError.at(call, "body", body, "must be text or bytes; json takes other values")
    try:
        return body.encode()
    except UnicodeEncodeError:
        raise ConfigError.at(call, "body", body, "must be Unicode text") from None
