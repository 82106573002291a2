"""A user's settings: mockidp.toml, MOCKIDP_* variables, options and keywords, laid over a profile.

Each place may set the same things: every fact of a profile, the clients and users, the keys, and
how the lane behaves. ``layers`` brings them to one form, ``settings`` lays them over each other in
the order of precedence.
"""
