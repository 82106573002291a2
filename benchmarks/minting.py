"""Tokens without HTTP: ``issue_token`` beside a bare signature."""

from __future__ import annotations

import statistics
import time

from benchmarks.measure import ROUNDS, Figure, on_processor, processors, signature_seconds
from mockidp import MockIdP

TOKENS = 500


def measure() -> list[Figure]:
    with on_processor(processors()[0]), MockIdP("groupdocs-total") as idp:
        ratios = [_round(idp) for _ in range(ROUNDS + 1)][1:]
    return [Figure("issue_token() in process / one signature", statistics.median(ratios), 1.10)]


def _round(idp: MockIdP) -> float:
    signature = signature_seconds()
    started = time.perf_counter()
    for _ in range(TOKENS):
        idp.issue_token()
    issuing = (time.perf_counter() - started) / TOKENS
    return issuing / ((signature + signature_seconds()) / 2)
