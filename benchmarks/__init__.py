"""What mockidp costs, as ratios within one run, because machines differ and are shared.

``make bench`` prints every figure beside its target; ``make bench ARGS="tokens suite"`` only some.
"""
