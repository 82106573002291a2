"""The body of a request as parameters: a form, multipart, or JSON (RFC 6749, appendix B; RFC
7578).
"""

from __future__ import annotations

from collections.abc import Collection

from mockidp.oauth.json_params import parse_json_params
from mockidp.oauth.names import FORM_TYPE, JSON_TYPE, MISLABELLED_TYPE, MULTIPART_TYPE
from mockidp.oauth.params import Params, parse_urlencoded
from mockidp.web.message import Request


def body_type_of(request: Request, known: Collection[str]) -> str:
    """The media type of the body; one of ``names.BODY_TYPES`` when it is one of these."""
    media_type = request.media_type
    if media_type == FORM_TYPE and MISLABELLED_TYPE in known and _is_mislabelled(request):
        return MISLABELLED_TYPE
    return media_type


def read_params(request: Request, body_type: str) -> Params:
    """The parameters of a body of this type.

    :raises OAuthError: ``invalid_request`` when it cannot be read.
    """
    if body_type == FORM_TYPE:
        return parse_urlencoded(request.body)
    if body_type == JSON_TYPE:
        return parse_json_params(request.body)
    from mockidp.web.multipart import parse_multipart  # few requests need it

    _, _, options = (request.header(b"content-type") or "").partition(";")
    return parse_multipart(request.body, f"{MULTIPART_TYPE};{options}")


def _is_mislabelled(request: Request) -> bool:
    """Whether a form is multipart in truth: curl keeps the boundary when the type is set."""
    _, _, options = (request.header(b"content-type") or "").partition(";")
    return "boundary=" in options.lower() and request.body.lstrip().startswith(b"--")
