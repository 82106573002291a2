"""The words of OAuth 2.0 and OpenID Connect, and the rules that need nothing but their arguments.

Errors, names, parameter parsing, Basic credentials, PKCE, scopes, redirect URIs and the table of
features
live here. Nothing in this package knows a clock, a store, a provider or HTTP; all of it is called
directly
from tests.
"""
