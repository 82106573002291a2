"""A PHP client, as the official one is: JSON out, ``json_decode`` in (php-rest-api-client)."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockidp import MockIdP

pytestmark = pytest.mark.skipif(not shutil.which("php"), reason="php is not installed")

#: Asks for a token and for the user; says what PHP makes of both, and the answers byte for byte.
SCRIPT = r"""
[$home, $id, $secret, $password] = array_slice($argv, 1);
function ask($url, $method, $headers, $body = '') {
    $options = ['method' => $method, 'header' => $headers, 'content' => $body,
                'ignore_errors' => true, 'timeout' => 60];
    $text = file_get_contents($url, false, stream_context_create(['http' => $options]));
    return [$text, $http_response_header[0]];
}
$json = ['Accept: application/json', 'Content-Type: application/json'];
$asked = ['client_id' => $id, 'client_secret' => $secret, 'grant_type' => 'password',
          'username' => 'alice@example.com', 'password' => $password, 'scope' => 'dashboard'];
[$text, $status] = ask("$home/oauth/token", 'POST', $json, json_encode($asked));
$token = json_decode($text, true, 512, JSON_THROW_ON_ERROR);
$result = ['status' => $status, 'same' => json_encode($token) === $text, 'token' => $token];
if (isset($token['access_token'])) {
    $json[] = "Authorization: Bearer {$token['access_token']}";
    [$text, $status] = ask("$home/api/v1/user", 'GET', $json);
    $user = json_decode($text, true, 512, JSON_THROW_ON_ERROR);
    $result['user'] = $user['included'][0]['attributes'];
    $result['same user'] = json_encode($user) === $text;
    $team = $user['included'][0]['attributes']['team_identifier'];
    [$text, $status] = ask("$home/laas/api/v2/teams/$team", 'GET', $json);
    $account = json_decode($text, true, 512, JSON_THROW_ON_ERROR);
    $result['workflows'] = array_column($account['data']['attributes']['workflows'], 'type');
    [$text, $status] = ask("$home/api/v1/user", 'GET', ['Accept: application/json']);
    $refused = json_decode($text, true);
    // As the official client finds out that its call was refused.
    $is_refused = !empty($refused['errors']) && !empty($refused['data']['message']);
    $result['refused'] = $is_refused ? $refused['data']['message'] : null;
}
echo json_encode($result);
"""


def run(idp: MockIdP, password: str) -> Any:
    done = subprocess.run(
        ["php", "-r", SCRIPT, "--", idp.base_url, *idp.client.auth, password],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return json.loads(done.stdout)


def test_json_in_and_json_out(mockidp_easytranslate: MockIdP) -> None:
    result = run(mockidp_easytranslate, "alice")
    assert result["status"] == "HTTP/1.1 200 OK"
    assert [*result["token"]] == ["token_type", "expires_in", "access_token", "refresh_token"]
    # "Alice Example A\/S": the very bytes that PHP's own json_encode writes.
    assert result["user"]["company_name"] == "Alice Example A/S"
    assert result["user"]["team_identifier"] == "alice-example"
    assert (result["same"], result["same user"]) == (True, True)


def test_the_account_of_a_team(mockidp_easytranslate: MockIdP) -> None:
    """It reads the workflows at an address of its own."""
    assert run(mockidp_easytranslate, "alice")["workflows"] == ["account_workflows"]


def test_a_refused_call_is_understood(mockidp_easytranslate: MockIdP) -> None:
    assert run(mockidp_easytranslate, "alice")["refused"] == "Unauthenticated."


def test_a_refusal_is_an_object(mockidp_easytranslate: MockIdP) -> None:
    """The official client fails on an empty body."""
    result = run(mockidp_easytranslate, "wrong")
    assert result["status"] == "HTTP/1.1 400 Bad Request"
    text = "The user credentials were incorrect."
    assert result["token"] == {
        "error": "invalid_grant",
        "error_description": text,
        "message": text,
    }
    assert result["same"] is True
