"""The provider's own API as a stub: it checks the bearer token, then answers as the test said, or
echoes.
"""
