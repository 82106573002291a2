"""The curl command of EasyTranslate's document (seed 002), run by a shell and the real curl.

It sets the type of a form and sends ``--form`` all the same, so that curl writes a multipart body
under the type of a form. The placeholders are filled, the quotes around them stay as printed, and
the address, which the document has lost, is the lane's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockidp import MockIdP

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")

COMMAND = r"""
curl --location --request POST '' \
--header 'Accept: application/json' \
--header 'Content-Type: application/x-www-form-urlencoded' \
--form 'client_id="{{CLIENT_ID}}"' \
--form 'client_secret="{{CLIENT_SECRET}}"' \
--form 'grant_type="password"' \
--form 'username="{{USERNAME}}"' \
--form 'password="{{PASSWORD}}"' \
--form 'scope="dashboard"'
"""

LENIENT = ["application/x-www-form-urlencoded", "multipart/form-data", "application/json"]


def run(command: str, folder: Path) -> Any:
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        # Neither a proxy nor a .curlrc of the machine.
        env={"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", "HOME": str(folder)},
    )
    return json.loads(done.stdout)


def filled(idp: MockIdP, command: str = COMMAND) -> str:
    client_id, client_secret = idp.client.auth
    values = {
        "{{CLIENT_ID}}": client_id,
        "{{CLIENT_SECRET}}": client_secret,
        "{{USERNAME}}": "alice@sandbox.example",
        "{{PASSWORD}}": "alice",
    }
    for placeholder, value in values.items():
        command = command.replace(placeholder, value)
    return command.replace("POST ''", f"POST '{idp.url('token')}'")


def test_it_works_as_printed(mockidp_easytranslate_sandbox: MockIdP, tmp_path: Path) -> None:
    idp = mockidp_easytranslate_sandbox
    answer = run(filled(idp), tmp_path)
    assert [*answer] == ["token_type", "expires_in", "access_token", "refresh_token"]
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 31622400)
    idp.journal.assert_called("token", grant_type="password", username="alice@sandbox.example")


def test_the_refresh_command_works_too(
    mockidp_easytranslate_sandbox: MockIdP, tmp_path: Path
) -> None:
    """It is the same but for its grant (knowledge.easytranslate.com/refresh-your-access-token)."""
    idp = mockidp_easytranslate_sandbox
    first = run(filled(idp), tmp_path)
    lines = [line for line in COMMAND.splitlines() if "USERNAME" not in line]
    command = "\n".join(lines).replace('grant_type="password"', 'grant_type="refresh_token"')
    command = command.replace(
        'password="{{PASSWORD}}"', f'refresh_token="{first["refresh_token"]}"'
    )
    second = run(filled(idp, command), tmp_path)
    assert [*second] == [*first]
    assert second["refresh_token"] != first["refresh_token"]


@pytest.mark.mockidp(token_body_types=LENIENT)
def test_a_strict_provider_answers_as_php_would(
    mockidp_easytranslate_sandbox: MockIdP, tmp_path: Path
) -> None:
    idp = mockidp_easytranslate_sandbox
    assert run(filled(idp), tmp_path)["error"] == "unsupported_grant_type"
    assert "multipart/form-data, but it was sent as url-encoded" in idp.journal.last.hint
    without_type = filled(idp).replace(
        "--header 'Content-Type: application/x-www-form-urlencoded' \\\n", ""
    )
    assert run(without_type, tmp_path)["token_type"] == "Bearer"
