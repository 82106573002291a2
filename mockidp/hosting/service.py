"""What the connections of a lane have in common, and uvicorn's settings for all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Any, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from mockidp.hosting.refusal import Limits, RawHeaders, Refusal
from mockidp.records import dataclass

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from mockidp.hosting.protocol import LaneProtocol

# uvicorn logs what `on_refusal` and `on_error` report. A logger outside the tree, because the
# application under test may be served by uvicorn too and keeps its own logging.
SILENT = logging.Logger("mockidp.hosting", level=logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a connection needs of its lane."""

    app: ASGIApp
    config: Config
    state: ServerState
    limits: Limits
    on_refusal: Callable[[Refusal], None]
    http_date: Callable[[], bytes]
    #: What the answers to refused requests have besides.
    refusal_headers: RawHeaders = ()
    #: Connections that uvicorn has forgotten, and whose sockets asyncio is about to close.
    leaving: set[LaneProtocol] = field(default_factory=set)


async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
    """The application of what has none."""
    raise RuntimeError("each connection has the application of its lane")


def quiet_config(limits: Limits) -> Config:
    """uvicorn's settings for all lanes of a host: no logging, no lifespan, no headers of its own.

    `access_log=False` and a `log_config` would change the process's loggers, so neither is used.
    """

    return Config(
        cast(Any, nobody),
        http=asyncio.Protocol,  # a lane makes its connections itself
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        workers=1,  # keeps uvicorn from reading WEB_CONCURRENCY
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=limits.keep_alive_timeout,
    )
