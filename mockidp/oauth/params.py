"""Request parameters, read strictly (RFC 6749, sections 3.1, 3.2 and appendix B).

Hints made here name parameters and never show a value, because any value may be a secret. A "name"
that does not look like one is not shown either: in a broken body it may be a piece of a secret.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, ItemsView, Iterable, Iterator, Mapping
from typing import TypeVar, overload
from urllib.parse import quote_plus, unquote_plus, unquote_to_bytes

from mockidp.oauth.errors import OAuthError, invalid_request

T = TypeVar("T")

_ENCODING = "RFC 6749, appendix B"
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
#: RFC 3986, 2.3
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")
#: What the name of a parameter looks like; anything else may be a piece of a secret.
PLAUSIBLE_NAME = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,64}")


class Params(Mapping[str, str]):
    """The parameters of one request: the first non-empty value of each name.

    A parameter without a value counts as left out (RFC 6749, 3.2), so it is no member of the
    mapping; `pairs` and `repeated` still know it. Equality is that of mappings, without `pairs`.

    >>> params = Params([("scope", ""), ("scope", "read"), ("state", "")])
    >>> params["scope"], "state" in params, params.repeated
    ('read', False, ('scope',))
    """

    __slots__ = ("_first", "_pairs", "_repeated")

    _first: Mapping[str, str]
    _pairs: tuple[tuple[str, str], ...]
    _repeated: tuple[str, ...]

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs = tuple(pairs)
        self._first = dict(self._pairs)
        self._repeated = ()
        # The common request repeats nothing: two cheap tests spare it both loops.
        if len(self._first) != len(self._pairs):
            counts = Counter(name for name, _ in self._pairs)
            self._repeated = tuple(name for name, count in counts.items() if count > 1)
            self._first = {name: value for name, value in reversed(self._pairs) if value}
        elif "" in self._first.values():
            self._first = {name: value for name, value in self._pairs if value}

    @classmethod
    def of(cls, mapping: Mapping[str, str]) -> Params:
        """The parameters of a mapping, as if each had been sent once."""
        return cls(mapping.items())

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Everything that was sent, in order, empty values included."""
        return self._pairs

    @property
    def repeated(self) -> tuple[str, ...]:
        """The names sent more than once, an empty value counting like any other."""
        return self._repeated

    def every(self, name: str) -> tuple[str, ...]:
        """The non-empty values of a parameter that may be repeated: `resource` (RFC 8707, 2)."""
        return tuple(value for sent, value in self._pairs if sent == name and value)

    def last_wins(self) -> Params:
        """The same with the last value of each name instead of the first, as PHP reads them.

        >>> Params([("scope", "read"), ("scope", "write")]).last_wins()["scope"]
        'write'
        """
        return Params(dict(self._pairs).items()) if self._repeated else self

    def refuse_repeated(self, *, allowed: Collection[str] = ()) -> None:
        """Raise `invalid_request` if a parameter is sent more than once (RFC 6749, 3.1 and 3.2).

        `allowed` names those that an extension lets repeat (`resource`, `audience`: RFC 8693, 2.1).
        """
        refused = [name for name in self._repeated if name not in allowed]
        if not refused:
            return
        counts = Counter(name for name, _ in self._pairs)
        places = {name: place for place, (name, _) in reversed([*enumerate(self._pairs, 1)])}
        said = ", ".join(
            f"{_shown(name, places[name])} is sent {counts[name]} times" for name in refused[:5]
        )
        more = f" (and {len(refused) - 5} more)" if len(refused) > 5 else ""
        raise invalid_request(f"{said}{more}; each may be sent only once", cites="RFC 6749, 3.2")

    def __getitem__(self, name: str) -> str:
        return self._first[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def __contains__(self, name: object) -> bool:
        return name in self._first

    # Mapping.items looks each name up again.
    def items(self) -> ItemsView[str, str]:
        return self._first.items()

    # Mapping.get raises and catches KeyError for an absent parameter, and most are absent.
    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, name: str, default: str, /) -> str: ...
    @overload
    def get(self, name: str, default: T, /) -> str | T: ...
    def get(self, name: str, default: object = None, /) -> object:
        return self._first.get(name, default)

    def __repr__(self) -> str:
        """Names only: a failing test prints this, and values may be secrets."""
        names = (_shown(name, place) for place, (name, _) in enumerate(self._pairs, 1))
        return f"<Params: {', '.join(names) or 'none'}>"


def parse_urlencoded(data: bytes, *, max_fields: int = 1000) -> Params:
    """Read an `application/x-www-form-urlencoded` body or a query string.

    Raises `invalid_request` for text that is not UTF-8, a broken percent escape, NUL in a value,
    a control character in a name, and more than `max_fields` fields. A value may hold other control
    characters: a password may contain a tab.

    >>> parse_urlencoded(b"grant_type=password&username=j%C3%BCrg&scope=read+write&state=")["scope"]
    'read write'
    """
    fields = data.count(b"&") + 1
    if fields > max_fields:
        raise _refusal(data, f"the request has {fields} fields, more than the {max_fields} allowed")
    if b"%" in data and _BROKEN_ESCAPE.search(data):
        raise _refusal(
            data,
            f"{_where(data, _has_broken_escape)} contains a '%' that is not followed by two"
            " hexadecimal digits; a literal percent sign is sent as %25",
        )
    try:
        text = data.decode()
    except UnicodeDecodeError:
        where = _where(data, _has_stray_bytes)
        raise _refusal(data, f"{where} contains raw bytes that are not UTF-8") from None
    try:
        pairs = [_pair(field) for field in text.split("&") if field]
    except UnicodeDecodeError:
        where = _where(data, _has_stray_escapes)
        raise _refusal(data, f"{where} is not UTF-8 after percent-decoding") from None
    for place, (name, value) in enumerate(pairs, 1):
        # isprintable() is the cheap test that nearly every name passes.
        if not name.isprintable() and _CONTROL.search(name):
            raise _refusal(data, f"the name of field {place} contains a control character")
        if "\0" in value:
            raise _refusal(data, f"the value of {_shown(name, place)} contains a NUL character")
    return Params(pairs)


def format_urlencoded(members: Mapping[str, str]) -> str:
    """The same the other way: a query string, or a form.

    >>> format_urlencoded({"code": "SplxlOBe", "iss": "https://idp", "state": "a b"})
    'code=SplxlOBe&iss=https%3A%2F%2Fidp&state=a+b'
    """
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in members.items())


def _encoded(text: str) -> str:
    # Codes, tokens and names are made of these; the standard library takes its time to see that.
    return text if _UNRESERVED.fullmatch(text) else quote_plus(text)


def _pair(field: str) -> tuple[str, str]:
    """A name and its value, which may be missing. Raises `UnicodeDecodeError`."""
    # The standard library's parse_qsl does the same and asks each half more than is needed.
    name, _, value = field.partition("=")
    return _decoded(name), _decoded(value)


def _decoded(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote_to_bytes(text).decode() if "%" in text else text


def _where(data: bytes, is_broken: Callable[[bytes], bool]) -> str:
    # Empty fields ("a=1&&b=2") are not counted, because they are no fields.
    for place, field in enumerate(filter(None, data.split(b"&")), 1):
        name, _, value = field.partition(b"=")
        if is_broken(name):
            return f"the name of field {place}"
        if is_broken(value):
            return f"the value of {_shown(unquote_plus(name.decode(errors='replace')), place)}"
    raise AssertionError("no field is broken")


def _has_broken_escape(part: bytes) -> bool:
    return _BROKEN_ESCAPE.search(part) is not None


def _has_stray_bytes(part: bytes) -> bool:
    try:
        part.decode()
    except UnicodeDecodeError:
        return True
    return False


def _has_stray_escapes(part: bytes) -> bool:
    try:
        unquote_plus(part.decode(), errors="strict")
    except UnicodeDecodeError:
        return True
    return False


def _shown(name: str, place: int) -> str:
    return f"parameter {name!r}" if PLAUSIBLE_NAME.fullmatch(name) else f"field {place}"


def _refusal(data: bytes, hint: str) -> OAuthError:
    # `curl --form` with a form content type set by hand sends exactly this.
    if data.lstrip().startswith(b"--") and b"content-disposition" in data[:1024].lower():
        hint += "; the body looks like multipart/form-data, but it was sent as url-encoded"
    return invalid_request(hint, cites=_ENCODING)
