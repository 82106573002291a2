"""Providers that speak https: every door opens them, real clients verify them, and the tokens carry
the https address.
"""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import freezegun
import httpx
import jwt
import pytest
import requests
import time_machine

from mockidp import ConfigError, MockIdP, MockServer
from mockidp.hosting.host import Host

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")

NODE = """
require("https").get(process.argv[1], answer => {
  let text = "";
  answer.on("data", piece => text += piece).on("end", () => console.log(text));
}).on("error", problem => console.log(problem.code));
"""


def fetch(idp: MockIdP | MockServer, url: str, **form: str) -> Any:
    context = ssl.create_default_context(cadata=idp.ca_pem)
    data = urlencode(form).encode() if form else None
    with urllib.request.urlopen(url, data, context=context, timeout=60) as answer:
        return json.loads(answer.read())


def token_of(idp: MockIdP) -> str:
    form = {"client_id": idp.client.client_id, "client_secret": idp.client.client_secret}
    answer = fetch(idp, idp.url("token"), grant_type="client_credentials", **form)
    return str(answer["access_token"])


# ── clients ──────────────────────────────────────────────────────────────────────────────────────


def by_urllib(idp: MockIdP) -> Any:
    return fetch(idp, idp.url("discovery"))


def by_requests(idp: MockIdP) -> Any:
    return requests.get(idp.url("discovery"), verify=idp.ca_file, timeout=60).json()


def by_httpx(idp: MockIdP) -> Any:
    context = ssl.create_default_context(cafile=idp.ca_file)
    return httpx.get(idp.url("discovery"), verify=context).json()


def by_curl(idp: MockIdP) -> Any:
    command = ["curl", "--silent", "--show-error", "--cacert", idp.ca_file, idp.url("discovery")]
    return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)


def by_node(idp: MockIdP) -> Any:
    done = subprocess.run(
        ["node", "-e", NODE, idp.url("discovery")],
        env={**idp.environment(), "PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True,
        check=True,
        timeout=30,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "ask",
    [
        by_urllib,
        by_requests,
        by_httpx,
        pytest.param(by_curl, marks=needs_curl),
        pytest.param(by_node, marks=needs_node),
    ],
)
@pytest.mark.mockidp("openid", tls=True)
def test_a_client_that_trusts_the_ca_is_answered(
    mockidp: MockIdP, ask: Callable[[MockIdP], Any]
) -> None:
    assert ask(mockidp)["issuer"] == mockidp.base_url


@pytest.mark.mockidp(tls=True)
def test_a_client_that_does_not_is_told_by_the_journal(mockidp: MockIdP) -> None:
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(mockidp.base_url, timeout=60)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(mockidp.base_url.replace("https:", "http:"), timeout=60)
    distrust, plain = mockidp.journal.wait_for("", times=2, timeout=60)
    assert "make it trust the CA of mockidp" in distrust.hint
    assert "speaks plain HTTP to a TLS port: use https://" in plain.hint


def test_each_thread_has_a_ca_of_its_own() -> None:
    with MockIdP(tls=True) as first, MockIdP(tls=True) as second:
        fetch(first, first.url("jwks"))
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            fetch(first, second.url("jwks"))


def test_lanes_of_one_thread_share_a_ca() -> None:
    with (
        Host() as thread,
        MockIdP("openid", thread=thread, tls=True) as first,
        MockIdP("groupdocs-total", thread=thread, tls=True) as second,
        MockIdP("groupdocs-total", thread=thread) as plain,
    ):
        assert first.ca_pem == second.ca_pem == plain.ca_pem
        assert plain.base_url.startswith("http://")
        for idp in (first, second):
            assert fetch(second, idp.url("discovery"))["issuer"] == idp.base_url


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.mockidp("groupdocs-total", tls=True)
def test_tokens_carry_the_https_address(mockidp: MockIdP) -> None:
    assert mockidp.base_url.startswith("https://127.0.0.1:")
    assert mockidp.issuer == mockidp.base_url
    assert mockidp.url("token") == f"{mockidp.base_url}/connect/token"
    keys = jwt.PyJWKSet.from_dict(fetch(mockidp, mockidp.url("jwks"))).keys
    claims = jwt.decode(
        token_of(mockidp), keys[0].key, algorithms=["RS256"], options={"verify_aud": False}
    )
    assert claims["iss"] == mockidp.base_url


@pytest.mark.mockidp("groupdocs-total", tls=True)
def test_under_its_real_name_it_is_the_real_issuer(mockidp: MockIdP) -> None:
    request = urllib.request.Request(mockidp.url("discovery"))
    request.add_header("Host", "api.groupdocs.cloud")
    context = ssl.create_default_context(cadata=mockidp.ca_pem)
    with urllib.request.urlopen(request, context=context) as answer:
        assert json.loads(answer.read())["issuer"] == "https://api.groupdocs.cloud"


# ── doors ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("config", "environ"),
    [
        ({"profiles": {"openid": {"tls": True}}}, {}),
        ({}, {"MOCKIDP_TLS": "true"}),
        ({"profiles": {"openid": {"tls": False}}}, {"MOCKIDP_OPENID_TLS": "true"}),
    ],
    ids=["file", "variable", "variable over file"],
)
def test_it_is_a_setting_like_others(
    config: dict[str, Any], environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with MockIdP("openid", config=config) as idp:
        assert idp.base_url.startswith("https://")
        assert fetch(idp, idp.url("discovery"))["issuer"] == idp.base_url
    with MockIdP("openid", config=config, tls=False) as idp:
        assert idp.base_url.startswith("http://")


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_it_is_true_or_false(value: object) -> None:
    with pytest.raises(ConfigError, match=r"tls = .*: must be true or false"):
        MockIdP(tls=value)


@pytest.mark.parametrize(
    "how", [{"tls": True}, {"config": {"profiles": {"groupdocs-total": {"tls": True}}}}]
)
def test_a_server_speaks_https_for_all_of_its_providers(how: dict[str, Any]) -> None:
    with MockServer(["openid", "groupdocs-total"], **how) as server:
        assert server.base_url.startswith("https://127.0.0.1:")
        for name in server:
            idp = server[name]
            assert idp.base_url == f"{server.base_url}/{name}"
            assert fetch(server, idp.url("discovery"))["issuer"] == idp.base_url
            assert idp.ca_pem == server.ca_pem
            assert jwt.decode(token_of(idp), options={"verify_signature": False})["iss"] == (
                idp.base_url
            )


def test_a_server_hands_out_its_ca() -> None:
    with MockServer(["openid"], tls=True) as server:
        context = ssl.create_default_context(cafile=server.ca_file)
        url = f"{server.base_url}/_mockidp/ca.pem"
        with urllib.request.urlopen(url, context=context) as answer:
            assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
            assert answer.read().decode() == server.ca_pem


def test_a_server_can_be_told_to_speak_http() -> None:
    with MockServer(["openid"], tls=False, config={"profiles": {"openid": {"tls": True}}}) as it:
        assert it.base_url.startswith("http://")


@pytest.mark.parametrize(
    "ask",
    [
        lambda it: it.proxy_url,
        lambda it: it.environment(),
        lambda it: it.ca_pem,
        lambda it: it.ca_file,
    ],
    ids=["proxy_url", "environment", "ca_pem", "ca_file"],
)
@pytest.mark.parametrize("make", [MockIdP, MockServer])
def test_what_is_not_running_has_none_of_it(
    make: Callable[[], MockIdP | MockServer], ask: Callable[[Any], object]
) -> None:
    it = make()
    try:
        with pytest.raises(RuntimeError, match=r"is not running: .*call start\(\)"):
            ask(it)
        it.start()
        assert ask(it)
    finally:
        it.close()
    with pytest.raises(RuntimeError, match="is not running"):
        ask(it)


def test_certificates_are_made_when_they_are_first_needed() -> None:
    program = """
import sys
from mockidp import MockIdP
idle = MockIdP(tls=True)
with MockIdP() as idp:
    idp.issue_token()
assert "trustme" not in sys.modules
idle.start().close()
assert "trustme" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=50)


@pytest.mark.parametrize(
    ("host", "origin"),
    [("127.0.0.2", "https://127.0.0.2:"), ("localhost", "https://localhost:"),
     ("0.0.0.0", "https://127.0.0.1:"), ("::1", "https://[::1]:")],
)  # fmt: skip
def test_any_address_can_speak_https(host: str, origin: str) -> None:
    if ":" in host and not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    with MockIdP("groupdocs-total", host=host, tls=True) as idp:
        assert idp.base_url.startswith(origin)
        assert fetch(idp, idp.url("discovery"))["issuer"] == idp.base_url
        assert fetch(idp, idp.url("jwks"))["keys"]
        proxies = {"https": idp.proxy_url}
        real = "https://api.groupdocs.cloud/.well-known/openid-configuration"
        answer = requests.get(real, proxies=proxies, verify=idp.ca_file, timeout=60)
        assert answer.json()["issuer"] == "https://api.groupdocs.cloud"


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_files_go_with_the_provider() -> None:
    with MockIdP(tls=True) as idp:
        folder = Path(idp.ca_file).parent
        assert Path(idp.ca_file).read_text() == idp.ca_pem
        assert idp.ca_file == idp.ca_file
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_a_real_host_that_cannot_be_certified_is_a_wrong_setting() -> None:
    names = ["under_score.example/"]
    with (
        MockIdP("openid", routing={"serves": names}) as idp,
        pytest.raises(ConfigError, match=r"https: no certificate for .*under_score"),
    ):
        _ = idp.proxy_url
    with pytest.raises(ConfigError, match=r"https: no certificate for .*under_score"):
        MockIdP("openid", routing={"serves": names}, tls=True).start()


@pytest.mark.parametrize(
    "freeze",
    [
        lambda: freezegun.freeze_time("2020-02-02"),
        lambda: freezegun.freeze_time("2030-02-02"),
        lambda: time_machine.travel("2020-02-02", tick=False),
    ],
    ids=["freezegun 2020", "freezegun 2030", "time-machine 2020"],
)
def test_frozen_time_changes_tokens_and_no_certificate(
    freeze: Callable[[], AbstractContextManager[Any]],
) -> None:
    with freeze(), MockIdP("groupdocs-total", tls=True) as idp:
        claims = jwt.decode(token_of(idp), options={"verify_signature": False})
        assert claims["exp"] - claims["nbf"] == 86400
        assert fetch(idp, idp.url("jwks"))["keys"]
