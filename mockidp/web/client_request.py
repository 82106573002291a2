"""A request in which a client says who it is, as it comes over HTTP: to the token endpoint, and to
the others that authenticate clients in the same way (RFC 6749, sections 2.3 and 3.2).
"""

from __future__ import annotations

from collections.abc import Sequence

from mockidp.flows.grant import TokenRequest
from mockidp.flows.proof.dpop import DPOP, takes_proofs
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.basic import BasicCredentials, MalformedBasic, parse_basic
from mockidp.oauth.errors import OAuthError, invalid_request
from mockidp.oauth.names import FORM_TYPE
from mockidp.oauth.params import Params
from mockidp.profiles.schema import Profile
from mockidp.web.body import body_type_of, read_params
from mockidp.web.message import Request
from mockidp.web.noting import LONGEST_SHOWN, note


def read_client_request(
    lane: Issuer,
    request: Request,
    entry: Exchange,
    *,
    purpose: str,
    cites: tuple[str, str],
    body_types: Sequence[str] = (FORM_TYPE,),
) -> TokenRequest:
    """Parse it and note in the journal what was asked.

    ``purpose`` is for the hint, and ``cites`` the sections that ask for POST and for the body type.

    :raises OAuthError: ``invalid_request``, when it cannot be read.
    """
    if request.method != "POST":
        raise OAuthError(
            "invalid_request",
            hint=f"{purpose} with POST, not {request.method}",
            cites=cites[0],
            status=405,
            case="wrong_method",
            values={"method": request.method},
        )
    body_type = body_type_of(request, body_types)
    if body_type not in body_types:
        sent = request.media_type[:LONGEST_SHOWN] or "missing"
        hint = f"Content-Type is {sent}; send {' or '.join(body_types)}"
        raise invalid_request(hint, cites=cites[1], case="wrong_body_type")
    params = _read_body(request, body_type)
    if lane.profile.token.repeated == "last":
        params = params.last_wins()
    authorization = request.header(b"authorization")
    if authorization is not None:
        _refuse_repeated_header(lane.profile, request)
    basic, basic_problem = _read_basic(authorization)
    parsed = TokenRequest(
        params=params,
        basic=basic,
        basic_problem=basic_problem,
        proofs=_proofs(lane, request),
        issuer=request.place.issuer,
        origin=request.place.origin,
        path=request.path,
        ip=request.ip,
    )
    note(lane, entry, params, parsed.client_id)
    return parsed


def _proofs(lane: Issuer, request: Request) -> dict[str, tuple[str, ...]]:
    if not takes_proofs(lane):
        return {}
    found = request.every(b"dpop")
    return {DPOP: found} if found else {}


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
