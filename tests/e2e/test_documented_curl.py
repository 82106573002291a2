"""The curl commands of GroupDocs' documents, run by a shell and the real curl against a lane.

Only the address is changed: the client is registered under the placeholders of the documents, and
where a command carries a token of the past it gets one of today.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from mockidp import MockIdP

#: Seeds 000 (which has lost its addresses) and 001.
TRANSLATION_TOKEN = r"""
curl --location --request POST 'https://id.groupdocs.cloud/connect/token' \
     --header 'Content-Type: application/x-www-form-urlencoded' \
     --data-urlencode 'grant_type=client_credentials' \
     --data-urlencode 'client_id=CLIENT-ID-VALUE' \
     --data-urlencode 'client_secret=CLIENT-SECRET-VALUE'
"""

#: Seeds 000 and 001; the elided token is replaced.
TRANSLATION_CALL = r"""
curl --location --request POST 'https://api.groupdocs.cloud/v2.0/translation/text' \
     --header 'Authorization: Bearer ACCESS-TOKEN'
"""

#: Seed 003.
TOTAL_TOKEN = r"""
curl --location --request POST 'https://api.groupdocs.cloud/connect/token' \
     --header 'Content-Type: application/x-www-form-urlencoded' \
     --data-urlencode 'grant_type=client_credentials' \
     --data-urlencode 'client_id=XXYYXXYY' \
     --data-urlencode 'client_secret=XXYYXXYY'
"""

#: Seed 003; its token is an opaque one of the older `/oauth2/token`, here cut short.
TOTAL_CALL = r"""
curl -v "https://api.groupdocs.cloud/v1/viewer/Test.msg/html/attachments/Freescale%20OSC.pdf/pages/1/resources/styles.css" \
     -X GET \
     -H "Content-Type: application/json" \
     -H "authorization: Bearer _J7gynLXEsUVn8fCYlsHqP-Su6G3"
"""  # noqa: E501  # the document's own line
OPAQUE = "_J7gynLXEsUVn8fCYlsHqP-Su6G3"
STYLES = "/v1/viewer/Test.msg/html/attachments/Freescale%20OSC.pdf/pages/1/resources/styles.css"


def run(command: str, idp: MockIdP, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command as pasted, with the provider's addresses changed to the lane's."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    for host in ("https://id.groupdocs.cloud", "https://api.groupdocs.cloud"):
        command = command.replace(host, idp.base_url)
    return subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        # Neither a proxy nor a .curlrc of the machine.
        env={"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", "HOME": str(folder)},
    )


def fetch(command: str, idp: MockIdP, folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run(command, idp, folder).stdout)
    return document


@pytest.mark.mockidp(
    clients=[{"client_id": "CLIENT-ID-VALUE", "client_secret": "CLIENT-SECRET-VALUE"}]
)
def test_translation(mockidp_groupdocs_translation: MockIdP, tmp_path: Path) -> None:
    idp = mockidp_groupdocs_translation
    idp.api.respond("POST", "/v2.0/translation/text", json={"id": "job-1"})
    ticket = fetch(TRANSLATION_TOKEN, idp, tmp_path)
    assert [*ticket] == ["access_token", "expires_in", "token_type"]
    assert (ticket["expires_in"], ticket["token_type"]) == (3600, "Bearer")
    # The elided sample of the documents begins with the same bytes.
    assert ticket["access_token"].startswith("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.")
    call = TRANSLATION_CALL.replace("ACCESS-TOKEN", ticket["access_token"])
    assert fetch(call, idp, tmp_path) == {"id": "job-1"}


@pytest.mark.mockidp(clients=[{"client_id": "XXYYXXYY", "client_secret": "XXYYXXYY"}])
def test_total(mockidp_groupdocs_total: MockIdP, tmp_path: Path) -> None:
    idp = mockidp_groupdocs_total
    css = "  sup {\n    top: -0.4em;\n"
    idp.api.respond("GET", STYLES, body=css, headers={"Content-Type": "text/css"})
    ticket = fetch(TOTAL_TOKEN, idp, tmp_path)
    assert [*ticket] == ["access_token", "expires_in", "token_type"]
    assert (ticket["expires_in"], ticket["token_type"]) == (86400, "Bearer")
    served = run(TOTAL_CALL.replace(OPAQUE, ticket["access_token"]), idp, tmp_path)
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
