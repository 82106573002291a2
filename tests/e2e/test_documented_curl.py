"""Every curl command of the providers' documents, run by a shell and the real curl: against
``mockidp serve`` through its proxy, against ``mockidp serve`` with the address changed, and against
a lane in a test.

A command is as it is documented, but that addresses which the document has lost are restored. Its
placeholders are filled with what ``mockidp serve`` prints, or the client of a test is registered
under them; a token of the past is replaced by one of today.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from fixtures.serving import Printed, PrintedCard, serving
from mockidp.testing import Robot

if TYPE_CHECKING:
    from mockidp import MockIdP

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")

#: 000_8cc55cca2a748f8d.txt, which has lost its addresses, and 001_12dabed6cbb52161.txt.
TRANSLATION_TOKEN = r"""
curl --location --request POST 'https://id.groupdocs.cloud/connect/token' \
     --header 'Content-Type: application/x-www-form-urlencoded' \
     --data-urlencode 'grant_type=client_credentials' \
     --data-urlencode 'client_id=CLIENT-ID-VALUE' \
     --data-urlencode 'client_secret=CLIENT-SECRET-VALUE'
"""

#: The same; the elided token is replaced.
TRANSLATION_CALL = r"""
curl --location --request POST 'https://api.groupdocs.cloud/v2.0/translation/text' \
     --header 'Authorization: Bearer ACCESS-TOKEN'
"""

#: 002_f8903df66b805851.txt, which has lost its address: knowledge.easytranslate.com/getting-started
EASYTRANSLATE_TOKEN = r"""
curl --location --request POST 'https://api.platform.sandbox.easytranslate.com/oauth/token' \
--header 'Accept: application/json' \
--header 'Content-Type: application/x-www-form-urlencoded' \
--form 'client_id="{{CLIENT_ID}}"' \
--form 'client_secret="{{CLIENT_SECRET}}"' \
--form 'grant_type="password"' \
--form 'username="{{USERNAME}}"' \
--form 'password="{{PASSWORD}}"' \
--form 'scope="dashboard"'
"""

#: knowledge.easytranslate.com/refresh-your-access-token
EASYTRANSLATE_REFRESH = r"""
curl --location --request POST 'https://api.platform.sandbox.easytranslate.com/oauth/token' \
--header 'Accept: application/json' \
--header 'Content-Type: application/x-www-form-urlencoded' \
--form 'client_id="{{CLIENT_ID}}"' \
--form 'client_secret="{{CLIENT_SECRET}}"' \
--form 'grant_type="refresh_token"' \
--form 'refresh_token="{{REFRESH_TOKEN}}"' \
--form 'scope="dashboard"'
"""

#: knowledge.easytranslate.com/get-access-to-your-authenticated-user
EASYTRANSLATE_CALL = r"""
curl --location --request GET 'https://api.platform.sandbox.easytranslate.com/api/v1/user' \
--header 'Accept: application/json' \
--header 'Authorization: Bearer {{ACCESS_TOKEN}}'
"""

#: 003_484ff4a9038d709c.txt
TOTAL_TOKEN = r"""
curl --location --request POST 'https://api.groupdocs.cloud/connect/token' \
     --header 'Content-Type: application/x-www-form-urlencoded' \
     --data-urlencode 'grant_type=client_credentials' \
     --data-urlencode 'client_id=XXYYXXYY' \
     --data-urlencode 'client_secret=XXYYXXYY'
"""

#: The same; its token is an opaque one of the older `/oauth2/token`, here cut short.
TOTAL_CALL = r"""
curl -v "https://api.groupdocs.cloud/v1/viewer/Test.msg/html/attachments/Freescale%20OSC.pdf/pages/1/resources/styles.css" \
     -X GET \
     -H "Content-Type: application/json" \
     -H "authorization: Bearer _J7gynLXEsUVn8fCYlsHqP-Su6G3"
"""  # noqa: E501  # the document's own line
OPAQUE = "_J7gynLXEsUVn8fCYlsHqP-Su6G3"
STYLES = "/v1/viewer/Test.msg/html/attachments/Freescale%20OSC.pdf/pages/1/resources/styles.css"

#: 004_b2b9f8c7614bddb6.txt, which has lost addresses and `-u`: www.proz.com/api-docs/authentication
#: The words with a dollar are variables of the reader's shell.
PROZ_OWN_TOKEN = r"""
curl https://www.proz.com/oauth/token \
    -u $CLIENT_ID:$CLIENT_SECRET \
    -d "grant_type=client_credentials"
"""

PROZ_CODE_EXCHANGE = r"""
curl https://www.proz.com/oauth/token \
    -u $CLIENT_ID:$CLIENT_SECRET \
    -d "grant_type=authorization_code&code=$CODE&redirect_uri=$REDIRECT_URI"
"""

PROZ_CALL = r"""
curl -H 'Authorization: Bearer YOUR_ACCESS_TOKEN' https://api.proz.com/v2/freelancer/me
"""

PROZ_CALL_BY_KEY = r"""
curl -H 'X-Proz-API-Key: YOUR_API_KEY' https://api.proz.com/v2/freelancer/me
"""


def paste(
    lines: str, folder: Path, variables: Mapping[str, str] | None = None, *, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Give lines to a shell that has neither a proxy nor a .curlrc of the machine."""
    base = {"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", "HOME": str(folder)}
    done = subprocess.run(
        ["sh", "-c", lines],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={**base, **(variables or {})},
    )
    assert done.returncode == code, done.stderr
    return done


def filled(command: str, *pairs: tuple[str, str]) -> str:
    """With each placeholder replaced; one that is not there is a fault of the test."""
    for placeholder, value in pairs:
        assert command.count(placeholder) == 1, placeholder
        command = command.replace(placeholder, value)
    return command


# -- mockidp serve -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody with the documents of one provider, a shell, and what ``mockidp serve`` prints."""

    card: PrintedCard
    folder: Path
    #: What is pasted first; "" for who changes the addresses instead.
    exports: str

    def run(self, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return paste(f"{self.exports}\n{self.here(command)}", self.folder, variables)

    def fetch(self, command: str, **variables: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.run(command, **variables).stdout)
        return document

    def here(self, text: str) -> str:
        """With the provider's addresses changed, for who has to."""
        if not self.exports:
            for name in self.card.real_names:
                text = text.replace(f"https://{name}", self.card.base_url)
        return text

    def credentials(self, client_id: str, client_secret: str) -> tuple[tuple[str, str], ...]:
        """The two placeholders and what is printed for them; they may be the same word."""
        return (
            (f"client_id={client_id}", f"client_id={self.card['client_id']}"),
            (f"client_secret={client_secret}", f"client_secret={self.card['client_secret']}"),
        )


class Documents:
    """``documents("proz", "www.proz.com")``: the reader of a provider's documents."""

    def __init__(self, printed: Printed, folder: Path) -> None:
        self._printed = printed
        self._folder = folder

    def __call__(self, provider: str, *real_names: str) -> Reader:
        card = self._printed.card(provider, *real_names)
        return Reader(card=card, folder=self._folder, exports=self._printed.exports)


@pytest.fixture(
    scope="module",
    params=[("--proxy",), ()],
    ids=["through the proxy", "with the address changed"],
)
def printed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Printed]:
    with serving(tmp_path_factory.mktemp("serving"), *request.param) as printed:
        assert bool(printed.exports) == bool(request.param)
        yield printed


@pytest.fixture
def documents(printed: Printed, tmp_path: Path) -> Documents:
    return Documents(printed, tmp_path)


def test_groupdocs_translation(documents: Documents) -> None:
    reader = documents("groupdocs-translation", "id.groupdocs.cloud", "api.groupdocs.cloud")
    credentials = reader.credentials("CLIENT-ID-VALUE", "CLIENT-SECRET-VALUE")
    ticket = reader.fetch(filled(TRANSLATION_TOKEN, *credentials))
    assert [*ticket] == ["access_token", "expires_in", "token_type"]
    assert (ticket["expires_in"], ticket["token_type"]) == (3600, "Bearer")
    # The elided sample of the documents begins with the same bytes.
    assert ticket["access_token"].startswith("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.")
    seen = reader.fetch(filled(TRANSLATION_CALL, ("ACCESS-TOKEN", ticket["access_token"])))
    assert (seen["method"], seen["path"]) == ("POST", "/v2.0/translation/text")
    assert seen["claims"]["client_id"] == reader.card["client_id"]
    assert seen["claims"]["iss"] == reader.here("https://id.groupdocs.cloud")


def test_groupdocs_total(documents: Documents) -> None:
    reader = documents("groupdocs-total", "api.groupdocs.cloud")
    ticket = reader.fetch(filled(TOTAL_TOKEN, *reader.credentials("XXYYXXYY", "XXYYXXYY")))
    assert [*ticket] == ["access_token", "expires_in", "token_type"]
    assert (ticket["expires_in"], ticket["token_type"]) == (86400, "Bearer")
    served = reader.run(filled(TOTAL_CALL, (OPAQUE, ticket["access_token"])))
    assert "HTTP/1.1 200 OK" in served.stderr
    seen = json.loads(served.stdout)
    assert (seen["method"], seen["path"]) == ("GET", unquote(STYLES))
    assert seen["claims"]["iss"] == reader.here("https://api.groupdocs.cloud")


def test_easytranslate(documents: Documents) -> None:
    """Multipart under the form type: the token, the refreshed one, and what becomes of the old."""
    reader = documents("easytranslate-sandbox", "api.platform.sandbox.easytranslate.com")
    username, password = reader.card.user
    credentials = (
        ("{{CLIENT_ID}}", reader.card["client_id"]),
        ("{{CLIENT_SECRET}}", reader.card["client_secret"]),
    )
    person = (("{{USERNAME}}", username), ("{{PASSWORD}}", password))
    first = reader.fetch(filled(EASYTRANSLATE_TOKEN, *credentials, *person))
    assert [*first] == ["token_type", "expires_in", "access_token", "refresh_token"]
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 31622400)
    call = filled(EASYTRANSLATE_CALL, ("{{ACCESS_TOKEN}}", first["access_token"]))
    assert reader.fetch(call)["data"]["attributes"]["email"] == username

    old = ("{{REFRESH_TOKEN}}", first["refresh_token"])
    refresh = filled(EASYTRANSLATE_REFRESH, *credentials, old)
    second = reader.fetch(refresh)
    assert [*second] == [*first]
    assert second["refresh_token"] != first["refresh_token"]
    assert reader.fetch(refresh)["hint"] == "Token has been revoked"
    assert reader.fetch(call)["message"] == "Unauthenticated."
    call = filled(EASYTRANSLATE_CALL, ("{{ACCESS_TOKEN}}", second["access_token"]))
    assert reader.fetch(call)["data"]["type"] == "customer"


@pytest.fixture
def proz(documents: Documents) -> Reader:
    return documents("proz", "www.proz.com", "api.proz.com")


def proz_variables(reader: Reader) -> dict[str, str]:
    """What a reader of ProZ's documents sets in the shell."""
    return {
        "CLIENT_ID": reader.card["client_id"],
        "CLIENT_SECRET": reader.card["client_secret"],
    }


def test_proz_client_credentials(proz: Reader) -> None:
    tokens = proz.fetch(PROZ_OWN_TOKEN, **proz_variables(proz))
    assert [*tokens] == ["access_token", "expires_in", "token_type", "scope"]
    assert re.fullmatch("[0-9a-f]{40}", tokens.pop("access_token"))
    assert tokens == {"expires_in": 1209600, "token_type": "Bearer", "scope": "public"}


def test_proz_code_exchange(proz: Reader) -> None:
    """The user signs in at the address that is printed, or the same at www.proz.com."""
    address = proz.card["sign in at"]
    if proz.exports:
        base, real = proz.card.base_url, "https://www.proz.com"
        address = address.replace(base, real).replace(quote(base, ""), quote(real, ""))
    redirect_uri = parse_qs(urlsplit(address).query)["redirect_uri"][0]
    username, password = proz.card.user
    code = Robot(proz.card).login(address, user=username, password=password).code
    assert code is not None
    variables = {**proz_variables(proz), "CODE": code, "REDIRECT_URI": redirect_uri}
    tokens = proz.fetch(PROZ_CODE_EXCHANGE, **variables)
    assert [*tokens][:4] == ["access_token", "expires_in", "token_type", "scope"]
    again = proz.fetch(PROZ_CODE_EXCHANGE, **variables)
    assert again == {
        "error": "invalid_grant",
        "error_description": "Authorization code doesn't exist or is invalid for the client",
    }
    me = proz.fetch(filled(PROZ_CALL, ("YOUR_ACCESS_TOKEN", tokens["access_token"])))
    assert me["success"] == 1
    assert me["data"]["site_name"] == "alicetranslates"


def test_proz_api_key(proz: Reader) -> None:
    key = proz.card["X-Proz-API-Key"]
    me = proz.fetch(filled(PROZ_CALL_BY_KEY, ("YOUR_API_KEY", key)))
    assert me["data"]["site_name"] == "alicetranslates"
    refused = proz.fetch(PROZ_CALL_BY_KEY)
    assert refused["error"] == "invalid_api_key"


@pytest.mark.parametrize("printed", [("--proxy",)], indirect=True, ids=["through the proxy"])
def test_the_certificate_is_verified(printed: Printed, tmp_path: Path) -> None:
    lines = f"{printed.exports}\nunset SSL_CERT_FILE CURL_CA_BUNDLE\n{PROZ_OWN_TOKEN}"
    refused = paste(lines, tmp_path, code=60)
    assert "certificate" in refused.stderr


# -- a lane in a test ----------------------------------------------------------------------------


def run(command: str, idp: MockIdP, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command as pasted, with the provider's addresses changed to the lane's."""
    for host in ("https://id.groupdocs.cloud", "https://api.groupdocs.cloud"):
        command = command.replace(host, idp.base_url)
    return paste(command, folder)


def fetch(command: str, idp: MockIdP, folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run(command, idp, folder).stdout)
    return document


@pytest.mark.mockidp(
    clients=[{"client_id": "CLIENT-ID-VALUE", "client_secret": "CLIENT-SECRET-VALUE"}]
)
def test_translation_is_answered_as_the_test_says(
    mockidp_groupdocs_translation: MockIdP, tmp_path: Path
) -> None:
    idp = mockidp_groupdocs_translation
    idp.api.respond("POST", "/v2.0/translation/text", json={"id": "job-1"})
    ticket = fetch(TRANSLATION_TOKEN, idp, tmp_path)
    call = filled(TRANSLATION_CALL, ("ACCESS-TOKEN", ticket["access_token"]))
    assert fetch(call, idp, tmp_path) == {"id": "job-1"}


@pytest.mark.mockidp(clients=[{"client_id": "XXYYXXYY", "client_secret": "XXYYXXYY"}])
def test_total_is_answered_as_the_test_says(
    mockidp_groupdocs_total: MockIdP, tmp_path: Path
) -> None:
    idp = mockidp_groupdocs_total
    css = "  sup {\n    top: -0.4em;\n"
    idp.api.respond("GET", STYLES, body=css, headers={"Content-Type": "text/css"})
    ticket = fetch(TOTAL_TOKEN, idp, tmp_path)
    served = run(filled(TOTAL_CALL, (OPAQUE, ticket["access_token"])), idp, tmp_path)
    assert served.stdout == css
    assert "< content-type: text/css" in served.stderr.lower()


def test_the_opaque_token_of_the_document_is_not_good_any_more(
    mockidp_groupdocs_total: MockIdP, tmp_path: Path
) -> None:
    refused = run(TOTAL_CALL, mockidp_groupdocs_total, tmp_path)
    assert "< HTTP/1.1 401 Unauthorized" in refused.stderr
    assert '< www-authenticate: Bearer error="invalid_token"' in refused.stderr
    assert mockidp_groupdocs_total.journal.last.hint.startswith("the token is ")


def test_placeholders_that_were_never_replaced_are_refused_and_explained(
    mockidp_groupdocs_translation: MockIdP, tmp_path: Path
) -> None:
    idp = mockidp_groupdocs_translation
    assert fetch(TRANSLATION_TOKEN, idp, tmp_path) == {"error": "invalid_client"}
    hint = idp.journal.last.hint
    assert "'CLIENT-ID-VALUE'" in hint
    assert idp.client.client_id in hint
