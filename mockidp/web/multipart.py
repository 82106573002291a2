"""A multipart/form-data body as parameters (RFC 7578), by python-multipart."""

from __future__ import annotations

from io import BytesIO

from python_multipart import parse_form
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File

from mockidp.oauth.errors import invalid_request
from mockidp.oauth.params import Params

_CITES = "RFC 7578, 4"
_MOST_PARTS = 1000


def parse_multipart(body: bytes, content_type: str) -> Params:
    """
    :raises OAuthError: ``invalid_request`` for a body that is not multipart, files, or text that is
        not UTF-8.
    """
    fields: list[Field] = []
    files: list[File] = []
    try:
        parse_form(
            {"Content-Type": content_type.encode("latin-1")},
            BytesIO(body),
            fields.append,
            files.append,
        )
    except (FormParserError, ValueError) as problem:
        raise invalid_request(
            f"the multipart body cannot be read: {problem}", cites=_CITES
        ) from None
    if files:
        raise invalid_request(
            "a token request has no files, but a part has a filename", cites=_CITES
        )
    if len(fields) > _MOST_PARTS:
        raise invalid_request(f"more than {_MOST_PARTS} parts", cites=_CITES)
    try:
        pairs = [
            ((field.field_name or b"").decode(), (field.value or b"").decode()) for field in fields
        ]
    except UnicodeDecodeError:
        raise invalid_request("a part of the multipart body is not UTF-8", cites=_CITES) from None
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise invalid_request("a part of the multipart body has a NUL character", cites=_CITES)
    return Params(pairs)
