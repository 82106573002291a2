"""OAuth decisions without HTTP: who the client is, which grant it asks for, and what it gets.

``token`` runs the phases of a token request in the order the profile states; ``client_auth`` and
``grants``
hold one file for each method and each grant type. Everything here is called directly from tests.
"""
