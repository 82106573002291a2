"""``idp.proxy_url``: clients with hard-coded hosts reach the provider through it, nothing else."""

from __future__ import annotations

import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
import requests

from fixtures.ports import free_ports
from mockidp import MockIdP, MockServer

DISCOVERY = "/.well-known/openid-configuration"
REAL = "https://api.groupdocs.cloud"
TRANSLATION = "https://id.groupdocs.cloud"

Proxied = MockIdP | MockServer
Get = Callable[[Proxied, str], tuple[int, str]]


def by_urllib(idp: Proxied, url: str) -> tuple[int, str]:
    context = ssl.create_default_context(cadata=idp.ca_pem)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"https": idp.proxy_url, "http": idp.proxy_url}),
        urllib.request.HTTPSHandler(context=context),
    )
    try:
        with opener.open(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.read().decode()


def by_requests(idp: Proxied, url: str) -> tuple[int, str]:
    proxies = {"https": idp.proxy_url, "http": idp.proxy_url}
    answer = requests.get(url, proxies=proxies, verify=idp.ca_file, timeout=60)
    return answer.status_code, answer.text


def by_httpx(idp: Proxied, url: str) -> tuple[int, str]:
    context = ssl.create_default_context(cafile=idp.ca_file)
    answer = httpx.get(url, proxy=idp.proxy_url, verify=context)
    return answer.status_code, answer.text


clients = pytest.mark.parametrize("get", [by_urllib, by_requests, by_httpx])


@clients
@pytest.mark.parametrize("tls", [False, True], ids=["http lane", "https lane"])
def test_a_real_https_address_is_answered_as_the_real_issuer(get: Get, tls: bool) -> None:
    with MockIdP("groupdocs-total", tls=tls) as idp:
        status, text = get(idp, REAL + DISCOVERY)
        document = json.loads(text)
        assert (status, document["issuer"]) == (200, REAL)
        assert document["token_endpoint"] == f"{REAL}/connect/token"
        assert idp.issuer == idp.base_url  # at home it is still itself
        assert idp.journal.last.path == DISCOVERY


def test_tokens_are_the_real_ones_and_good_at_home_too(mockidp_groupdocs_total: MockIdP) -> None:
    idp = mockidp_groupdocs_total
    answer = requests.post(
        f"{REAL}/connect/token",
        data={
            "grant_type": "client_credentials",
            "client_id": idp.client.client_id,
            "client_secret": idp.client.client_secret,
        },
        proxies={"https": idp.proxy_url},
        verify=idp.ca_file,
        timeout=60,
    )
    token = answer.json()["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["iss"] == REAL
    idp.journal.assert_called("token", times=1, status=200)


def test_it_is_opened_once(mockidp_groupdocs_total: MockIdP) -> None:
    assert mockidp_groupdocs_total.proxy_url == mockidp_groupdocs_total.proxy_url
    assert mockidp_groupdocs_total.proxy_url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("url", "path", "hint"),
    [
        ("https://example.com/", "example.com:443", "does not lead to example.com:443"),
        ("https://api.groupdocs.cloud:8443/", "api.groupdocs.cloud:8443", "leads to port 443"),
    ],
)
def test_other_hosts_and_ports_are_refused_with_a_hint(
    mockidp_groupdocs_total: MockIdP, url: str, path: str, hint: str
) -> None:
    idp = mockidp_groupdocs_total
    with pytest.raises(urllib.error.URLError, match="403"):
        by_urllib(idp, url)
    entry = idp.journal.last
    assert (entry.method, entry.path, entry.status) == ("CONNECT", path, 403)
    assert hint in entry.hint


@clients
def test_plain_http_is_refused_with_a_text_for_the_reader(
    mockidp_groupdocs_total: MockIdP, get: Get
) -> None:
    status, text = get(mockidp_groupdocs_total, "http://api.groupdocs.cloud/a?client_secret=s")
    assert status == 403
    assert "takes CONNECT alone" in text
    assert "It serves https:// of api.groupdocs.cloud." in text
    rendered = mockidp_groupdocs_total.journal.render()
    assert "GET http://api.groupdocs.cloud/ → 403" in rendered
    assert "client_secret" not in rendered


def test_each_provider_has_a_proxy_of_its_own() -> None:
    with MockIdP("groupdocs-total") as first, MockIdP("groupdocs-total") as second:
        by_requests(first, REAL + DISCOVERY)
        assert (len(first.journal), len(second.journal)) == (1, 0)
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(
                REAL, proxies={"https": second.proxy_url}, verify=first.ca_file, timeout=60
            )


def test_a_profile_of_several_hosts_is_at_each(mockidp_groupdocs_translation: MockIdP) -> None:
    idp = mockidp_groupdocs_translation
    assert json.loads(by_requests(idp, TRANSLATION + DISCOVERY)[1])["issuer"] == TRANSLATION
    assert by_requests(idp, f"{REAL}/v2.0/translation/text")[0] == 401
    assert idp.journal.last.endpoint == "api"


def test_a_server_has_one_proxy_for_all_hosts() -> None:
    with MockServer(["groupdocs-total", "groupdocs-translation"]) as server:
        assert server["groupdocs-total"].proxy_url == server.proxy_url
        for url in (REAL, TRANSLATION):
            assert json.loads(by_httpx(server, url + DISCOVERY)[1])["issuer"] == url
        assert by_requests(server, f"{REAL}/v2.0/translation/text")[0] == 401
        assert [len(server[name].journal) for name in server] == [1, 2]
        with pytest.raises(urllib.error.URLError, match="403"):
            by_urllib(server, "https://example.com/")
        assert "example.com:443" in server.journal.last.hint


def test_a_server_may_have_it_on_a_port_of_choice() -> None:
    port = free_ports()
    with MockServer(["groupdocs-total"]) as server:
        assert server.open_proxy(port) == f"http://127.0.0.1:{port}"
        assert server.proxy_url == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("make", [MockIdP, MockServer])
def test_it_is_gone_with_the_provider(make: Callable[[], Any]) -> None:
    with make() as it:
        host, _, port = it.proxy_url.removeprefix("http://").partition(":")
        socket.create_connection((host, int(port)), timeout=60).close()
    with socket.socket() as client:
        assert client.connect_ex((host, int(port))) != 0
