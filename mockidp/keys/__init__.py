"""The keys of a provider and what is done with them: signing, verifying, publishing, rotating.

This package owns the signature algorithms and the keys they fit (`alg`), the public JWK and its
thumbprint (`jwk`), compact signed tokens (`jwt`), the keys that one lane signs with and publishes
(`keyring`), where those keys come from (`source`) and the test keys that are shipped (`pool`). It
knows nothing of claims and their meaning, of time, or of HTTP: a token whose signature is good may
still be expired or for somebody else. Nothing is imported here, because `cryptography` and `jwt`
are to be loaded with the first lane, not before.
"""
