"""Who is the client? One file for each authentication method (RFC 6749, section 2.3; OpenID Connect
Core 1.0, 9).

A method only finds its credentials in a request; ``authenticate`` picks the client and compares. A
new method is a file here and a line in ``METHODS``, its name in ``names.CLIENT_AUTH_METHODS`` and
its row in ``features.FEATURES``.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from mockidp.flows.client_auth import (
    client_secret_basic,
    client_secret_jwt,
    client_secret_post,
    none,
    private_key_jwt,
)
from mockidp.flows.client_auth.method import CarriesCredentials, Method, Presented
from mockidp.flows.proof.assertion import check_assertion
from mockidp.issuer import Issuer
from mockidp.keys.foreign import HMAC_ALGS
from mockidp.model.client import Client
from mockidp.oauth import names
from mockidp.oauth.errors import invalid_client, invalid_request

METHODS: tuple[Method, ...] = (
    client_secret_basic.ClientSecretBasic(),
    client_secret_post.ClientSecretPost(),
    client_secret_jwt.ClientSecretJwt(),
    private_key_jwt.PrivateKeyJwt(),
    none.NoSecret(),
)

_BY_NAME = {method.name: method for method in METHODS}

#: A hint shows no more of an id than this, and no more clients than so many.
_LONGEST_SHOWN = 200
_MOST_SHOWN = 10


def authenticate(lane: Issuer, request: CarriesCredentials) -> Client:
    """The client that has proved to be who it says.

    :raises OAuthError: ``invalid_client``, with a hint that says what was wrong and never shows a
        secret.
    :raises NeedsDocument: when the client's keys have to be fetched.
    """
    presented = present(lane, request)
    client = _known(lane, presented)
    if not client.enabled:
        raise invalid_client(f"client {client.client_id!r} is disabled")
    if client.active_from is not None and (wait := client.active_from - lane.clock.now()) > 0:
        raise invalid_client(
            f"client {client.client_id!r} is new: refused for {wait:.0f} more s by the clock of "
            "the provider, which a test may have moved"
        )
    wanted = client.token_endpoint_auth_method
    if wanted is not None and wanted != presented.method:
        raise invalid_client(
            f"client {client.client_id!r} is registered for {wanted}, but used {presented.method}",
            cites="OpenID Connect Core 1.0, 9",
        )
    if presented.assertion is not None:
        _check_assertion(lane, request, client, presented)
    else:
        _compare(client, presented, request)
    return client


def present(lane: Issuer, request: CarriesCredentials) -> Presented:
    """The credentials that count, by the profile's order of methods.

    :raises OAuthError: when there are none, or more than the profile lets pass.
    """
    policy = lane.profile.client_auth
    if request.basic_problem and policy.malformed_basic == "refuse":
        raise invalid_client(f"the Authorization header cannot be read: {request.basic_problem}")
    found = [
        presented
        for name in policy.methods
        if (presented := _BY_NAME[name].find(lane.profile, request)) is not None
    ]
    proofs = [presented for presented in found if presented.is_proof]
    if policy.several_methods == "refuse":
        _refuse_several(found, proofs)
    if not found:
        # A header that cannot be read is passed over here, as if there were none.
        sent = request.basic is not None or "client_id" in request.params
        case = "bad_client" if sent else "missing_client"
        raise invalid_client(_nothing_found(lane, request), case=case)
    return proofs[0] if proofs else found[0]


def _refuse_several(found: Sequence[Presented], proofs: Sequence[Presented]) -> None:
    # RFC 6749, 2.3: "MUST NOT use more than one authentication method in each request"
    if len(proofs) > 1:
        names = " and ".join(presented.method for presented in proofs)
        raise invalid_request(f"credentials are sent twice, by {names}", cites="RFC 6749, 2.3")
    if any(proof.assertion for proof in proofs) and _differ(found):
        hint = "the client_id of the body is not the sub of the client_assertion"
        raise invalid_client(hint, cites="RFC 7521, 4.2")
    if _differ(found):
        hint = "the client_id of the body is not that of the Authorization header"
        raise invalid_request(hint, cites="RFC 6749, 2.3")


def _differ(found: Sequence[Presented]) -> bool:
    return any(not set(one.client_ids) & set(found[0].client_ids) for one in found)


def _nothing_found(lane: Issuer, request: CarriesCredentials) -> str:
    if request.basic_problem:
        return f"the Authorization header cannot be read: {request.basic_problem}"
    longest = lane.profile.token.max_length
    for name in ("client_id", "client_secret"):
        if name in longest and len(request.params.get(name, "")) > longest[name]:
            return f"{name} is longer than {longest[name]} characters"
    methods = lane.profile.client_auth.methods
    taken = f"this provider takes: {', '.join(methods)}"
    if request.basic is not None:
        if "client_secret_basic" not in methods:
            return f"the credentials are in the Authorization header; {taken}"
        return "the id in the Authorization header is empty, or id or secret is too long"
    has_id, has_secret = (name in request.params for name in ("client_id", "client_secret"))
    if "client_assertion" in request.params:
        return f"its client_assertion has an alg of another method; {taken}"
    if has_id and has_secret:
        return f"the credentials are in the body; {taken}"
    if has_id:
        return "client_id is sent without client_secret"
    if has_secret:
        return "client_secret is sent without client_id"
    return f"no client credentials in the request; {taken}"


def _known(lane: Issuer, presented: Presented) -> Client:
    for client_id in presented.client_ids:
        client = lane.clients.get(client_id)
        if client is not None:
            return client
    everybody = lane.clients.all()
    for client in everybody:
        if client.client_secret in presented.client_ids:
            # Not repeated: what was sent as the id is a secret.
            who = repr(client.client_id)
            raise invalid_client(f"the id sent is the secret of client {who}: are they swapped?")
    case = "bad_client" if presented.is_proof else "missing_secret"
    known = ", ".join(repr(client.client_id) for client in everybody[:_MOST_SHOWN]) or "none"
    if len(everybody) > _MOST_SHOWN:
        known += f" and {len(everybody) - _MOST_SHOWN} more"
    sent = presented.client_ids[0]
    shown = repr(sent if len(sent) <= _LONGEST_SHOWN else sent[:_LONGEST_SHOWN] + "…")
    raise invalid_client(f"no client has the id {shown}; registered: {known}", case=case)


def _check_assertion(
    lane: Issuer, request: CarriesCredentials, client: Client, presented: Presented
) -> None:
    profile = lane.profile
    is_secret = presented.method == "client_secret_jwt"
    algs = profile.client_assertion.algs if profile.client_assertion else names.ASSERTION_ALGORITHMS
    # RFC 7523, 3: the issuer, or the token endpoint; RFC 9126, 2: or the endpoint that is asked.
    paths = (profile.token.path, *profile.token.aliases, request.path)
    assert presented.assertion is not None
    check_assertion(
        lane,
        client,
        presented.assertion,
        algs=[alg for alg in algs if (alg in HMAC_ALGS) == is_secret],
        audiences=tuple(
            dict.fromkeys((request.issuer, *(request.origin + path for path in paths)))
        ),
        spent=request.spent,
    )


def _compare(client: Client, presented: Presented, request: CarriesCredentials) -> None:
    if not client.client_secret:
        if presented.secrets and presented.method != "none":
            raise invalid_client(f"client {client.client_id!r} is public, but sent a client_secret")
        return
    if not presented.secrets:
        hint = f"client {client.client_id!r} has a secret, but sent none"
        raise invalid_client(hint, case="missing_secret")
    expected = client.client_secret.encode()
    # All are compared, each in constant time, whichever is right.
    matches = [hmac.compare_digest(expected, secret.encode()) for secret in presented.secrets]
    if not any(matches):
        hint = f"wrong client_secret for client {client.client_id!r}"
        if presented.method == client_secret_basic.ClientSecretBasic.name:
            raise invalid_client(hint + _misread(expected, request), cites="RFC 6749, 2.3.1")
        raise invalid_client(hint)


def _misread(expected: bytes, request: CarriesCredentials) -> str:
    """What to add where the secret is right in the reading that this provider does not take."""
    if (raw := request.basic) is None:
        return ""
    if hmac.compare_digest(expected, raw.password.encode()):
        return ": it is right as it was sent, but is to be form-url-encoded before base64"
    if hmac.compare_digest(expected, raw.form_decoded().password.encode()):
        return ": it was form-url-encoded before base64, and this provider takes it as it is"
    return ""
