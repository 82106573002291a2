"""``mockidp serve`` as a process: what it prints, how it ends, and what a mistake looks like."""

from __future__ import annotations

import gc
import json
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockidp.cli.stopping import StopSignal
from mockidp.profiles import PROFILES

Serve = Callable[..., Any]
Run = Callable[..., Any]

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.read().decode()


@needs_curl
def test_each_printed_command_gives_a_token_when_pasted(serve: Serve) -> None:
    serving = serve("--port", "0")
    assert serving.url.startswith("http://127.0.0.1:")
    commands = [line for line in serving.printed.splitlines() if line.startswith("  curl ")]
    assert len(commands) == len(PROFILES)
    for command in commands:
        pasted = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True, check=True, timeout=30
        )
        assert json.loads(pasted.stdout)["token_type"] == "Bearer"


@needs_curl
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param('client_secret = "it\'s $HOME & `x` \\"q\\" %20 + ü"', id="shell characters"),
        pytest.param(
            'client_secret = "a b%+:/"\ntoken_endpoint_auth_method = "client_secret_basic"',
            id="Basic only",
        ),
    ],
)
def test_the_printed_command_takes_any_credentials(
    serve: Serve, tmp_path: Path, settings: str
) -> None:
    (tmp_path / "mockidp.toml").write_text(
        f'[[profiles.openid.clients]]\nclient_id = "my client&co"\n{settings}\n', encoding="utf-8"
    )
    serving = serve("openid", "--port", "0", "--set", "scopes_when_missing=refuse")
    assert serving.url
    (command,) = [line for line in serving.printed.splitlines() if line.startswith("  curl ")]
    pasted = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=True, timeout=30
    )
    assert json.loads(pasted.stdout).get("token_type") == "Bearer", pasted.stdout


def test_all_that_a_newcomer_needs_is_printed(serve: Serve) -> None:
    serving = serve("openid", "--port", "0")
    url = serving.url
    for line in (
        "mockidp 0.1.0 at http://",
        "OpenID Provider (openid): a generic, strict provider",
        f"  base address   {url}/openid\n",
        f"  API            {url}/openid/api/…\n",
        "  client_id      mockidp-client\n",
        "  client_secret  mockidp-secret\n",
    ):
        assert line in serving.printed


def test_the_places_of_an_api_are_one_line(serve: Serve) -> None:
    serving = serve("groupdocs-total", "--port", "0")
    line = f"  API            {serving.url}/groupdocs-total/v1/…, /v1.0/…, /v2.0/…\n"
    assert line in serving.printed


def test_garbage_is_collected_while_it_serves(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[bool] = []
    monkeypatch.setattr(StopSignal, "__init__", lambda self: None)
    monkeypatch.setattr(StopSignal, "wait", lambda self: found.append(gc.isenabled()))
    gc.disable()  # as the command does before it starts
    try:
        assert run("serve", "openid", "--port", "0").code == 0
    finally:
        gc.enable()
        gc.unfreeze()
    assert found == [True]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(serve: Serve, number: int) -> None:
    serving = serve("openid", "--port", "0")
    assert get(f"{serving.url}/openid/jwks")[0] == 200
    assert serving.stop(number) == (0, "")


def test_a_refused_request_is_explained(serve: Serve) -> None:
    serving = serve("--port", "0")
    url = serving.url
    assert get(f"{url}/openid/jwks")[0] == 200
    assert get(f"{url}/openid/token")[0] == 405
    printed = serving.wait_for("hint: ").partition("Ctrl+C stops the server.\n")[2]
    assert printed.startswith("openid: GET /token → 405 invalid_request\n    hint: ask for tokens ")
    assert "/jwks" not in printed


def test_verbose_prints_every_request(serve: Serve) -> None:
    serving = serve("--port", "0", "--verbose")
    assert get(f"{serving.url}/groupdocs-total/.well-known/openid-configuration")[0] == 200
    serving.wait_for("groupdocs-total: GET /.well-known/openid-configuration → 200\n")


def test_what_http_refuses_is_printed_too(serve: Serve) -> None:
    serving = serve("--port", "0")
    host, _, port = serving.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"nonsense\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    serving.wait_for("→ 400")


def test_it_serves_on_when_nobody_reads_its_output(serve: Serve) -> None:
    serving = serve("--port", "0", "--verbose")
    url = serving.url
    serving.process.stdout.close()
    assert [get(f"{url}/openid/jwks")[0] for _ in range(3)] == [200] * 3
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(timeout=30) == 0
    assert serving.process.stderr.read() == ""


def test_it_serves_on_when_its_output_is_read_no_more(serve: Serve) -> None:
    serving = serve("openid", "--port", "0")
    port = int(serving.url.rpartition(":")[2])
    requests = 600  # each is told of in more than 500 bytes, and a pipe holds 64 KiB of them
    asked = b"GET /openid/%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"x" * 500)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        for _ in range(requests):
            client.sendall(asked)
            assert client.recv(65536).startswith(b"HTTP/1.1 404")
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(timeout=60) == 0
    assert serving.process.stderr.read() == ""


def test_it_prints_on_a_console_without_arrows(serve: Serve) -> None:
    serving = serve("--port", "0", "--verbose", PYTHONIOENCODING="cp1252:strict")
    assert get(f"{serving.url}/openid/jwks")[0] == 200
    serving.wait_for("openid: GET /jwks ? 200\n")


@pytest.mark.parametrize(
    ("argv", "environ", "names"),
    [
        pytest.param([], {}, PROFILES, id="all by default"),
        pytest.param(["openid"], {}, ["openid"], id="argument"),
        pytest.param(
            [], {"MOCKIDP_PROFILES": "openid, groupdocs-total"}, ["openid", "groupdocs-total"],
            id="variable",
        ),
        pytest.param(["openid"], {"MOCKIDP_PROFILES": "groupdocs-total"}, ["openid"], id="both"),
    ],
)  # fmt: skip
def test_which_providers_are_served(
    serve: Serve, argv: list[str], environ: dict[str, str], names: list[str]
) -> None:
    serving = serve(*argv, "--port", "0", **environ)
    status, text = get(f"{serving.url}/")
    assert status == 200
    assert [name for name in PROFILES if f'id="{name}"' in text] == sorted(
        names, key=PROFILES.index
    )


def test_the_server_table_is_overridden_by_variables_and_options(
    serve: Serve, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = tmp_path / "other.toml"
        file.write_text(f'[server]\nport = {port}\nhost = "127.0.0.1"\nprofiles = ["openid"]\n')
        argv = ("--config", str(file))
        in_file = serve(*argv)
        assert in_file.process.wait(timeout=30) == 2
        assert f"port {port} on 127.0.0.1 is in use" in in_file.process.stderr.read()
        by_variable = serve(*argv, MOCKIDP_PORT="0")
        assert not by_variable.url.endswith(f":{port}")
        assert "groupdocs" not in by_variable.printed
        by_option = serve(*argv, "--port", "0", MOCKIDP_PORT=str(port))
        assert not by_option.url.endswith(f":{port}")


def test_settings_of_the_command_line_are_for_all_providers(serve: Serve) -> None:
    serving = serve("--port", "0", "--set", 'jwks_path="/keys"', "--set", "seed=1")
    assert {get(f"{serving.url}/{name}/keys")[0] for name in PROFILES} == {200}


@pytest.mark.parametrize(
    ("host", "warns"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)]
)
def test_an_address_that_others_can_reach_is_warned_of(
    serve: Serve, host: str, warns: bool
) -> None:
    serving = serve("openid", "--host", host, "--port", "0")
    assert serving.url
    code, err = serving.stop(signal.SIGTERM)
    assert code == 0
    assert ("Warning: other machines can reach this server" in err) is warns


@pytest.mark.parametrize(
    ("argv", "environ", "problem"),
    [
        (["nope"], {}, "unknown profile 'nope'"),
        (["--bogus"], {}, "--bogus"),
        (["--port", "65536"], {}, "'65536' is not a port: 0 to 65535"),
        (["--port", "-1"], {}, "'-1' is not a port"),
        (["--set", "nonsense"], {}, "--set: 'nonsense' is not NAME=VALUE"),
        (["--set", "limiter_allowd=3"], {}, "did you mean 'limiter_allowed'?"),
        (["--set", "limiter_allowed=many"], {}, "--set: limiter.allowed = 'many': "),
        (["--config", "missing.toml"], {}, "missing.toml: No such file or directory"),
        (["--config", "bad.toml"], {}, "bad.toml: not TOML: "),
        (["--host", "ü" * 70], {}, "encoding of hostname failed"),
        (["--host", "192.0.2.1"], {}, "cannot listen on 192.0.2.1 port "),
        ([], {"MOCKIDP_PORT": "many"}, "MOCKIDP_PORT = 'many': must be "),
        ([], {"MOCKIDP_PORT": "70000"}, "MOCKIDP_PORT = '70000': must be "),
        ([], {"MOCKIDP_PROFILES": "nope"}, "environment: MOCKIDP_PROFILES: unknown profile 'nope'"),
        ([], {"MOCKIDP_PROFILES": "[1]"}, "environment: MOCKIDP_PROFILES = [1]: must be a list"),
        ([], {"MOCKIDP_SED": "1"}, "unknown variable 'MOCKIDP_SED'; did you mean 'MOCKIDP_SEED'?"),
    ],
)
def test_a_mistake_is_one_line_and_code_2(
    run_process: Run, tmp_path: Path, argv: list[str], environ: dict[str, str], problem: str
) -> None:
    (tmp_path / "bad.toml").write_text("not = = toml")
    result = run_process("serve", *argv, **environ)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("mockidp: ")
    assert problem in result.err
    assert result.err.count("\n") == 1


def test_a_port_in_use_is_one_line_and_code_2(run_process: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_process("serve", "--port", str(port))
    problem = (
        f"port {port} on 127.0.0.1 is in use; choose another with --port, or 0 for any free one"
    )
    assert result == (2, "", f"mockidp: {problem}\n")
