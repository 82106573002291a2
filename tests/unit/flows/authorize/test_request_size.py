"""How much an authorization request may hold: it is kept while a person is asked."""

from __future__ import annotations

import pytest

from mockidp import MockIdP
from mockidp.flows.authorize.pipeline import check
from mockidp.flows.authorize.request import Authorization, Refused
from mockidp.oauth.params import Params


@pytest.mark.parametrize(("size", "is_taken"), [(100_000, True), (131_072, False)])
def test_a_request_is_no_longer_than_its_limit(size: int, is_taken: bool) -> None:
    idp = MockIdP(clients=[{"client_id": "app", "redirect_uris": ["https://app.example/cb"]}])
    params = Params.of(
        {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": "https://app.example/cb",
            "scope": "openid",
            "x": "x" * size,
        }
    )
    it = Authorization(params=params, issuer="https://idp.example", try_out_uri="")
    try:
        if is_taken:
            assert check(idp._lane, it).redirect_uri == "https://app.example/cb"
        else:
            with pytest.raises(Refused, match="131072 are allowed") as refused:
                check(idp._lane, it)
            assert refused.value.destination is None
    finally:
        idp.close()
