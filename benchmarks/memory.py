"""Memory of the server: at start, and what 50,000 tokens leave behind."""

from __future__ import annotations

from benchmarks.load import put_load
from benchmarks.measure import Figure, processors, serving

TOKENS = 50_000


def measure() -> list[Figure]:
    server_processor, load_processor = processors()
    with serving(server_processor) as server:
        start = server.resident_mib()
        # What first tokens and connections load is no growth.
        _load(server.port, server.request, 16, load_processor)
        begun = server.resident_mib()
        # The journal's ring fills with the first thousand, and belongs to the server at rest.
        _load(server.port, server.request, 2000, load_processor)
        before = server.resident_mib()
        _load(server.port, server.request, TOKENS, load_processor)
        after = server.resident_mib()
    return [
        Figure("memory at start", start, 45.0, "MiB"),
        Figure("  after the first tokens", begun, None, "MiB"),
        Figure("memory growth over 50,000 tokens, journal full", after - before, 5.0, "MiB"),
    ]


def _load(port: int, request: bytes, requests: int, processor: int) -> None:
    put_load(port, request, connections=16, requests=requests, processor=processor)
