"""Pushed authorization requests: checked like any other, by the client that is to use them, before
the browser gets there (RFC 9126, section 2).
"""

from __future__ import annotations

from mockidp.flows.authorize.pipeline import check
from mockidp.flows.authorize.pushed import Pushed, keep_pushed
from mockidp.flows.authorize.request import Authorization, Refused
from mockidp.flows.client_auth import authenticate
from mockidp.flows.grant import TokenRequest
from mockidp.flows.proof.dpop import key_of_request
from mockidp.flows.resources import repeatable
from mockidp.issuer import Issuer
from mockidp.model.client import Client
from mockidp.oauth.errors import invalid_request
from mockidp.oauth.params import Params

#: They say who the client is, and are no part of what it asks for (2.1).
_CREDENTIALS = ("client_secret", "client_assertion", "client_assertion_type")


def push(lane: Issuer, request: TokenRequest, try_out_uri: str) -> tuple[str, str]:
    """Keep a request that is good; gives the reference to it, and what its developer should know.

    :raises OAuthError: what the authorization endpoint would tell the client or its user, or that
        the client is not who it says.
    """
    if lane.profile.token.repeated == "refuse":
        request.params.refuse_repeated(allowed=repeatable(lane))
    client = authenticate(lane, request)
    if "request_uri" in request.params:
        raise invalid_request(
            "request_uri is sent, and a pushed request cannot be another reference",
            cites="RFC 9126, 2.1",
            case="bad_pushed_request",
        )
    reference = lane.ids.make(lane.profile.par.look)
    params = _asked_for(lane, client, request.params)
    jkt = key_of_request(lane, request)
    asked = Authorization(
        params=params,
        issuer=request.issuer,
        try_out_uri=try_out_uri,
        pushed=reference,
    )
    try:
        checked = check(lane, asked)
    except Refused as refused:
        raise refused.error from None
    params = _with_key(_with_client(client, checked.params), jkt)
    keep_pushed(lane, client, Pushed(reference, params))
    return reference, checked.remark


def _asked_for(lane: Issuer, client: Client, params: Params) -> Params:
    # RFC 9126, 3: with a request object, all the rest has to be in it.
    is_object = lane.profile.request_object is not None and "request" in params
    only = ("client_id", "request") if is_object else None
    return _with_client(
        client,
        Params(
            (name, value)
            for name, value in params.pairs
            if name not in _CREDENTIALS and (only is None or name in only)
        ),
    )


def _with_key(params: Params, jkt: str | None) -> Params:
    """The same with the key of the proof that came along (RFC 9449, 10.1)."""
    if jkt is None:
        return params
    said = params.get("dpop_jkt", jkt)
    if said != jkt:
        raise invalid_request(
            f"dpop_jkt is {said[:100]!r}, and the proof in the DPoP header is of the key {jkt}",
            cites="RFC 9449, 10.1",
        )
    return Params((*(pair for pair in params.pairs if pair[0] != "dpop_jkt"), ("dpop_jkt", jkt)))


def _with_client(client: Client, params: Params) -> Params:
    """The same with the client that has proved to be it, however it has said its name."""
    others = ((name, value) for name, value in params.pairs if name != "client_id")
    return Params((("client_id", client.client_id), *others))
