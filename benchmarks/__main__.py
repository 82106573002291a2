"""``python -m benchmarks [NAME]...``: measures and prints each figure beside its target.

Where OpenSSL signs with AVX-512 IFMA, what is a ratio to a signature is measured a second time
without.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys

from benchmarks import code_flow, memory, minting, startup, suite, tokens, unused
from benchmarks.measure import WITHOUT_IFMA, has_ifma, signature_seconds

BENCHMARKS = {
    "tokens": tokens.measure,
    "minting": minting.measure,
    "code_flow": code_flow.measure,
    "suite": suite.measure,
    "unused": unused.measure,
    "startup": startup.measure,
    "memory": memory.measure,
}

#: Those whose figures are ratios to a signature.
SIGNING = ("tokens", "minting", "code_flow")
_AGAIN = """
The targets were set where a signature takes 680 microseconds. The AVX-512 IFMA instructions of this
processor halve that time, and that of nothing else. The same with those instructions off:
"""


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; valid: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    chosen = names or list(BENCHMARKS)
    micros = signature_seconds() * 1e6
    print(f"Python {platform.python_version()}, one RS256 signature {micros:.0f} microseconds")
    for name in chosen:
        for figure in BENCHMARKS[name]():
            print(figure, flush=True)
    again = [name for name in chosen if name in SIGNING]
    if again and has_ifma():
        print(_AGAIN, flush=True)
        # OpenSSL looks once, when it is loaded.
        command = [sys.executable, "-m", "benchmarks", *again]
        return subprocess.run(command, env={**os.environ, **WITHOUT_IFMA}, check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
