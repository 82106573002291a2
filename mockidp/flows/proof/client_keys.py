"""The keys of a client, and whether one of them signed a token: its secret, its registered `jwks`,
or the set at its `jwks_uri` (OpenID Connect Core 1.0, sections 10.1 and 10.1.1; RFC 7591, 2).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mockidp.control.outgoing import shown
from mockidp.issuer import Issuer
from mockidp.keys import segment
from mockidp.keys.foreign import HMAC_ALGS, ForeignKey, least_octets, read_jwks, secret_key
from mockidp.keys.jwt import UNSIGNED, BadToken, Unverified, verify_foreign
from mockidp.model.client import Client

#: With one of these a client may have new keys that are not known here yet.
_MAYBE_ROTATED = ("unknown_kid", "bad_signature", "alg_mismatch")


def verify_by_client(
    lane: Issuer, client: Client, token: Unverified, algs: Collection[str]
) -> None:
    """Whether the client signed this token, with one of `algs`.

    :raises BadToken: when it did not.
    :raises NeedsDocument: when its keys have to be fetched first.
    :raises Unavailable: when they cannot be.
    """
    if token.alg in HMAC_ALGS and token.alg in algs:
        verify_foreign(token, [_secret(client, token.alg)], algs)
    elif client.jwks is not None or token.alg == UNSIGNED or token.alg not in algs:
        keys, problems = _keys(client.jwks or {"keys": []}, "its jwks")
        _verify(token, keys, problems, algs)
    elif client.jwks_uri is not None:
        _verify_by_uri(lane, client, client.jwks_uri, token, algs)
    else:
        who = f"client {client.client_id!r}"
        raise BadToken("unknown_kid", f"{who} has neither jwks nor jwks_uri registered")


def _secret(client: Client, alg: str) -> ForeignKey:
    secret = client.client_secret
    if not secret:
        raise BadToken("alg_mismatch", f"client {client.client_id!r} has no client_secret")
    key = secret_key(secret)
    if alg not in key.algs:
        has, needs = len(secret.encode("utf-8", "surrogatepass")), least_octets(alg)
        hint = f"the client_secret has {has} octets, and {alg} needs {needs} (RFC 7518, 3.2)"
        raise BadToken("alg_mismatch", hint)
    return key


def _verify_by_uri(
    lane: Issuer, client: Client, uri: str, token: Unverified, algs: Collection[str]
) -> None:
    document = lane.documents.need(uri, owner=client.client_id)
    try:
        _verify_by_document(token, document.content, uri, algs)
    except BadToken as problem:
        if problem.reason not in _MAYBE_ROTATED:
            raise
        if lane.documents.renew(document) is document:
            raise BadToken(problem.reason, f"{problem.hint}; {_how_new(lane, uri)}") from None


def _how_new(lane: Issuer, uri: str) -> str:
    least = lane.documents.refetch_after
    when = f"less than {least:g} s ago and is not asked again" if least else "for this request"
    return f"{shown(uri)} was fetched {when}"


def _verify_by_document(token: Unverified, content: bytes, uri: str, algs: Collection[str]) -> None:
    try:
        document = segment.parse_object(content)
    except ValueError as problem:
        raise BadToken("unknown_kid", f"what is at {shown(uri)} {problem}") from None
    keys, problems = _keys(document, f"what is at {shown(uri)}")
    _verify(token, keys, problems, algs)


def _keys(document: Mapping[str, Any], where: str) -> tuple[Sequence[ForeignKey], Sequence[str]]:
    try:
        return read_jwks(document)
    except ValueError as problem:
        raise BadToken("unknown_kid", f"{where} {problem}") from None


def _verify(
    token: Unverified, keys: Sequence[ForeignKey], problems: Sequence[str], algs: Collection[str]
) -> None:
    try:
        verify_foreign(token, keys, algs)
    except BadToken as problem:
        if not problems or problem.reason not in _MAYBE_ROTATED:
            raise
        hint = f"{problem.hint}; not looked at: {'; '.join(problems[:5])}"
        raise BadToken(problem.reason, hint) from None
