"""What an authorization request ends with: the client's redirect URI and what it is given there
(RFC 6749, section 4.1.2; OAuth 2.0 Multiple Response Type Encoding Practices, 2.1; OAuth 2.0 Form
Post Response Mode).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl, urlsplit


class Callback(str):
    """The address that the browser is sent to, with the answer in it; it has not been asked for.

    >>> callback = Callback("https://app.example/cb?code=c0de&state=xyz")
    >>> callback.code, callback.state, callback.error
    ('c0de', 'xyz', None)
    >>> callback.redirect_uri
    'https://app.example/cb'

    With ``response_mode=form_post`` it is the redirect URI alone, and ``data`` what the browser
    posts there: ``client.request(callback.method, callback, data=callback.data)`` delivers both
    kinds to the application under test.
    """

    #: The members of the answer; in ``query`` mode also those that the redirect URI itself has.
    params: Mapping[str, str]
    #: As the authorization request sent it; else the address without query and fragment.
    redirect_uri: str
    method: Literal["GET", "POST"]
    #: The form that is posted; None for a redirect.
    data: dict[str, str] | None

    def __new__(
        cls, url: str, *, data: Mapping[str, str] | None = None, redirect_uri: str | None = None
    ) -> Callback:
        made = super().__new__(cls, url)
        parts = urlsplit(url)
        made.data = None if data is None else dict(data)
        made.method = "GET" if data is None else "POST"
        made.redirect_uri = redirect_uri or url.partition("#")[0].partition("?")[0]
        sent = (parts.query, parts.fragment) if data is None else ()
        pairs = [pair for text in sent for pair in parse_qsl(text, keep_blank_values=True)]
        made.params = {**dict(pairs), **(data or {})}
        return made

    @property
    def code(self) -> str | None:
        """The authorization code."""
        return self.params.get("code")

    @property
    def state(self) -> str | None:
        """What the client sent as ``state``."""
        return self.params.get("state")

    @property
    def error(self) -> str | None:
        """The code of a refusal; None when there is none."""
        return self.params.get("error")
