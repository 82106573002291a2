"""Clients in PHP, Ruby and Node reach the providers' real https addresses, which are literals in
them, by what ``idp.environment()`` gives: the proxy and the CA. They verify certificates.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

import fixtures

if TYPE_CHECKING:
    from mockidp import MockIdP

CLIENTS = Path(next(iter(fixtures.__path__))) / "clients"
REDIRECT_URI = "https://app.example/cb"
APP = {"client_id": "app", "client_secret": "secret-of-the-app", "redirect_uris": [REDIRECT_URI]}
#: Roots that do not know our CA: what is left when nobody tells of it.
TRUST = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "PHP_INI_SCAN_DIR")

#: One answer: status and body.
Answer = tuple[int, Any]


def start(
    program: str, arguments: tuple[str, ...], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a client as its user does, in an environment with nothing else of this machine's."""
    interpreter = {".php": "php", ".rb": "ruby", ".mjs": "node"}[Path(program).suffix]
    if not shutil.which(interpreter):
        pytest.skip(f"{interpreter} is not installed")
    if interpreter == "php":
        loaded = ["php", "-r", "exit(extension_loaded('curl') ? 0 : 1);"]
        if subprocess.run(loaded, check=False).returncode:
            pytest.skip("php's curl is not installed")
    return subprocess.run(
        [interpreter, str(CLIENTS / program), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=50,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
    )


def answers(idp: MockIdP, program: str, *arguments: str) -> list[Answer]:
    """What the client was answered."""
    done = start(program, arguments, idp.environment())
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [(status, body) for status, body in map(json.loads, done.stdout.splitlines())]


# -- PHP -----------------------------------------------------------------------------------------


def test_php_fetches_a_token_with_json_and_calls(mockidp_easytranslate: MockIdP) -> None:
    idp = mockidp_easytranslate
    credentials = (idp.client.client_id, idp.client.client_secret)
    token, user = answers(idp, "easytranslate.php", *credentials, "alice@example.com", "alice")
    assert token[0] == 200
    assert [*token[1]] == ["token_type", "expires_in", "access_token", "refresh_token"]
    assert user[0] == 200
    assert user[1]["data"]["attributes"]["email"] == "alice@example.com"
    assert user[1]["included"][0]["attributes"]["team_identifier"] == "alice-example"
    idp.journal.assert_called("token", times=1, status=200, grant_type="password")


@pytest.mark.parametrize(
    ("wrong", "refused"),
    [
        ({"secret": "not-the-secret"}, (401, "invalid_client")),
        ({"password": "not-the-password"}, (400, "invalid_grant")),
    ],
    ids=["secret", "password"],
)
def test_php_is_refused(
    mockidp_easytranslate: MockIdP, wrong: dict[str, str], refused: tuple[int, str]
) -> None:
    idp = mockidp_easytranslate
    given = {"secret": idp.client.client_secret, "password": "alice", **wrong}
    arguments = (idp.client.client_id, given["secret"], "alice@example.com", given["password"])
    ((status, body),) = answers(idp, "easytranslate.php", *arguments)
    assert (status, body["error"]) == refused
    idp.journal.assert_not_called("api")


# -- Ruby ----------------------------------------------------------------------------------------


def proz_code(idp: MockIdP) -> str:
    """The user has followed the link of the application, which has no `state` in it."""
    asked = {"client_id": "app", "redirect_uri": REDIRECT_URI, "response_type": "code"}
    url = f"https://www.proz.com/oauth/authorize?{urlencode(asked)}"
    code = idp.robot.login(url, user="bob").code
    assert code is not None
    return code


@pytest.mark.mockidp("proz", clients=[APP])
def test_ruby_exchanges_a_code_refreshes_and_calls(mockidp: MockIdP) -> None:
    arguments = ("app", "secret-of-the-app", REDIRECT_URI, proz_code(mockidp))
    first, second, user = answers(mockidp, "proz.rb", *arguments)
    for status, tokens in (first, second):
        assert status == 200
        assert (tokens["expires_in"], tokens["token_type"]) == (1209600, "Bearer")
        assert tokens["scope"] == "public"
    assert first[1]["refresh_token"] != second[1]["refresh_token"]
    assert user[0] == 200
    assert user[1]["site_name"] == "Bob Example"
    # The same code again, as when a user reloads the page.
    assert answers(mockidp, "proz.rb", *arguments) == [
        (
            400,
            {
                "error": "invalid_grant",
                "error_description": (
                    "Authorization code doesn't exist or is invalid for the client"
                ),
            },
        )
    ]


@pytest.mark.mockidp("proz", clients=[APP])
def test_ruby_is_refused_with_a_wrong_secret(mockidp: MockIdP) -> None:
    arguments = ("app", "not-the-secret", REDIRECT_URI, proz_code(mockidp))
    ((status, body),) = answers(mockidp, "proz.rb", *arguments)
    assert (status, body["error"]) == (400, "invalid_client")


# -- Node ----------------------------------------------------------------------------------------


def test_node_fetches_a_token_and_calls(mockidp_groupdocs_translation: MockIdP) -> None:
    idp = mockidp_groupdocs_translation
    idp.api.respond("GET", "/v2.0/translation/languages", json=["en", "de"])
    credentials = (idp.client.client_id, idp.client.client_secret)
    token, languages = answers(idp, "groupdocs.mjs", *credentials)
    assert token[0] == 200
    assert [*token[1]] == ["access_token", "expires_in", "token_type"]
    assert languages == (200, ["en", "de"])


def test_node_is_refused_with_a_wrong_secret(mockidp_groupdocs_translation: MockIdP) -> None:
    idp = mockidp_groupdocs_translation
    refused = answers(idp, "groupdocs.mjs", idp.client.client_id, "not-the-secret")
    assert refused == [(400, {"error": "invalid_client"})]


# -- all of them ---------------------------------------------------------------------------------

PROGRAMS = {
    "easytranslate.php": ("easytranslate", 4),
    "proz.rb": ("proz", 4),
    "groupdocs.mjs": ("groupdocs-translation", 2),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_certificates_are_verified(mockidp_factory: Callable[..., MockIdP], program: str) -> None:
    """Without our CA each of them stops before it has sent its secret."""
    profile, count = PROGRAMS[program]
    idp = mockidp_factory(profile)
    proxy_alone = {name: v for name, v in idp.environment().items() if name not in TRUST}
    done = start(program, ("word",) * count, proxy_alone)
    assert done.returncode != 0
    assert "certificate" in done.stderr.lower()
    idp.journal.assert_not_called("token")
