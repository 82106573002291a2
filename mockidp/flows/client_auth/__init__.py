"""Who is the client? One file for each authentication method (RFC 6749, section 2.3; OpenID Connect
Core 1.0, 9).

A method only finds its credentials in a request; ``authenticate`` picks the client and compares. A
new
method is a file here and a line in ``METHODS``.
"""

from __future__ import annotations

import hmac

from mockidp.flows.client_auth import client_secret_basic, client_secret_post, none
from mockidp.flows.client_auth.method import CarriesCredentials, Method, Presented
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.oauth.errors import invalid_client, invalid_request

METHODS: tuple[Method, ...] = (
    client_secret_basic.ClientSecretBasic(),
    client_secret_post.ClientSecretPost(),
    none.NoSecret(),
)


def authenticate(lane: Issuer, request: CarriesCredentials) -> Client:
    """The client that has proved to be who it says.

    :raises OAuthError: ``invalid_client``, with a hint that says what was wrong and never shows a
        secret.
    """
    presented = present(lane, request)
    client = _known(lane, presented)
    if not client.enabled:
        raise invalid_client(f"client {client.client_id!r} is disabled")
    wanted = client.token_endpoint_auth_method
    if wanted is not None and wanted != presented.method:
        raise invalid_client(
            f"client {client.client_id!r} is registered for {wanted}, but used {presented.method}",
            cites="OpenID Connect Core 1.0, 9",
        )
    _compare(client, presented)
    return client


def present(lane: Issuer, request: CarriesCredentials) -> Presented:
    """The credentials that count, by the profile's order of methods.

    :raises OAuthError: when there are none, or more than the profile lets pass.
    """
    policy = lane.profile.client_auth
    if request.basic_problem and policy.malformed_basic == "refuse":
        raise invalid_client(f"the Authorization header cannot be read: {request.basic_problem}")
    by_name = {method.name: method for method in METHODS}
    found = [
        presented
        for name in policy.methods
        if (presented := by_name[name].find(lane.profile, request)) is not None
    ]
    proofs = [presented for presented in found if presented.secrets]
    if len(proofs) > 1 and policy.several_methods == "refuse":
        # RFC 6749, 2.3: "MUST NOT use more than one authentication method in each request"
        names = " and ".join(presented.method for presented in proofs)
        raise invalid_request(f"credentials are sent twice, by {names}", cites="RFC 6749, 2.3")
    if not found:
        raise invalid_client(_nothing_found(lane, request))
    return proofs[0] if proofs else found[0]


def _nothing_found(lane: Issuer, request: CarriesCredentials) -> str:
    if request.basic_problem:
        return f"the Authorization header cannot be read: {request.basic_problem}"
    longest = lane.profile.token.max_length
    for name in ("client_id", "client_secret"):
        if name in longest and len(request.params.get(name, "")) > longest[name]:
            return f"{name} is longer than {longest[name]} characters"
    if "client_id" in request.params:
        return "client_id is sent without client_secret"
    methods = ", ".join(lane.profile.client_auth.methods)
    return f"no client credentials in the request; this provider takes: {methods}"


def _known(lane: Issuer, presented: Presented) -> Client:
    for client_id in presented.client_ids:
        client = lane.clients.get(client_id)
        if client is not None:
            return client
    known = ", ".join(repr(client.client_id) for client in lane.clients.all()) or "none"
    raise invalid_client(f"no client has the id {presented.client_ids[0]!r}; registered: {known}")


def _compare(client: Client, presented: Presented) -> None:
    if client.client_secret is None:
        if presented.secrets and presented.method != "none":
            raise invalid_client(f"client {client.client_id!r} is public, but sent a client_secret")
        return
    if not presented.secrets:
        raise invalid_client(f"client {client.client_id!r} has a secret, but sent none")
    expected = client.client_secret.encode()
    # All are compared, each in constant time, whichever is right.
    matches = [hmac.compare_digest(expected, secret.encode()) for secret in presented.secrets]
    if not any(matches):
        raise invalid_client(f"wrong client_secret for client {client.client_id!r}")
