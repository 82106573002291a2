"""The head of a response waits for the body, so that both leave in one piece, as servers do it: a
client that waits for an answer is woken once.
"""

from __future__ import annotations

import asyncio

# RFC 9110, 15.2: an interim response, such as 100, is not the head of the answer.
_INTERIM = b"HTTP/1.1 1"


class HeldHead:
    """What uvicorn writes one response to, in the place of the transport.

    ASGI asks for that: a server must not start the response before it has something of its body.
    """

    __slots__ = ("_head", "_transport", "has_begun")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None
        self.has_begun = False

    def write(self, data: bytes) -> None:
        """The head is the first that comes; what follows it may be empty."""
        if self.has_begun:
            self._transport.write(data)
        elif self._head is not None:
            self.has_begun = True
            self._transport.write(self._head + data)
        elif data.startswith(_INTERIM):
            self._transport.write(data)
        else:
            self._head = data

    def close(self) -> None:
        """An application that fails between the two has not begun to answer."""
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()
