"""How clients register themselves, and look after their registration (OpenID Connect Dynamic Client
Registration 1.0; RFC 7591; RFC 7592).

``members`` says which metadata there is and of what type, ``addresses`` what a URI of a client may
be, ``rules`` what must fit together, and ``register`` keeps, shows, replaces and deletes.
"""

from __future__ import annotations
