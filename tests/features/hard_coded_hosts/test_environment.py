"""``idp.environment()``: child processes in any language reach the provider under its real https
address, with verification on and nothing else told to them.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mockidp import MockIdP, MockServer
from mockidp.idp.environment import VARIABLES, Files, variables

URL = "https://api.groupdocs.cloud/.well-known/openid-configuration/jwks"


def python(program: str) -> list[str]:
    return [sys.executable, "-W", "error", "-c", program]


NODE = """
const proxy = new URL(process.env.HTTPS_PROXY), host = new URL(process.argv[1]).hostname;
require("http").request({host: proxy.hostname, port: proxy.port, method: "CONNECT",
  path: host + ":443"}).on("connect", (_, socket) => require("https").get(process.argv[1],
  {createConnection: options => require("tls").connect({...options, socket, servername: host})},
  answer => console.log(answer.statusCode) || answer.resume())
    .on("close", () => socket.destroy())).end();
"""
PHP = """
$c = curl_init($argv[1]); curl_setopt($c, CURLOPT_RETURNTRANSFER, true);
if (curl_exec($c) === false) echo curl_error($c); else echo curl_getinfo($c, CURLINFO_HTTP_CODE);
"""
RUBY = 'require "net/http"; puts Net::HTTP.get_response(URI(ARGV[0])).code'
PERL = "use HTTP::Tiny; print HTTP::Tiny->new(verify_SSL => 1)->get($ARGV[0])->{status}"
AIOHTTP = """
import aiohttp, asyncio, sys
async def main():
    async with aiohttp.ClientSession(trust_env=True) as session:
        async with session.get(sys.argv[1]) as answer:
            print(answer.status)
asyncio.run(main())
"""

#: Each prints the status of the URL that comes as its last argument.
PROGRAMS = {
    "urllib": python(
        "import sys, urllib.request as r\nwith r.urlopen(sys.argv[1]) as a: print(a.status)"
    ),
    "requests": python("import requests, sys; print(requests.get(sys.argv[1]).status_code)"),
    "httpx": python("import httpx, sys; print(httpx.get(sys.argv[1]).status_code)"),
    "aiohttp": python(AIOHTTP),
    "curl": ["curl", "-sS", "-o", os.devnull, "-w", "%{http_code}"],
    "node": ["node", "-e", NODE],
    "php": ["php", "-r", PHP],
    "ruby": ["ruby", "-e", RUBY],
    "perl": ["perl", "-e", PERL],
}


def program(name: str) -> list[str]:
    command = PROGRAMS[name]
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    if name == "php":
        loaded = "exit(extension_loaded('curl') ? 0 : 1);"
        if subprocess.run([*command[:2], loaded], check=False).returncode:
            pytest.skip("php's curl is not installed")
    return command


def run(name: str, environment: dict[str, str], url: str = URL) -> tuple[str, str]:
    done = subprocess.run(
        [*program(name), url],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.mockidp("groupdocs-total")
def test_a_program_reaches_the_real_address(mockidp: MockIdP, name: str) -> None:
    assert run(name, mockidp.environment()) == ("200", "")
    mockidp.journal.assert_called("jwks", times=1, status=200)


@pytest.mark.parametrize("name", ["urllib", "curl"])
def test_no_program_reaches_another_host(mockidp_groupdocs_total: MockIdP, name: str) -> None:
    printed, problem = run(name, mockidp_groupdocs_total.environment(), "https://example.com/")
    assert printed != "200"
    assert "403" in problem
    assert mockidp_groupdocs_total.journal.last.path == "example.com:443"


def test_the_certificate_is_what_makes_the_difference(mockidp_groupdocs_total: MockIdP) -> None:
    environment = mockidp_groupdocs_total.environment()
    with MockIdP() as other:
        wrong = {**environment, "SSL_CERT_FILE": other.environment()["SSL_CERT_FILE"]}
        assert "CERTIFICATE_VERIFY_FAILED" in run("urllib", wrong)[1]


@pytest.mark.parametrize("name", ["urllib", "curl"])
def test_neighbours_on_this_machine_are_reached_directly(name: str) -> None:
    with MockIdP("groupdocs-total", tls=True) as idp:
        assert run(name, idp.environment(), idp.url("jwks")) == ("200", "")
        assert idp.journal.last.endpoint == "jwks"


def test_a_server_gives_the_environment_of_all_its_providers() -> None:
    with MockServer(["groupdocs-total", "groupdocs-translation"]) as server:
        assert server["groupdocs-total"].environment() == server.environment()
        for host in ("api", "id"):
            url = URL.replace("://api.", f"://{host}.")
            assert run("urllib", server.environment(), url) == ("200", "")


def test_an_inherited_environment_is_overruled(
    mockidp_groupdocs_total: MockIdP, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "api.groupdocs.cloud")
    for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, "/nowhere.pem")
    for name in ("urllib", "requests", "httpx", "curl"):
        assert run(name, mockidp_groupdocs_total.environment()) == ("200", "")


def test_each_variable_is_listed_with_who_reads_it(mockidp_openid: MockIdP) -> None:
    environment = mockidp_openid.environment()
    assert list(environment) == [known.name for known in VARIABLES]
    assert len({known.name for known in VARIABLES}) == len(VARIABLES)
    assert all(known.read_by for known in VARIABLES)


def test_values_are_the_proxy_and_files_that_exist(mockidp_openid: MockIdP) -> None:
    environment = mockidp_openid.environment()
    for name in ("HTTPS_PROXY", "https_proxy", "http_proxy"):
        assert environment.pop(name) == mockidp_openid.proxy_url
    for name in ("NO_PROXY", "no_proxy"):
        assert environment.pop(name) == "localhost,127.0.0.1,::1"
    assert environment.pop("NODE_USE_ENV_PROXY") == "1"
    folders = environment.pop("PHP_INI_SCAN_DIR").split(os.pathsep)
    assert (Path(folders[-1]) / "mockidp.ini").is_file()
    for name, value in environment.items():
        context = ssl.create_default_context(cafile=value)
        assert context.get_ca_certs(), name


def test_a_bundle_adds_to_the_roots_of_this_machine(
    mockidp_openid: MockIdP, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with MockIdP() as other:
        roots = tmp_path / "roots.pem"
        roots.write_text(other.ca_pem)
        monkeypatch.setenv("SSL_CERT_FILE", str(roots))
        environment = mockidp_openid.environment()
        bundle = Path(environment["SSL_CERT_FILE"]).read_text()
        assert bundle == other.ca_pem + mockidp_openid.ca_pem
        assert Path(environment["NODE_EXTRA_CA_CERTS"]).read_text() == mockidp_openid.ca_pem


@pytest.mark.parametrize(
    ("inherited", "scanned"), [({}, ["", "php"]), ({"PHP_INI_SCAN_DIR": "/a"}, ["/a", "php"])]
)
def test_what_php_scans_already_is_scanned_still(
    inherited: dict[str, str], scanned: list[str], tmp_path: Path
) -> None:
    files = Files.write(tmp_path, bundle=b"", ca=b"")
    found = variables(files, "http://127.0.0.1:1", inherited)["PHP_INI_SCAN_DIR"]
    assert found.replace(str(files.php), "php").split(os.pathsep) == scanned


def test_without_a_proxy_the_variables_are_about_trust(tmp_path: Path) -> None:
    names = set(variables(Files.write(tmp_path, bundle=b"", ca=b""), None, {}))
    assert names < {known.name for known in VARIABLES}
    assert not [name for name in names if "PROXY" in name.upper()]
    assert "SSL_CERT_FILE" in names


def test_it_is_the_same_every_time(mockidp_openid: MockIdP) -> None:
    assert mockidp_openid.environment() == mockidp_openid.environment()


def test_the_folder_goes_with_the_provider_also_after_an_exception() -> None:
    folders: list[Path] = []

    def fail() -> None:
        with MockIdP() as idp:
            folders.append(Path(idp.environment()["SSL_CERT_FILE"]).parent)
            assert folders[0].stat().st_mode & 0o077 == 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not folders[0].exists()


def test_the_folder_of_what_is_never_closed_goes_with_the_process() -> None:
    program = "from mockidp import MockIdP; print(MockIdP().start().ca_file)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=50
    )
    assert done.stdout
    assert not Path(done.stdout.strip()).parent.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_does_not_remove_the_folder(mockidp_openid: MockIdP) -> None:
    file = Path(mockidp_openid.ca_file)
    end: Callable[[], None] = mockidp_openid._real_hosts.close
    child = multiprocessing.get_context("fork").Process(target=end)
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert file.is_file()
