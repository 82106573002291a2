"""Client authentication: each method under each policy of a profile, and what the hints say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from mockidp.flows.client_auth import METHODS, authenticate
from mockidp.flows.grant import TokenRequest
from mockidp.issuer import Issuer
from mockidp.oauth import names
from mockidp.oauth.basic import MalformedBasic, basic_header, parse_basic
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params

Make = Callable[..., Issuer]
SECRET = "hush-hush-hush"


def request(
    form: Mapping[str, str] | None = None,
    basic: tuple[str, str] | None = None,
    *,
    encoded: bool = False,
    header: str = "",
) -> TokenRequest:
    """As the token endpoint reads it: credentials in the body, in the header, or both."""
    credentials, problem = None, ""
    if basic is not None:
        header = basic_header(*basic, form_encoded=encoded)
    if header:
        try:
            credentials = parse_basic(header)
        except MalformedBasic as malformed:
            problem = str(malformed)
    return TokenRequest(
        params=Params.of(form or {}),
        basic=credentials,
        basic_problem=problem,
        issuer="https://idp.test",
    )


def body(client_id: str = "app", client_secret: str = SECRET) -> dict[str, str]:
    return {"client_id": client_id, "client_secret": client_secret}


def lane_with(make_lane: Make, *, client: Mapping[str, Any] | None = None, **policy: Any) -> Issuer:
    clients = [
        {"client_id": "app", "client_secret": SECRET, **(client or {})},
        {"client_id": "other", "client_secret": f"{SECRET}-of-other"},
    ]
    return make_lane("openid", clients=clients, client_auth=policy)


def refused(lane: Issuer, asked: TokenRequest, code: str = "invalid_client") -> str:
    """The hint of the refusal, which shows no secret of anybody."""
    with pytest.raises(OAuthError) as caught:
        authenticate(lane, asked)
    error = caught.value
    assert error.code == code
    for client in lane.clients.all():
        assert not client.client_secret or client.client_secret not in str(error)
    for sent in asked.params.get("client_secret"), asked.basic and asked.basic.password:
        assert not sent or len(sent) < 8 or sent not in str(error)
    assert error.cites
    return error.hint


def test_the_registry_is_the_list_of_names() -> None:
    assert tuple(method.name for method in METHODS) == names.CLIENT_AUTH_METHODS


BASIC, POST, _, _, NONE = names.CLIENT_AUTH_METHODS
#: How the same credentials are sent, by method.
SENT = {
    BASIC: request(basic=("app", SECRET)),
    POST: request(body()),
    NONE: request({"client_id": "app"}),
}


@pytest.mark.parametrize("taken", [(BASIC,), (POST,), (BASIC, POST), (POST, BASIC)])
@pytest.mark.parametrize("method", [BASIC, POST])
def test_a_method_is_good_where_the_provider_takes_it(
    make_lane: Make, taken: tuple[str, ...], method: str
) -> None:
    lane = lane_with(make_lane, methods=taken)
    if method in taken:
        assert authenticate(lane, SENT[method]).client_id == "app"
    else:
        place = "in the Authorization header" if method == BASIC else "in the body"
        assert refused(lane, SENT[method]) == (
            f"the credentials are {place}; this provider takes: {', '.join(taken)}"
        )


@pytest.mark.parametrize(
    ("registered", "used", "is_good"),
    [
        pytest.param(registered, used, registered in (None, used), id=f"{registered}-{used}")
        for registered in (None, BASIC, POST)
        for used in (BASIC, POST)
    ],
)
def test_a_client_uses_the_method_it_is_registered_for(
    make_lane: Make, registered: str | None, used: str, is_good: bool
) -> None:
    lane = lane_with(make_lane, client={"token_endpoint_auth_method": registered})
    if is_good:
        assert authenticate(lane, SENT[used]).client_id == "app"
    else:
        assert refused(lane, SENT[used]) == (
            f"client 'app' is registered for {registered}, but used {used}"
        )


# -- how a Basic header is read -------------------------------------------------------------------

# secret, sent form-encoded or as it is, and the readings under which it is the right one
READINGS = [
    ("plain", False, "raw form either"),
    ("plain", True, "raw form either"),
    ("a+b", False, "raw either"),
    ("a+b", True, "form either"),
    ("a b", False, "raw form either"),
    ("a b", True, "form either"),
    ("a%41b", False, "raw either"),
    ("a%41b", True, "form either"),
    ("100%", False, "raw form either"),  # no escape, so it cannot be the encoded form
    ("100%", True, "form either"),
    ("50%+50%", False, "raw form either"),
    ("50%+50%", True, "form either"),
    ("a:b&c=d", False, "raw form either"),
    ("a:b&c=d", True, "form either"),
    ("päß", False, "raw form either"),
    ("päß", True, "form either"),
]


@pytest.mark.parametrize("decoding", ["raw", "form", "either"])
@pytest.mark.parametrize(("secret", "encoded", "good"), READINGS)
def test_basic_is_read_as_the_profile_says(
    make_lane: Make, secret: str, encoded: bool, good: str, decoding: str
) -> None:
    lane = lane_with(make_lane, client={"client_secret": secret}, basic_decoding=decoding)
    asked = request(basic=("app", secret), encoded=encoded)
    if decoding in good.split():
        assert authenticate(lane, asked).client_id == "app"
    else:
        with pytest.raises(OAuthError, match="wrong client_secret for client 'app'"):
            authenticate(lane, asked)


@pytest.mark.parametrize(
    ("decoding", "is_good"), [("raw", False), ("form", True), ("either", True)]
)
def test_an_id_with_a_colon_can_only_be_sent_encoded(
    make_lane: Make, decoding: str, is_good: bool
) -> None:
    lane = lane_with(make_lane, client={"client_id": "my:app"}, basic_decoding=decoding)
    asked = request(basic=("my:app", SECRET), encoded=True)
    if is_good:
        assert authenticate(lane, asked).client_id == "my:app"
    else:
        assert "no client has the id 'my%3Aapp'" in refused(lane, asked)


@pytest.mark.parametrize(
    ("decoding", "encoded", "told"),
    [
        ("form", False, "it is right as it was sent, but is to be form-url-encoded"),
        ("raw", True, "it was form-url-encoded before base64, and this provider takes it as it is"),
    ],
)
def test_a_secret_that_is_right_in_the_other_reading_is_told(
    make_lane: Make, decoding: str, encoded: bool, told: str
) -> None:
    lane = lane_with(make_lane, client={"client_secret": "100%25+"}, basic_decoding=decoding)
    with pytest.raises(OAuthError, match=told) as refused:
        authenticate(lane, request(basic=("app", "100%25+"), encoded=encoded))
    assert refused.value.cites == "RFC 6749, 2.3.1"


@pytest.mark.parametrize("decoding", ["raw", "form", "either"])
def test_no_reading_makes_a_wrong_secret_right(make_lane: Make, decoding: str) -> None:
    lane = lane_with(make_lane, basic_decoding=decoding)
    assert "wrong client_secret" in refused(lane, request(basic=("app", f"{SECRET}%20")))
    assert "wrong client_secret" in refused(lane, request(basic=("app", f"{SECRET}+")))


MALFORMED = [
    pytest.param("Basic", "nothing follows the scheme", id="nothing"),
    pytest.param("Basic !!!!", "not base64", id="no base64"),
    pytest.param(f"Basic app:{SECRET}", "must be base64", id="as it is"),
    pytest.param("Basic YXBw", "no colon", id="no colon"),
    pytest.param("Basic /zov", "not UTF-8", id="not UTF-8"),
    pytest.param("Basic YQA6Yg==", "NUL", id="NUL"),
]


@pytest.mark.parametrize(("header", "problem"), MALFORMED)
def test_a_malformed_header_is_refused_or_ignored(
    make_lane: Make, header: str, problem: str
) -> None:
    strict = lane_with(make_lane, malformed_basic="refuse")
    lenient = lane_with(make_lane, malformed_basic="ignore")
    with_body, alone = request(body(), header=header), request(header=header)
    for lane, asked in ((strict, with_body), (strict, alone), (lenient, alone)):
        hint = refused(lane, asked)
        assert hint.startswith("the Authorization header cannot be read: ")
        assert problem in hint
    assert authenticate(lenient, with_body).client_id == "app"


# -- more than one method -------------------------------------------------------------------------

OTHER = body("other", f"{SECRET}-of-other")


@pytest.mark.parametrize("form", [body(), OTHER, body(client_secret="wrong-wrong")])
def test_credentials_in_both_places_are_refused_by_a_strict_provider(
    make_lane: Make, form: Mapping[str, str]
) -> None:
    lane = lane_with(make_lane, several_methods="refuse")
    hint = refused(lane, request(form, ("app", SECRET)), "invalid_request")
    assert hint == "credentials are sent twice, by client_secret_basic and client_secret_post"


@pytest.mark.parametrize(
    ("methods", "client_id"),
    [((BASIC, POST), "app"), ((POST, BASIC), "other"), ((BASIC, POST, NONE), "app")],
)
def test_otherwise_the_first_method_wins(
    make_lane: Make, methods: Sequence[str], client_id: str
) -> None:
    lane = lane_with(make_lane, several_methods="first", methods=methods)
    assert authenticate(lane, request(OTHER, ("app", SECRET))).client_id == client_id


def test_the_first_method_wins_even_with_a_wrong_secret(make_lane: Make) -> None:
    lane = lane_with(make_lane, several_methods="first")
    assert "wrong client_secret" in refused(lane, request(body(), ("app", "wrong-wrong")))


@pytest.mark.parametrize("policy", ["refuse", "first"])
def test_the_same_id_in_the_body_is_no_second_method(make_lane: Make, policy: str) -> None:
    lane = lane_with(make_lane, several_methods=policy)
    asked = request({"client_id": "app"}, ("app", SECRET))
    assert authenticate(lane, asked).client_id == "app"


def test_another_id_in_the_body_is_refused_by_a_strict_provider(make_lane: Make) -> None:
    asked = request({"client_id": "other"}, ("app", SECRET))
    strict = lane_with(make_lane, several_methods="refuse")
    assert refused(strict, asked, "invalid_request") == (
        "the client_id of the body is not that of the Authorization header"
    )
    lenient = lane_with(make_lane, several_methods="first")
    assert authenticate(lenient, asked).client_id == "app"


# -- what is missing or wrong ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        pytest.param(request(), "no client credentials in the request", id="nothing"),
        pytest.param(request(body("app", "")), "client 'app' has a secret, but sent none", id="id"),
        pytest.param(request({"client_secret": SECRET}), "without client_id", id="secret"),
        pytest.param(request(body("", SECRET)), "without client_id", id="empty id"),
        pytest.param(request(basic=("", SECRET)), "id in the Authorization header", id="no user"),
        pytest.param(request(basic=("app", "")), "'app' has a secret, but sent none", id="no pass"),
        pytest.param(request(body("app", "wrong-wrong")), "wrong client_secret", id="wrong"),
        pytest.param(request(body("app", SECRET[:-1])), "wrong client_secret", id="cut"),
        pytest.param(request(body("app", SECRET.upper())), "wrong client_secret", id="case"),
        pytest.param(
            request(body("App")), "no client has the id 'App'; registered: 'app', 'other'", id="who"
        ),
        pytest.param(
            request(body(SECRET, "app")), "the secret of client 'app': are they swapped?", id="swap"
        ),
        pytest.param(
            request(basic=(SECRET, "app")), "of client 'app': are they swapped?", id="swap in Basic"
        ),
        pytest.param(request(body("other")), "wrong client_secret for client 'other'", id="mixed"),
    ],
)
def test_a_hint_says_what_is_wrong(make_lane: Make, asked: TokenRequest, hint: str) -> None:
    assert hint in refused(lane_with(make_lane), asked)


def test_without_public_clients_an_id_alone_lacks_its_secret(make_lane: Make) -> None:
    lane = lane_with(make_lane, methods=[BASIC, POST])
    assert refused(lane, SENT[NONE]) == "client_id is sent without client_secret"


@pytest.mark.parametrize("method", [BASIC, POST])
def test_a_disabled_client_is_refused_whatever_its_secret(make_lane: Make, method: str) -> None:
    lane = lane_with(make_lane, client={"enabled": False})
    assert refused(lane, SENT[method]) == "client 'app' is disabled"


def test_a_public_client_names_itself_and_sends_no_secret(make_lane: Make) -> None:
    lane = lane_with(make_lane, client={"client_secret": None})
    assert authenticate(lane, SENT[NONE]).is_public
    for method in (BASIC, POST):
        assert refused(lane, SENT[method]) == "client 'app' is public, but sent a client_secret"


def test_an_empty_secret_is_no_secret(make_lane: Make) -> None:
    lane = lane_with(make_lane, client={"client_secret": ""})
    assert authenticate(lane, SENT[NONE]).is_public
    assert refused(lane, SENT[POST]) == "client 'app' is public, but sent a client_secret"


@pytest.mark.parametrize("place", ["body", "header"])
@pytest.mark.parametrize(
    ("client_id", "secret", "is_good"),
    [
        pytest.param("i" * 20, "s" * 30, True, id="as long as allowed"),
        pytest.param("i" * 21, "s" * 30, False, id="id too long"),
        pytest.param("i" * 20, "s" * 31, False, id="secret too long"),
    ],
)
def test_longer_values_are_not_even_looked_at(
    make_lane: Make, place: str, client_id: str, secret: str, is_good: bool
) -> None:
    lane = make_lane(
        "openid",
        clients=[{"client_id": client_id, "client_secret": secret}],
        token_max_length={"client_id": 20, "client_secret": 30},
    )
    asked = (
        request(body(client_id, secret)) if place == "body" else request(basic=(client_id, secret))
    )
    if is_good:
        assert authenticate(lane, asked).client_id == client_id
    else:
        assert "too long" in refused(lane, asked) or "longer than" in refused(lane, asked)


def test_a_hint_stays_short_whatever_is_sent(make_lane: Make) -> None:
    lane = make_lane("openid", clients=[{"client_id": f"client-{n}"} for n in range(40)])
    hint = refused(lane, request(body("x" * 100_000)))
    assert len(hint) < 600
    assert "and 30 more" in hint


def test_a_rotated_secret_is_good_and_the_old_one_is_not(make_lane: Make) -> None:
    lane = lane_with(make_lane)
    lane.clients.replace(replace(lane.clients.default, client_secret="new-new-new"))
    assert authenticate(lane, request(body(client_secret="new-new-new"))).client_id == "app"
    assert "wrong client_secret" in refused(lane, SENT[POST])


@pytest.mark.parametrize(
    ("asked", "case"),
    [
        pytest.param(request(), "missing_client", id="nothing"),
        pytest.param(request({"client_secret": SECRET}), "missing_client", id="a secret alone"),
        pytest.param(request(header="Basic !"), "missing_client", id="a header passed over"),
        pytest.param(request({"client_id": "nobody"}), "missing_secret", id="an id alone"),
        pytest.param(request(body("nobody")), "bad_client", id="an id and a secret"),
        pytest.param(request(basic=("nobody", SECRET)), "bad_client", id="a header"),
    ],
)
def test_a_client_that_is_not_named_is_another_case_than_a_wrong_one(
    make_lane: Make, asked: TokenRequest, case: str
) -> None:
    lane = lane_with(make_lane, malformed_basic="ignore")
    with pytest.raises(OAuthError) as caught:
        authenticate(lane, asked)
    assert caught.value.case == case
