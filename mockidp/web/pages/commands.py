"""Commands and addresses to try a provider with: what the pages show and ``mockidp serve``
prints.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from urllib.parse import quote, quote_plus, urlencode

from mockidp.flows.grants.client_credentials import ClientCredentials
from mockidp.issuer import Issuer, Place
from mockidp.model.client import Client

#: So many scopes are asked for when a person tries a provider out.
_MOST_TRIED = 3


def token_command(lane: Issuer, client: Client) -> tuple[str, ...]:
    """Arguments of a shell command that fetches a token without a browser, each quoted; none where
    no such grant is served, or not to this client.
    """
    served = [name for name in lane.profile.token.grant_types if name in client.grant_types]
    users = lane.users.all()
    form: dict[str, str]
    if ClientCredentials.grant_type in served and "password" not in served:
        form = {"grant_type": ClientCredentials.grant_type}
        scope = _needed_scope(lane, client)
    elif "password" in served and users:
        user = users[0]
        form = {"grant_type": "password", "username": user.username, "password": user.password}
        scope = " ".join(lane.profile.scopes.supported[:1])
    else:
        return ()
    if scope:
        form["scope"] = scope
    return _command(lane, client, lane.home, form)


def redeem_command(
    lane: Issuer, client: Client, code: str, redirect_uri: str, place: Place
) -> tuple[str, ...]:
    """The same for a code."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _command(lane, client, place, form)


def sign_in_url(lane: Issuer, place: Place, redirect_uri: str) -> str | None:
    """An authorization URL that ends at ``redirect_uri``; None where nobody can sign in."""
    policy = lane.profile.authorize
    client = next(iter(lane.clients.all()), None)
    if client is None or "code" not in policy.response_types:
        return None
    if "authorization_code" not in client.grant_types:
        return None
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "state": "try-out",
    }
    # Those that the consent page can put into words.
    known = lane.profile.scopes
    allowed = known.supported if client.scope is None else client.scope
    scopes = [scope for scope in allowed if scope in known.meanings][:_MOST_TRIED]
    if scopes:
        asked["scope"] = " ".join(scopes)
    return f"{place.origin}{policy.path}?{urlencode(asked, quote_via=quote)}"


def _needed_scope(lane: Issuer, client: Client) -> str:
    policy = lane.profile.scopes
    if policy.when_missing != "refuse":
        return ""
    scopes = policy.supported if client.scope is None else client.scope
    refused = ClientCredentials.refused_scopes
    return " ".join(scope for scope in scopes if scope not in refused)


def _command(
    lane: Issuer, client: Client, place: Place, form: Mapping[str, str]
) -> tuple[str, ...]:
    """The command; credentials are in the form if they may be, because that is easier to read."""
    profile = lane.profile
    secret = client.client_secret
    form = dict(form)
    user: tuple[str, ...] = ()
    only = client.token_endpoint_auth_method
    methods = profile.client_auth.methods if only is None else (only,)
    if secret and "client_secret_post" not in methods and "client_secret_basic" in methods:
        encode = quote_plus if profile.client_auth.basic_decoding == "form" else str
        user = (f"-u {shlex.quote(f'{encode(client.client_id)}:{encode(secret)}')}",)
    else:
        form["client_id"] = client.client_id
        if secret:
            form["client_secret"] = secret
    url = shlex.quote(place.origin + profile.token.path)
    return (f"curl {url}", *user, *(_data(name, value) for name, value in form.items()))


def _data(name: str, value: str) -> str:
    # Values of a user's own may hold any character: --data-urlencode and the shell's quoting take
    # them all.
    option = "-d" if value == quote(value, safe="") else "--data-urlencode"
    return f"{option} {shlex.quote(f'{name}={value}')}"
