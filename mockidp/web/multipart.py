"""A multipart/form-data body as parameters (RFC 7578), by python-multipart."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.params import Params

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_CITES = "RFC 7578, 4"
_MOST_PARTS = 1000

# The parser warns of every broken body; the answer and the journal say so already.
_SILENT = logging.Logger("mockidp.web.multipart", level=logging.CRITICAL + 1)


def parse_multipart(body: bytes, content_type: str) -> Params:
    """
    :raises OAuthError: ``invalid_request`` for a body that is not multipart or ends too early,
        files, more than 1000 parts, a NUL character, or text that is not UTF-8.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _refusal("Content-Type names no boundary")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks)
        parser.logger = _SILENT
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as problem:
        raise _refusal(f"the multipart body cannot be read: {problem}") from None
    if not parts.is_complete:
        raise _refusal("the multipart body ends before its last boundary")
    try:
        pairs = [(name.decode(), value.decode()) for name, value in parts.pairs]
    except UnicodeDecodeError:
        raise _refusal("a part of the multipart body is not UTF-8") from None
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise _refusal("a part of the multipart body has a NUL character")
    return Params(pairs)


class _Parts:
    """Gathers what the parser finds: headers of the current part, then its bytes."""

    def __init__(self) -> None:
        self.pairs: list[tuple[bytes, bytearray]] = []
        self.is_complete = False
        self._headers: list[tuple[bytearray, bytearray]] = []
        self.callbacks: MultipartCallbacks = {
            "on_part_begin": self._headers.clear,
            "on_header_begin": lambda: self._headers.append((bytearray(), bytearray())),
            "on_header_field": lambda data, start, end: self._headers[-1][0].extend(
                data[start:end]
            ),
            "on_header_value": lambda data, start, end: self._headers[-1][1].extend(
                data[start:end]
            ),
            "on_headers_finished": self._begin_value,
            "on_part_data": lambda data, start, end: self.pairs[-1][1].extend(data[start:end]),
            "on_end": self._end,
        }

    def _begin_value(self) -> None:
        options: dict[bytes, bytes] = {}
        for name, value in self._headers:
            if name.lower() == b"content-disposition":
                _, options = parse_options_header(bytes(value))
        if b"filename" in options:
            raise _refusal("a token request has no files, but a part has a filename")
        if b"name" not in options:
            raise _refusal("a part of the multipart body has no name")  # RFC 7578, 4.2
        if len(self.pairs) == _MOST_PARTS:
            raise _refusal(f"more than {_MOST_PARTS} parts")
        self.pairs.append((options[b"name"], bytearray()))

    def _end(self) -> None:
        self.is_complete = True


def _refusal(hint: str) -> OAuthError:
    return invalid_request(hint, cites=_CITES)
