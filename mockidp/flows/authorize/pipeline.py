"""The checks of an authorization request, as one table (RFC 6749, section 4.1.1; OpenID Connect
Core 1.0, 3.1.2.2). Until the redirect URI is known to be the client's, a refusal goes nowhere
but to the browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache

from mockidp.flows.authorize.pushed import find_pushed, refers_to_pushed
from mockidp.flows.authorize.request import Authorization, Refused
from mockidp.flows.authorize.wishes import drop_offline_access, read_hint_of_user, read_wishes
from mockidp.flows.proof.dpop import takes_proofs
from mockidp.flows.proof.request_object import has_request_object, resolve
from mockidp.flows.resources import asked_resources, repeatable
from mockidp.flows.scope import granted_scopes, without_unknown
from mockidp.issuer import Issuer
from mockidp.keys.jwt import UNSIGNED
from mockidp.oauth import names, pkce
from mockidp.oauth.errors import OAuthError, invalid_client, invalid_request, missing_parameter
from mockidp.oauth.uris import match_redirect_uri, redirect_uri_difference, redirect_uri_problem
from mockidp.profiles.features import response_types_of

Step = Callable[[Issuer, Authorization], None]

_MOST_SHOWN = 10
#: RFC 9449, 10: a SHA-256 hash in base64url
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_SHOWN = 200
#: In characters: room for a state of 100 kB.
_LONGEST_REQUEST = 128 * 1024


def check(lane: Issuer, it: Authorization) -> Authorization:
    """The request with everything in it that the steps have found.

    :raises Refused: saying whether the client or the browser is told.
    """
    for step in STEPS:
        try:
            step(lane, it)
        except OAuthError as error:
            raise Refused(error, it.destination) from None
    return it


def _not_too_long(lane: Issuer, it: Authorization) -> None:
    # It is kept until a person has answered.
    size = sum(len(name) + len(value) for name, value in it.params.pairs)
    if size > _LONGEST_REQUEST:
        raise invalid_request(
            f"the request has {size} characters; {_LONGEST_REQUEST} are allowed",
            cites="RFC 9110, 15.5.14",
        )


def _key_parameters_once(lane: Issuer, it: Authorization) -> None:
    # Of two clients or two redirect URIs neither can be trusted.
    _refuse_repeated(lane, it, only=("client_id", "redirect_uri", *names.REQUEST_OBJECTS))


def _known_client(lane: Issuer, it: Authorization) -> None:
    client_id = it.params.get("client_id")
    if client_id is None:
        error = missing_parameter("client_id", "client_id is missing", cites="RFC 6749, 4.1.1")
        error.case = "missing_authorize_client"
        raise error
    client = lane.clients.get(client_id)
    if client is None:
        everybody = lane.clients.all()
        known = ", ".join(repr(one.client_id) for one in everybody[:_MOST_SHOWN]) or "none"
        hint = f"no client has the id {client_id[:_LONGEST_SHOWN]!r}; registered: {known}"
        raise invalid_client(hint, cites="RFC 6749, 4.1.2.1", case="authorize_client")
    if not client.enabled:
        hint = f"client {client.client_id!r} is disabled"
        raise invalid_client(hint, cites="RFC 6749, 4.1.2.1", case="authorize_client")
    it.client = client


def _pushed_request(lane: Issuer, it: Authorization) -> None:
    """From here on the parameters are those that were pushed, and no others (RFC 9126, 4)."""
    if not refers_to_pushed(lane, it.params):
        return
    try:
        pushed = find_pushed(lane, it.client, it.params)
    except OAuthError:
        _trust_what_is_beside(lane, it)
        raise
    it.params, it.pushed = pushed.params, pushed.reference


def _request_object(lane: Issuer, it: Authorization) -> None:
    """From here on the parameters are those of the object and those beside it."""
    if not has_request_object(lane, it.params):
        return
    try:
        it.params = resolve(lane, it.client, it.params, it.issuer)
    except OAuthError:
        _trust_what_is_beside(lane, it)
        raise


def _trust_what_is_beside(lane: Issuer, it: Authorization) -> None:
    """A redirect URI beside a bad object is good for the refusal, if it is the client's (OpenID
    Connect Core 1.0, 3.1.2.6).
    """
    with suppress(OAuthError):
        _registered_redirect_uri(lane, it)
        it.response_mode = _expected_mode(lane, it)


def _registered_redirect_uri(lane: Issuer, it: Authorization) -> None:
    sent = it.params.get("redirect_uri")
    registered = it.client.redirect_uris
    if sent is None:
        it.redirect_uri = _only_redirect_uri(lane, it)
        return
    if sent in registered:  # It was looked at when it was registered.
        it.redirect_uri = sent
        return
    problem = redirect_uri_problem(sent)
    if problem is not None:
        # What else is wrong with it no registered one has.
        case = "bad_redirect_uri" if "#" in sent else "unregistered_redirect_uri"
        raise invalid_request(f"redirect_uri {problem}", cites="RFC 6749, 3.1.2", case=case)
    if not match_redirect_uri(sent, registered) and sent != it.try_out_uri:
        raise invalid_request(
            redirect_uri_difference(sent, registered),
            cites="RFC 9700, 4.1.3",
            case="unregistered_redirect_uri",
        )
    it.redirect_uri = sent


def _only_redirect_uri(lane: Issuer, it: Authorization) -> str:
    """RFC 6749, 3.1.2.3: it may be left out if there is no choice. With openid it may not
    (OpenID Connect Core 1.0, 3.1.2.1).
    """
    registered = it.client.redirect_uris
    if len(registered) == 1 and not lane.profile.authorize.redirect_uri_required:
        return registered[0]
    found = f"the client has {len(registered) or 'none'} registered"
    needed = "; this provider needs it in any case" if len(registered) == 1 else ""
    raise invalid_request(
        f"redirect_uri is missing, and {found}{needed}",
        cites="RFC 6749, 3.1.2.3",
        case="missing_redirect_uri" if registered else "no_redirect_uri",
    )


def _response_type(lane: Issuer, it: Authorization) -> None:
    policy = lane.profile.authorize
    sent = it.params.get("response_type")
    response_types = response_types_of(lane.profile)
    served = ", ".join(response_types) or "none"
    it.response_mode = _expected_mode(lane, it)
    if sent is None:
        raise invalid_request(
            f"response_type is missing; send {served}",
            cites="RFC 6749, 4.1.1",
            case="missing_response_type",
        )
    # RFC 6749, 3.1.1: the order of the words does not matter.
    words = tuple(word for word in names.RESPONSE_WORDS if word in sent.split(" "))
    known = _in_any_order(response_types)
    response_type = known.get(tuple(sorted(sent.split(" "))))
    if response_type is None:
        raise OAuthError(
            "unsupported_response_type",
            hint=f"response_type {sent[:_LONGEST_SHOWN]!r} is none of: {served}",
            cites="RFC 6749, 4.1.2.1",
            case="bad_response_type",
        )
    it.response_words = words
    usual = "query" if words == ("code",) else "fragment"
    it.response_mode = policy.default_modes.get(response_type, usual)
    if "id_token" in words and it.client.id_token_signed_response_alg == UNSIGNED:
        raise OAuthError(
            "unauthorized_client",
            hint="the client is registered for ID tokens without a signature "
            "(id_token_signed_response_alg none), and such a one never goes through a browser: "
            "ask with response_type=code",
            cites="OpenID Connect Core 1.0, 2",
        )


@lru_cache(maxsize=64)
def _in_any_order(response_types: tuple[str, ...]) -> Mapping[tuple[str, ...], str]:
    return {tuple(sorted(known.split(" "))): known for known in response_types}


def _expected_mode(lane: Issuer, it: Authorization) -> str:
    """Where the client will look for a refusal, as long as its request is not understood."""
    asked = it.params.get("response_mode", "")
    words = it.params.get("response_type", "").split(" ")
    gives_token = "token" in words or "id_token" in words
    if asked in lane.profile.authorize.response_modes and not (gives_token and asked == "query"):
        return asked
    return "fragment" if gives_token else "query"


def _response_mode(lane: Issuer, it: Authorization) -> None:
    sent = it.params.get("response_mode")
    served = lane.profile.authorize.response_modes
    if not served:
        return  # the provider has never heard of the parameter
    if sent is None and it.response_mode in served:
        return
    if sent is None:
        raise invalid_request(
            f"response_mode is missing, and the usual one, {it.response_mode}, is not served; "
            f"send {', '.join(served)}",
            cites="OAuth 2.0 Multiple Response Type Encoding Practices, 2.1",
        )
    if sent not in served:
        raise invalid_request(
            f"response_mode {sent[:_LONGEST_SHOWN]!r} is none of: {', '.join(served)}",
            cites="OAuth 2.0 Multiple Response Type Encoding Practices, 2.1",
        )
    if sent == it.response_mode:
        return
    if sent == "query" and it.response_words != ("code",):
        raise invalid_request(
            "response_mode=query would put a token into the query",
            cites="OAuth 2.0 Multiple Response Type Encoding Practices, 3",
        )
    it.response_mode = sent


def _pushed_where_it_must_be(lane: Issuer, it: Authorization) -> None:
    is_required = lane.profile.par.required or it.client.require_pushed_authorization_requests
    if lane.profile.par.path and is_required and it.pushed is None:
        who = "every client" if lane.profile.par.required else f"client {it.client.client_id!r}"
        raise invalid_request(
            f"{who} must push its authorization requests to {lane.profile.par.path}, and send "
            "nothing but client_id and request_uri here",
            cites="RFC 9126, 5 and 6",
            case="unpushed_request",
        )


def _all_parameters_once(lane: Issuer, it: Authorization) -> None:
    _refuse_repeated(lane, it)


def _grant_allowed(lane: Issuer, it: Authorization) -> None:
    for word in it.response_words:
        grant_type = "authorization_code" if word == "code" else "implicit"
        if grant_type not in it.client.grant_types:
            allowed = ", ".join(it.client.grant_types) or "no grant"
            raise OAuthError(
                "unauthorized_client",
                hint=f"client {it.client.client_id!r} may use {allowed}, and response_type "
                f"{it.params['response_type']!r} needs {grant_type}",
                cites="RFC 6749, 4.1.2.1",
                case="grant_not_allowed",
            )


def _response_allowed(lane: Issuer, it: Authorization) -> None:
    """A client may be registered for less than its grant types allow (RFC 7591, 2)."""
    registered = it.client.response_types
    if registered is None:
        return
    if not any(sorted(known.split(" ")) == sorted(it.response_words) for known in registered):
        raise OAuthError(
            "unauthorized_client",
            hint=f"client {it.client.client_id!r} is registered for the response types "
            f"{', '.join(registered) or 'none'}, and asks for {' '.join(it.response_words)}",
            cites="RFC 6749, 4.1.2.1; RFC 7591, 2",
            case="grant_not_allowed",
        )


def _scope(lane: Issuer, it: Authorization) -> None:
    written, it.remark = without_unknown(lane, it.params.get("scope"))
    it.scopes = granted_scopes(lane, written, it.client)
    if "id_token" in it.response_words and "openid" not in it.scopes:
        raise invalid_request(
            "an id_token is asked for, but openid is not among the scopes",
            cites="OpenID Connect Core 1.0, 3.1.2.1",
            case="missing_openid",
        )


def _proof_key(lane: Issuer, it: Authorization) -> None:
    policy = lane.profile.authorize
    challenge = it.params.get("code_challenge")
    method = it.params.get("code_challenge_method")
    if "code" not in it.response_words or (challenge is None and method is None):
        _refuse_missing_challenge(lane, it)
        return
    if challenge is None:
        raise missing_parameter(
            "code_challenge", "code_challenge_method is sent without code_challenge"
        )
    it.code_challenge_method = method or "plain"  # RFC 7636, 4.3
    try:
        pkce.check_challenge(challenge, it.code_challenge_method)
    except OAuthError as problem:
        is_known = it.code_challenge_method in pkce.METHODS
        problem.case = "bad_code_challenge" if is_known else "bad_code_challenge_method"
        raise
    if it.code_challenge_method not in policy.code_challenge_methods:
        left_out = "" if method else ", which a missing code_challenge_method means,"
        raise invalid_request(
            f"code_challenge_method {it.code_challenge_method}{left_out} is none of: "
            f"{', '.join(policy.code_challenge_methods)}",
            cites="RFC 7636, 4.4.1",
            case="bad_code_challenge_method",
        )


def _refuse_missing_challenge(lane: Issuer, it: Authorization) -> None:
    if "code" not in it.response_words:
        return
    policy = lane.profile.authorize.pkce
    is_needed = policy == "all" or (policy == "public" and it.client.is_public)
    if is_needed or it.client.require_pkce:
        why = "a public client" if policy == "public" and it.client.is_public else "this client"
        raise invalid_request(
            f"code_challenge is missing, and {why} must send one here",
            cites="RFC 7636, 4.4.1; RFC 9700, 2.1.1",
            case="missing_code_challenge",
        )


def _bound_key(lane: Issuer, it: Authorization) -> None:
    """The key that the tokens will be bound to, if the request names one (RFC 9449, 10)."""
    if not takes_proofs(lane):
        return
    sent = it.params.get("dpop_jkt")
    if sent is not None and not _THUMBPRINT.fullmatch(sent):
        raise invalid_request(
            f"dpop_jkt {sent[:_LONGEST_SHOWN]!r} is no SHA-256 thumbprint in base64url",
            cites="RFC 9449, 10",
        )
    if "token" in it.response_words and it.client.dpop_bound_access_tokens:
        raise OAuthError(
            "unauthorized_client",
            hint=f"client {it.client.client_id!r} is registered for tokens that are bound to a key "
            "(dpop_bound_access_tokens), and one that goes through a browser is bound to none",
            cites="RFC 9449, 5.2",
        )


def _resources(lane: Issuer, it: Authorization) -> None:
    it.resources = asked_resources(lane, it.params)


def _nonce(lane: Issuer, it: Authorization) -> None:
    needs = lane.profile.authorize.nonce_required and "id_token" in it.response_words
    if needs and "nonce" not in it.params:
        raise missing_parameter(
            "nonce",
            "nonce is missing, and the response holds an id_token",
            cites="OpenID Connect Core 1.0, 3.2.2.1",
        )


def _prompt(lane: Issuer, it: Authorization) -> None:
    it.prompts = tuple(dict.fromkeys(it.params.get("prompt", "").split()))
    unknown = [prompt for prompt in it.prompts if prompt not in names.PROMPTS]
    if unknown:
        raise invalid_request(
            f"prompt {unknown[0][:_LONGEST_SHOWN]!r} is none of: {', '.join(names.PROMPTS)}",
            cites="OpenID Connect Core 1.0, 3.1.2.1",
        )
    if "none" in it.prompts and len(it.prompts) > 1:
        raise invalid_request(
            "prompt=none is sent with other prompts", cites="OpenID Connect Core 1.0, 3.1.2.1"
        )


def _max_age(lane: Issuer, it: Authorization) -> None:
    sent = it.params.get("max_age")
    if sent is None:
        default = it.client.default_max_age
        it.max_age = None if default is None else int(default)
        return
    if not (sent.isascii() and sent.isdecimal() and len(sent) <= 12):
        raise invalid_request(
            f"max_age {sent[:_LONGEST_SHOWN]!r} is no number of seconds",
            cites="OpenID Connect Core 1.0, 3.1.2.1",
        )
    it.max_age = int(sent)


def _refuse_repeated(lane: Issuer, it: Authorization, only: tuple[str, ...] | None = None) -> None:
    if not it.params.repeated or lane.profile.token.repeated != "refuse":
        return
    others = (
        repeatable(lane)
        if only is None
        else [name for name in it.params.repeated if name not in only]
    )
    it.params.refuse_repeated(allowed=others)


#: In this order.
STEPS: tuple[Step, ...] = (
    _not_too_long,
    _key_parameters_once,
    _known_client,
    _pushed_request,
    _request_object,
    _registered_redirect_uri,
    _response_type,
    _response_mode,
    _pushed_where_it_must_be,
    _all_parameters_once,
    _grant_allowed,
    _response_allowed,
    _scope,
    _proof_key,
    _bound_key,
    _resources,
    _nonce,
    _prompt,
    drop_offline_access,
    _max_age,
    read_wishes,
    read_hint_of_user,
)
