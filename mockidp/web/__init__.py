"""The only floor that knows HTTP: from a request on the wire to the answer in the provider's
manner.

``app`` puts lanes together, ``routing`` finds lane and endpoint, ``gate`` wraps each request in
journal,
faults and limits, ``endpoints`` and ``api`` answer, ``respond`` writes.
"""
