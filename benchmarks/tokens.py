"""Tokens over HTTP: how much of the machine's signing rate is left when a server stands around it."""

from __future__ import annotations

import statistics

from benchmarks.load import put_load
from benchmarks.measure import (
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
    server_processor, load_processor = processors()
    with serving(server_processor) as server:
        rounds = [_round(server, server_processor, load_processor) for _ in range(ROUNDS + 1)][1:]
    sixteen, one, latency, cpu = (statistics.median(values) for values in zip(*rounds, strict=True))
    return [
        Figure("tokens/s / bare RS256 rate, 16 connections", sixteen, 0.68, at_most=False),
        Figure("tokens/s / bare RS256 rate, 1 connection", one, 0.60, at_most=False),
        Figure("median latency / one signature, 1 connection", latency, 1.6),
        Figure("server CPU per token / one signature", cpu, 1.5),
    ]


def _round(
    server: Server, server_processor: int, load_processor: int
) -> tuple[float, float, float, float]:
    with on_processor(server_processor):
        signature = signature_seconds()
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
        cpu / signature,
    )
