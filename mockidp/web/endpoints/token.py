"""The token endpoint (RFC 6749, section 3.2): from HTTP to a ``TokenRequest`` and back."""

from __future__ import annotations

from itertools import islice

from mockidp.flows.client_auth import present
from mockidp.flows.grant import TokenRequest
from mockidp.flows.token import answer_token_request
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.basic import BasicCredentials, MalformedBasic, parse_basic
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.names import FORM_TYPE, SECRET_PARAMETERS
from mockidp.oauth.params import PLAUSIBLE_NAME, Params, parse_urlencoded
from mockidp.profiles.schema import Profile
from mockidp.web.message import Answer, Request, without_secrets
from mockidp.web.respond import token_answer

_LONGEST_SHOWN = 200
_MOST_SHOWN = 50


class Token:
    name = "token"

    def paths(self, profile: Profile) -> tuple[str, ...]:
        return (profile.token.path, *profile.token.aliases)

    def read(self, lane: Issuer, request: Request, entry: Exchange) -> TokenRequest:
        policy = lane.profile.token
        if request.method != "POST":
            raise OAuthError(
                "invalid_request",
                hint=f"ask for tokens with POST, not {request.method}",
                cites="RFC 6749, 3.2",
                status=policy.wrong_method_status,
            )
        media_type = request.media_type
        if media_type not in policy.body_types:
            hint = (
                f"Content-Type is {media_type[:_LONGEST_SHOWN] or 'missing'}; "
                f"send {' or '.join(policy.body_types)}"
            )
            raise OAuthError(policy.wrong_body_type, hint=hint, cites="RFC 6749, 4.4.2")
        params = _read_body(media_type, request)
        authorization = request.header(b"authorization")
        if authorization is not None:
            _refuse_repeated_header(lane.profile, request)
        basic, basic_problem = _read_basic(authorization)
        parsed = TokenRequest(
            params=params,
            basic=basic,
            basic_problem=basic_problem,
            issuer=request.place.issuer,
            ip=request.ip,
        )
        _note(lane, entry, params, parsed.client_id)
        return parsed

    def limit_key(
        self, lane: Issuer, request: Request, parsed: TokenRequest | None
    ) -> bytes | None:
        if request.method != "POST":
            return None
        client_id = secret = None
        if parsed is not None:
            try:
                presented = present(lane, parsed)
            except OAuthError:
                pass  # the answer will say so; for the limiter it is a caller without credentials
            else:
                client_id, *_ = presented.client_ids
                secret = presented.secrets[0] if presented.secrets else None
        return lane.limits.key(client_id, secret, request.ip)

    def answer(self, lane: Issuer, parsed: TokenRequest, entry: Exchange) -> Answer:
        return token_answer(lane.profile, answer_token_request(lane, parsed))


def _read_body(media_type: str, request: Request) -> Params:
    if media_type == FORM_TYPE:
        return parse_urlencoded(request.body)
    from mockidp.web.multipart import parse_multipart  # few requests need it

    return parse_multipart(request.body, request.header(b"content-type") or "")


def _read_basic(header: str | None) -> tuple[BasicCredentials | None, str]:
    if header is None:
        return None, ""
    try:
        return parse_basic(header), ""
    except MalformedBasic as problem:
        return None, str(problem)


def _refuse_repeated_header(profile: Profile, request: Request) -> None:
    """RFC 6749, 2.3 forbids credentials twice; a provider that lets that pass reads the first."""
    if profile.client_auth.several_methods == "refuse" and request.times(b"authorization") > 1:
        raise invalid_request(
            "the Authorization header is sent more than once", cites="RFC 9110, 5.3"
        )


def _note(lane: Issuer, entry: Exchange, params: Params, client_id: str | None) -> None:
    """What was asked, for the journal: no secret, wherever in the request it may have got to."""
    client = lane.clients.get(client_id) if client_id else None
    known = (client,) if client else lane.clients.all()
    shown: dict[str, str] = {}
    for name, value in islice(params.items(), _MOST_SHOWN):
        if name in SECRET_PARAMETERS:
            shown[name] = "***"
        elif name == "client_id" and client:  # it may be equal to the secret
            shown[name] = value
        elif not PLAUSIBLE_NAME.fullmatch(name) or without_secrets(name, known) != name:
            # A body in another form, such as JSON: the "name" may be anything.
            shown["(no name)"] = "***"
        elif _is_misspelt_secret(name):
            shown[name] = "***"
        else:
            shown[name] = without_secrets(value, known)[:_LONGEST_SHOWN]
    entry.params = shown
    if client or not client_id:
        entry.client_id = client_id or None
    else:
        entry.client_id = without_secrets(client_id, known)[:_LONGEST_SHOWN]


def _is_misspelt_secret(name: str) -> bool:
    written = name.lower().replace("-", "_")
    return written in SECRET_PARAMETERS or "secret" in written or "passw" in written
