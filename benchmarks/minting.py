"""Tokens without HTTP: ``issue_token`` beside a bare signature."""

from __future__ import annotations

import statistics
import time

from benchmarks.measure import ROUNDS, Figure, bare_signature, on_processor, processors
from mockidp import MockIdP

TOKENS = 500


def measure() -> list[Figure]:
    with on_processor(processors()[0]), MockIdP("groupdocs-total") as idp:
        ratios = [_round(idp) for _ in range(ROUNDS + 1)][1:]
    return [Figure("issue_token() in process / one signature", statistics.median(ratios), 1.10)]


def _round(idp: MockIdP) -> float:
    before = bare_signature()
    started = time.perf_counter()
    for _ in range(TOKENS):
        idp.issue_token()
    issuing = (time.perf_counter() - started) / TOKENS
    return issuing / ((before.wall + bare_signature().wall) / 2)
