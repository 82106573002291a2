"""Tokens over HTTP: how much of the machine's signing rate is left with a server around it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable

from benchmarks.load import put_load
from benchmarks.measure import (
    BARE_ASGI,
    BARE_STARLETTE,
    ROUNDS,
    Figure,
    Server,
    on_processor,
    processors,
    serving,
    signature_seconds,
)

REQUESTS = 3000


def measure() -> list[Figure]:
    """Each figure, and below it the same one of two bare applications, measured in turns."""
    server_processor, load_processor = processors()
    with (
        serving(server_processor) as ours,
        serving(server_processor, BARE_STARLETTE) as starlette,
        serving(server_processor, BARE_ASGI) as asgi,
    ):
        rounds = [
            [_round(server, server_processor, load_processor) for server in (ours, starlette, asgi)]
            for _ in range(ROUNDS + 1)
        ][1:]
    medians = [_medians(kind) for kind in zip(*rounds, strict=True)]
    what = [
        ("tokens/s / bare RS256 rate, 16 connections", 0.68, False),
        ("tokens/s / bare RS256 rate, 1 connection", 0.60, False),
        ("median latency / one signature, 1 connection", 1.6, True),
        ("server CPU per token / one signature", 1.5, True),
    ]
    return [
        figure
        for (name, target, at_most), our, starlettes, asgis in zip(what, *medians, strict=True)
        for figure in (
            Figure(name, our, target, at_most=at_most),
            Figure("  the same of a bare Starlette application", starlettes, None),
            Figure("  the same of a bare ASGI callable", asgis, None),
        )
    ]


def _medians(rounds: Iterable[tuple[float, ...]]) -> list[float]:
    return [statistics.median(values) for values in zip(*rounds, strict=True)]


def _round(
    server: Server, server_processor: int, load_processor: int
) -> tuple[float, float, float, float]:
    with on_processor(server_processor):
        signature = signature_seconds()
        cpu_signature = signature_seconds(clock=time.process_time)
    before = server.cpu_seconds()
    many = put_load(
        server.port, server.request, connections=16, requests=REQUESTS, processor=load_processor
    )
    cpu = (server.cpu_seconds() - before) / many.requests
    single = put_load(
        server.port, server.request, connections=1, requests=REQUESTS // 2, processor=load_processor
    )
    with on_processor(server_processor):
        signature = (signature + signature_seconds()) / 2
    return (
        many.per_second * signature,
        single.per_second * signature,
        single.median_seconds / signature,
        cpu / cpu_signature,
    )
