"""The authorization endpoint without HTTP (RFC 6749, sections 3.1 and 4.1; OpenID Connect Core
1.0, 3).

``pipeline`` checks a request in a table of steps, ``interaction`` leads a person through sign-in
and consent where they are needed, ``response_types`` make what the client gets and
``response_modes`` say how it travels; ``sessions`` knows who is signed in, ``answer`` puts the
parts together.
"""
