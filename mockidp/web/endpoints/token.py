"""The token endpoint (RFC 6749, section 3.2): from HTTP to a ``TokenRequest`` and back."""

from __future__ import annotations

from mockidp.flows.client_auth import present
from mockidp.flows.grant import TokenRequest
from mockidp.flows.token import answer_token_request
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.basic import BasicCredentials, MalformedBasic, parse_basic
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.params import Params
from mockidp.profiles.schema import Profile
from mockidp.web.body import body_type_of, read_params
from mockidp.web.message import Answer, Request
from mockidp.web.noting import LONGEST_SHOWN, note
from mockidp.web.respond import token_answer


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
                status=405,
                case="wrong_method",
                values={"method": request.method},
            )
        body_type = body_type_of(request, policy.body_types)
        if body_type not in policy.body_types:
            sent = request.media_type[:LONGEST_SHOWN] or "missing"
            hint = f"Content-Type is {sent}; send {' or '.join(policy.body_types)}"
            raise invalid_request(hint, cites="RFC 6749, 4.4.2", case="wrong_body_type")
        params = _read_body(request, body_type)
        if policy.repeated == "last":
            params = params.last_wins()
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
        note(lane, entry, params, parsed.client_id)
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
        return token_answer(lane, answer_token_request(lane, parsed))


def _read_body(request: Request, body_type: str) -> Params:
    try:
        return read_params(request, body_type)
    except OAuthError as problem:
        problem.case = "unreadable_body"
        raise


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
