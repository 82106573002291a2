"""Tokens over HTTP: how much of the machine's signing rate is left with a server around it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from benchmarks.load import Load, put_load
from benchmarks.measure import (
    BARE_ASGI,
    BARE_STARLETTE,
    MOCKIDP,
    ROUNDS,
    Figure,
    Signature,
    bare_signature,
    on_processor,
    processors,
    serving,
)

REQUESTS = 3000
#: More than the journal keeps.
WARM_UP = 1200


def measure() -> list[Figure]:
    """Each figure, and below it the same one of two bare applications, measured in turns."""
    rounds = [
        [_round(command) for command in (MOCKIDP, BARE_STARLETTE, BARE_ASGI)]
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


def _round(command: Sequence[str]) -> tuple[float, float, float, float]:
    """By a new process: how its objects lie in memory is worth some hundredths."""
    server_processor, load_processor = processors()

    def load(connections: int, requests: int) -> Load:
        return put_load(
            server.port,
            server.request,
            connections=connections,
            requests=requests,
            processor=load_processor,
        )

    def signature() -> Signature:
        with on_processor(server_processor):
            return bare_signature()

    with serving(server_processor, command) as server:
        load(16, WARM_UP)
        before = signature()
        cpu_before = server.cpu_seconds()
        many = load(16, REQUESTS)
        cpu = (server.cpu_seconds() - cpu_before) / many.requests
        between = signature()
        single = load(1, REQUESTS // 2)
        after = signature()
    for_many, for_single = (before.wall + between.wall) / 2, (between.wall + after.wall) / 2
    return (
        many.per_second * for_many,
        single.per_second * for_single,
        single.median_seconds / for_single,
        cpu / ((before.cpu + between.cpu) / 2),
    )
