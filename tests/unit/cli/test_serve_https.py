"""``mockidp serve --tls`` and ``--proxy`` as a process: what is printed works when it is pasted."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.ports import free_ports
from mockidp.cli.options import address_of
from mockidp.config.environ import RESERVED
from mockidp.config.server import SERVER, server_options

Serve = Callable[..., Any]
Run = Callable[..., Any]

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
needs_keytool = pytest.mark.skipif(not shutil.which("keytool"), reason="Java is not installed")

DISCOVERY = "https://api.groupdocs.cloud/.well-known/openid-configuration"
ASK = f"from urllib.request import urlopen as get; print(get({DISCOVERY!r}).status)"


def ca_of(serving: Any) -> Path:
    """The file that the output names."""
    after = serving.printed.partition("Its file is\n")[2]
    return Path(after.partition("\n")[0].strip())


def exports(serving: Any) -> list[str]:
    """The lines below the proxy, as they are pasted."""
    after = serving.printed.partition("\nproxy: ")[2]
    return [line.strip() for line in after.splitlines() if line.startswith("  export ")]


def get(serving: Any, path: str) -> bytes:
    context = ssl.create_default_context(cafile=ca_of(serving))
    with urllib.request.urlopen(serving.url + path, context=context, timeout=60) as answer:
        return bytes(answer.read())


def test_it_speaks_https_with_a_ca_that_it_names_and_hands_out(serve: Serve) -> None:
    serving = serve("openid", "--port", "0", "--tls")
    assert serving.url.startswith("https://127.0.0.1:")
    assert get(serving, "/_mockidp/ca.pem") == ca_of(serving).read_bytes()
    issuer = json.loads(get(serving, "/openid/.well-known/openid-configuration"))["issuer"]
    assert issuer == f"{serving.url}/openid"
    assert f"{serving.url}/_mockidp/ca.pem" in serving.printed


def test_the_files_go_with_the_server(serve: Serve) -> None:
    serving = serve("openid", "--port", "0", "--tls")
    assert serving.url
    ca = ca_of(serving)
    assert ca.is_file()
    assert "made anew at every start" in serving.printed
    assert serving.stop(signal.SIGTERM) == (0, "")
    assert not ca.parent.exists()


@needs_curl
@pytest.mark.parametrize("kind", ["as it is", "without its CA, after the printed line for curl"])
def test_a_printed_command_works(serve: Serve, kind: str) -> None:
    serving = serve("openid", "--port", "0", "--tls")
    assert serving.url
    lines = serving.printed.splitlines()
    (trust,) = [line.split(maxsplit=1)[1] for line in lines if line.startswith("  curl  ")]
    (command,) = [line for line in lines if line.startswith("  curl --cacert ")]
    script = command
    if kind != "as it is":
        script = f"{trust}\n{re.sub(r'--cacert [^ ]+ ', '', command)}"
    pasted = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    assert json.loads(pasted.stdout)["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("tool", "variable"),
    [
        ("curl", "CURL_CA_BUNDLE"),
        ("Python requests", "REQUESTS_CA_BUNDLE"),
        ("Python httpx, urllib", "SSL_CERT_FILE"),
        ("Node", "NODE_EXTRA_CA_CERTS"),
        ("PHP", "PHP_INI_SCAN_DIR"),
    ],
)
def test_each_tool_is_told_how_to_trust_it(serve: Serve, tool: str, variable: str) -> None:
    serving = serve("openid", "--port", "0", "--tls")
    assert serving.url
    (line,) = [line for line in serving.printed.splitlines() if line.startswith(f"  {tool}  ")]
    assert f" export {variable}=" in line
    assert Path(line.rpartition("=")[2].lstrip(":")).exists()


@needs_keytool
def test_the_printed_command_makes_a_trust_store_for_java(serve: Serve, tmp_path: Path) -> None:
    serving = serve("openid", "--port", "0", "--tls")
    assert serving.url
    (line,) = [line for line in serving.printed.splitlines() if line.startswith("  Java ")]
    command = line.partition("Java")[2]
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True, capture_output=True, timeout=50)
    assert (tmp_path / "mockidp.p12").is_file()


def test_real_names_led_here_by_a_hosts_file_are_answered(serve: Serve) -> None:
    serving = serve("groupdocs-total", "--port", "0", "--tls")
    port = int(serving.url.rpartition(":")[2])
    context = ssl.create_default_context(cafile=ca_of(serving))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname="api.groupdocs.cloud") as client,
    ):
        head = "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: api.groupdocs.cloud\r\n"
        client.sendall(f"{head}Connection: close\r\n\r\n".encode())
        received = b""
        while piece := client.recv(65536):
            received += piece
    assert b'"issuer":"https://api.groupdocs.cloud"' in received
    assert "\n  api.groupdocs.cloud\n" in serving.printed


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost"])
def test_the_address_it_listens_on_is_in_the_certificate(serve: Serve, host: str) -> None:
    serving = serve("openid", "--host", host, "--port", "0", "--tls")
    assert serving.url.startswith(f"https://{host}:")
    assert get(serving, "/openid/jwks")


def test_plain_http_is_explained(serve: Serve) -> None:
    serving = serve("openid", "--port", "0", "--tls")
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        urllib.request.urlopen(serving.url.replace("https:", "http:"), timeout=60)
    serving.wait_for("hint: The client speaks plain HTTP to a TLS port: use https://")


def test_without_the_option_nothing_is_said_of_certificates(serve: Serve) -> None:
    serving = serve("openid", "--port", "0")
    assert serving.url.startswith("http://")
    assert "CA" not in serving.printed
    assert "proxy" not in serving.printed


# ── the proxy ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("tls", [[], ["--tls"]], ids=["http", "https"])
def test_the_printed_lines_lead_a_client_here(serve: Serve, tls: list[str]) -> None:
    serving = serve("groupdocs-total", "--port", "0", "--proxy", "--verbose", *tls)
    assert serving.url.startswith("https://" if tls else "http://")
    script = "\n".join([*exports(serving), '"$0" -c "$1"'])
    pasted = subprocess.run(
        ["sh", "-c", script, sys.executable, ASK],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert (pasted.stdout, pasted.stderr) == ("200\n", "")
    serving.wait_for("groupdocs-total: GET /.well-known/openid-configuration → 200\n")


@needs_curl
def test_what_the_proxy_refuses_is_explained(serve: Serve) -> None:
    serving = serve("groupdocs-total", "--port", "0", "--proxy")
    assert serving.url
    script = "\n".join([*exports(serving), "curl --silent https://example.com/"])
    assert subprocess.run(["sh", "-c", script], check=False, timeout=50).returncode == 56
    printed = serving.wait_for("hint: This proxy does not lead to example.com:443. ")
    assert "\nCONNECT example.com:443 → 403\n" in printed


def test_its_port_is_the_next_one_or_one_of_choice(serve: Serve) -> None:
    port = free_ports(2)
    assert f"proxy: http://127.0.0.1:{port + 1} " in told(serve("--port", str(port), "--proxy"))
    serving = serve("--port", "0", "--proxy-port", str(port))
    assert f"proxy: http://127.0.0.1:{port} " in told(serving)


def told(serving: Any) -> str:
    assert serving.url
    serving.stop(signal.SIGTERM)
    return str(serving.printed)


def test_a_port_in_use_is_one_line_and_code_2(run_process: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_process("serve", "--port", "0", "--proxy-port", str(port))
    problem = f"port {port} on 127.0.0.1 is in use; choose another with --proxy-port, or 0"
    assert (result.code, result.out) == (2, "")
    assert problem in result.err
    assert result.err.count("\n") == 1


# ── settings ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("table", "environ", "argv", "is_tls", "has_proxy"),
    [
        ("tls = true", {}, [], True, False),
        ("proxy = true", {}, [], False, True),
        ("proxy = 0", {}, [], False, True),
        ("tls = true\nproxy = true", {"MOCKIDP_TLS": "false", "MOCKIDP_PROXY": "false"}, [],
         False, False),
        ("tls = false", {"MOCKIDP_TLS": "true", "MOCKIDP_PROXY": "0"}, [], True, True),
        ("tls = false\nproxy = false", {}, ["--tls", "--proxy"], True, True),
    ],
)  # fmt: skip
def test_file_variables_and_options(
    serve: Serve,
    tmp_path: Path,
    table: str,
    environ: dict[str, str],
    argv: list[str],
    is_tls: bool,
    has_proxy: bool,
) -> None:
    (tmp_path / "mockidp.toml").write_text(f"[server]\nport = 0\n{table}\n")
    serving = serve("openid", *argv, **environ)
    assert serving.url.startswith("https://" if is_tls else "http://")
    assert ("\nproxy: http://127.0.0.1:" in serving.printed) is has_proxy


@pytest.mark.parametrize(
    ("variable", "text", "wanted"),
    [
        ("MOCKIDP_TLS", "yes", "true or false"),
        ("MOCKIDP_TLS", "1", "true or false"),
        ("MOCKIDP_PROXY", "on", "true, false, or a port"),
        ("MOCKIDP_PROXY", "70000", "true, false, or a port"),
    ],
)
def test_a_wrong_variable_is_one_line_and_code_2(
    run_process: Run, variable: str, text: str, wanted: str
) -> None:
    result = run_process("serve", **{variable: text})
    assert (result.code, result.out) == (2, ""), result.err
    assert f"environment: {variable} = '{text}': must be {wanted}" in result.err
    assert result.err.count("\n") == 1


def test_variables_are_read_like_the_table() -> None:
    assert server_options({"MOCKIDP_TLS": "true", "MOCKIDP_PROXY": "8500"}) == {
        "tls": True,
        "proxy": 8500,
    }
    assert server_options({"MOCKIDP_TLS": "", "MOCKIDP_PROXY": ""}) == {}
    assert {"tls", "proxy"} < set(SERVER)
    assert "PROXY" in RESERVED


def test_other_commands_know_the_address(run: Run) -> None:
    assert address_of({"tls": True}) == "https://127.0.0.1:8400"
    assert address_of({"tls": False, "host": "::1", "port": 1}) == "http://[::1]:1"
    token = run("token", "openid").out
    os.environ["MOCKIDP_TLS"] = "true"
    try:
        assert run("token", "openid").out != token
    finally:
        del os.environ["MOCKIDP_TLS"]


def test_healthcheck_asks_an_https_server_too(run: Run, serve: Serve) -> None:
    url = serve("openid", "--port", "0", "--tls").url
    assert run("healthcheck", "--timeout", "60", "--url", url) == (0, f"{url} is well\n", "")
