"""What a test holds in its hand while a lane runs: the journal, faults, limits and one-shot
overrides.
"""
