"""``MockIdP.app``: the provider without a socket."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import jwt
import pytest

from mockidp import MockIdP
from mockidp.issuer import Issuer


def post(idp: MockIdP, url: str, **form: str) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=idp.app)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.post(url, data=form, auth=idp.client.auth)

    return asyncio.run(send())


def call_api(idp: MockIdP, url: str, token: str) -> int:
    async def send() -> int:
        transport = httpx.ASGITransport(app=idp.app)
        async with httpx.AsyncClient(transport=transport) as client:
            answer = await client.get(url, headers={"Authorization": f"Bearer {token}"})
            return answer.status_code

    return asyncio.run(send())


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://api.groupdocs.cloud", id="the real address"),
        pytest.param("http://testserver", id="an invented host"),
        pytest.param("https://evil.example", id="a foreign host"),
    ],
)
def test_without_an_address_tokens_carry_the_real_issuer(url: str) -> None:
    idp = MockIdP("groupdocs-total")
    answer = post(idp, f"{url}/connect/token", grant_type="client_credentials")
    token = answer.json()["access_token"]
    assert claims_of(token)["iss"] == idp.issuer == "https://api.groupdocs.cloud"
    assert call_api(idp, f"{url}/v1.0/storage", token) == 200
    assert call_api(idp, f"{url}/v1.0/storage", idp.issue_token()) == 200
    idp.journal.assert_called("token", times=1, status=200)
    idp.close()


def test_without_an_address_metadata_names_the_real_one() -> None:
    idp = MockIdP("groupdocs-total")
    assert idp.metadata()["token_endpoint"] == "https://api.groupdocs.cloud/connect/token"
    assert idp.jwks()["keys"]
    idp.close()


def test_with_an_address_the_application_answers_as_if_asked_there() -> None:
    with MockIdP() as idp:
        answer = post(idp, "http://testserver/token", grant_type="client_credentials")
        assert claims_of(answer.json()["access_token"])["iss"] == idp.base_url


def test_a_lane_without_an_address_says_so() -> None:
    idp = MockIdP()
    lane: Issuer = idp._lane
    assert not lane.has_address
    with idp:
        assert lane.has_address
