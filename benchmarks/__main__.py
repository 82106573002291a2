"""``python -m benchmarks [NAME]...``: measures and prints each figure beside its target."""

from __future__ import annotations

import platform
import sys

from benchmarks import code_flow, memory, minting, startup, suite, tokens, unused
from benchmarks.measure import bare_signature

BENCHMARKS = {
    "tokens": tokens.measure,
    "minting": minting.measure,
    "code_flow": code_flow.measure,
    "suite": suite.measure,
    "unused": unused.measure,
    "startup": startup.measure,
    "memory": memory.measure,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; valid: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    chosen = names or list(BENCHMARKS)
    micros = bare_signature().wall * 1e6
    print(f"Python {platform.python_version()}, one RS256 signature {micros:.0f} microseconds")
    for name in chosen:
        for figure in BENCHMARKS[name]():
            print(figure, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
