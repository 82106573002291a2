"""``mockidp serve`` under other names, with one's own certificate, and controlled over HTTP."""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

Serve = Callable[..., Any]
Run = Callable[..., Any]

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """In ca.pem, cert.pem and key.pem of a folder."""
    ca = trustme.CA()
    issued = ca.issue_cert("127.0.0.1")
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    return tmp_path


def fetch(url: str, folder: Path, host: str = "") -> Any:
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    asked = urllib.request.Request(url, headers={"Host": host} if host else {})
    with urllib.request.urlopen(asked, context=context, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.parametrize("way", ["options", "file", "variables"])
def test_a_certificate_of_ones_own(serve: Serve, certificate: Path, way: str) -> None:
    files = {name: str(certificate / f"{name[4:]}.pem") for name in ("tls_cert", "tls_key")}
    argv: list[str] = []
    environ: dict[str, str] = {}
    if way == "options":
        argv = [f"--{name.replace('_', '-')}={path}" for name, path in files.items()]
    elif way == "variables":
        environ = {f"MOCKIDP_{name.upper()}": path for name, path in files.items()}
    else:
        text = "".join(f"{name} = '{path}'\n" for name, path in files.items())
        (certificate / "mockidp.toml").write_text(f"[server]\n{text}")
    serving = serve("openid", "--port", "0", *argv, **environ)
    assert serving.url.startswith("https://")
    assert f"https with the certificate {files['tls_cert']}\n" in serving.printed
    assert fetch(f"{serving.url}/openid/jwks", certificate)["keys"]


def test_a_certificate_that_is_none_is_one_line(run: Run, tmp_path: Path) -> None:
    done = run("serve", "openid", "--port", "0", "--tls-cert", str(tmp_path / "nothing.pem"))
    assert done.code == 2
    assert done.err.startswith("mockidp: --tls-cert, --tls-key: tls_cert, tls_key = ")
    assert done.err.count("\n") == 1


def test_names_of_the_server_are_those_of_every_provider(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "mockidp.toml").write_text('[server]\npublic = ["http://idp.example"]\n')
    serving = serve("openid", "groupdocs-total", "--port", "0")
    for name in ("openid", "groupdocs-total"):
        asked = urllib.request.Request(
            f"{serving.url}/{name}/.well-known/openid-configuration",
            headers={"Host": "idp.example"},
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            assert json.load(answer)["issuer"] == f"http://idp.example/{name}"


def test_what_to_configure_for_an_unknown_name_is_printed(serve: Serve) -> None:
    serving = serve("openid", "--port", "0")
    asked = urllib.request.Request(f"{serving.url}/openid/jwks", headers={"Host": "box:8400"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert answer.status == 200
    serving.wait_for('set public = ["http://box:8400"]\n')
    assert "openid: note: asked as box:8400, which is no name of this provider" in serving.printed


@needs_curl
@pytest.mark.parametrize("argv", [[], ["--tls"]], ids=["http", "https"])
def test_the_printed_commands_control_it_when_pasted(serve: Serve, argv: list[str]) -> None:
    serving = serve("openid", "--port", "0", "--admin", *argv)
    assert serving.url
    commands = re.findall(r"^  (curl.* -X POST .*)$", serving.printed, flags=re.MULTILINE)
    assert [command.rpartition("/")[2] for command in commands] == ["rotate-keys", "reset"]
    for command, member in zip(commands, ("kid", "reset"), strict=True):
        pasted = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True, check=True, timeout=30
        )
        assert member in json.loads(pasted.stdout)


def test_the_token_may_be_ones_own(serve: Serve) -> None:
    token = "my-own-token-0123456789"
    serving = serve("openid", "--port", "0", MOCKIDP_ADMIN="true", MOCKIDP_ADMIN_TOKEN=token)
    asked = urllib.request.Request(
        f"{serving.url}/_mockidp/openid/reset",
        method="POST",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert json.load(answer) == {"reset": True}


def test_it_is_new_at_each_start_otherwise(serve: Serve) -> None:
    tokens = set()
    for _ in range(2):
        serving = serve("openid", "--port", "0", "--admin")
        serving.wait_for("Ctrl+C")
        tokens.update(re.findall(r"that know the token (\S+) can", serving.printed))
    assert len(tokens) == 2


def test_a_token_that_can_be_guessed_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKIDP_ADMIN_TOKEN", "secret")
    done = run("serve", "openid", "--port", "0", "--admin")
    assert done.code == 2
    assert done.err == (
        "mockidp: environment: MOCKIDP_ADMIN_TOKEN = <str>: must have at least 16 characters, of "
        "A-Z a-z 0-9 - . _ ~ + /\n"
    )


@pytest.mark.parametrize(
    ("server", "problem"),
    [
        ('tls_cert = "nothing.pem"', "nothing.pem': No such file or directory"),
        ('tls_key = "nothing.pem"', "tls_key is of no use without tls_cert"),
        ('public = ["idp.example"]', "public = 'idp.example': must be as in https://idp.example"),
        ('public = "https://idp.example"', "server.public = 'https://idp.example': must be a list"),
        ('trusted_proxies = ["proxy"]', "must be an address or a network"),
        ("admin = 1", "server.admin = 1: must be true or false"),
    ],
)
def test_what_is_wrong_in_the_servers_table_is_found_by_check(
    run: Run, tmp_path: Path, server: str, problem: str
) -> None:
    (tmp_path / "mockidp.toml").write_text(f"[server]\n{server}\n")
    done = run("check")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert problem in done.err
