"""The subcommands that end by themselves, each option of each."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from mockidp import MockServer
from mockidp.cli import COMMANDS, main
from mockidp.cli.providers import MEANINGS
from mockidp.oauth.features import FEATURES
from mockidp.profiles import PROFILES
from mockidp.profiles.evidence import CONFIGURED, STATUSES
from mockidp.profiles.load import load_profile

Run = Callable[..., Any]


def key_set(result: Any) -> jwt.PyJWKSet:
    return jwt.PyJWKSet.from_json(result.out)


# -- the command itself --------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"]])
def test_the_help_lists_every_command(run: Run, argv: list[str]) -> None:
    result = run(*argv)
    assert (result.code, result.err) == (0, "")
    for name, line in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(line[:30])}", result.out, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(run: Run, name: str) -> None:
    result = run(name, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"Usage: mockidp {name} ")
    assert f"\n  {COMMANDS[name].split()[0]} " in result.out


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version(run: Run, option: str) -> None:
    assert run(option) == (0, "mockidp 0.1.0\n", "")


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (["sevre"], "unknown command 'sevre'; did you mean 'serve'?"),
        (["--bogus"], "--bogus"),
        (["token"], "Missing argument 'PROFILE'"),
        (["token", "nope"], "unknown profile 'nope'"),
        (["token", "openid", "--lifetime", "inf"], "'inf' is not a valid integer"),
        (["token", "openid", "--user", "carol"], "no user is called 'carol'; known: alice, bob"),
        (["token", "openid", "--client-id", "x"], "no client has the id 'x'; registered: 'mockidp"),
        (["token", "openid", "--url", "localhost"], "'localhost' is not an address such as http"),
        (["token", "openid", "--set", "keys=no.pem"], "keys = 'no.pem'"),
        (["token", "openid", "--config", "no.toml"], "no.toml: No such file or directory"),
        (["keys"], "name a profile, or ask for --deny-list"),
        (["keys", "nope"], "unknown profile 'nope'"),
        (["providers", "nope"], "unknown profile 'nope'"),
        (["check"], "mockidp.toml: No such file or directory"),
        (["check", "."], "Is a directory"),
        (["healthcheck", "--url", "ftp://x"], "'ftp://x' is not an address such as http"),
        (["healthcheck", "--timeout", "soon"], "'soon' is not a valid float"),
        (["features", "openid", "extra"], "unexpected extra argument"),
        (["features", "nope"], "unknown profile 'nope'"),
    ],
)
def test_a_mistake_is_one_line_and_code_2(run: Run, argv: list[str], problem: str) -> None:
    result = run(*argv)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("mockidp: ")
    assert problem in result.err
    assert result.err.count("\n") == 1


def test_main_leaves_with_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    for argv, code in ((["--version"], 0), (["nope"], 2)):
        with pytest.raises(SystemExit) as left:
            main(argv)
        assert left.value.code == code


@pytest.mark.parametrize("argv", [["providers"], ["features", "--settings"], ["keys", "openid"]])
def test_output_to_a_closed_pipe_is_no_error(argv: list[str]) -> None:
    command = f"{shlex.quote(sys.executable)} -m mockidp {shlex.join(argv)} | head -n 1"
    done = subprocess.run(
        ["sh", "-c", command], check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_output_that_nobody_reads_is_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "mockidp", "features", "--settings"],
        check=False,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=30,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("argv", [["providers"], ["serve", "openid", "--port", "0"]])
def test_a_full_disk_is_one_line_and_code_2(argv: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mockidp", *argv],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    problem = "mockidp: cannot write what there is to say: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, problem)


def test_a_console_without_the_characters_shows_others(run_process: Run) -> None:
    result = run_process("providers", "groupdocs-total", PYTHONIOENCODING="latin-1:strict")
    assert (result.code, result.err) == (0, "")


def test_listing_commands_imports_no_server(run_process: Run) -> None:
    code = (
        "import sys; from mockidp.cli import run; run(['--help'])\n"
        "print(sorted({'jwt', 'cryptography', 'starlette', 'uvicorn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# -- providers and features ----------------------------------------------------------------------


def test_providers_are_listed_with_title_and_summary(run: Run) -> None:
    result = run("providers")
    for name in PROFILES:
        profile = load_profile(name)
        assert re.search(rf"^{name} +{re.escape(profile.title)}$", result.out, re.MULTILINE)
        assert f"  {profile.summary}\n" in result.out


def test_providers_of_ones_own_are_listed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mockidp.toml"
    file.write_text('[profiles.mine]\nextends = "groupdocs-total"\ntitle = "Mine"\n')
    assert re.search("^mine +Mine$", run("providers").out, re.MULTILINE)
    other = file.rename(tmp_path / "other.toml")
    assert "mine" not in run("providers").out
    assert "\nmine " in run("providers", "--config", str(other)).out


@pytest.mark.parametrize("name", PROFILES)
def test_each_fact_of_a_provider_is_shown_with_its_evidence(run: Run, name: str) -> None:
    profile = load_profile(name)
    text = " ".join(run("providers", name).out.split())
    assert text.startswith(f"{profile.title} ({name})")
    for path, fact in profile.evidence.items():
        section, _, key = path.partition(".")
        assert f"[{section}]" in text
        assert f" {key} = " in text
        assert f"{fact.status}: {' '.join(fact.source.split())}" in text
    for document in profile.documentation:
        assert f"documented in {document}" in text


def test_each_word_of_evidence_is_explained(run: Run) -> None:
    assert tuple(MEANINGS) == (*STATUSES, CONFIGURED)
    for name in PROFILES:
        text = run("providers", name).out
        used = {fact.status for fact in load_profile(name).evidence.values()}
        for status, meaning in MEANINGS.items():
            assert (f"  {status:<10}  {meaning}\n" in text) is (status in used)


def test_a_fact_that_the_file_sets_is_shown_as_set_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("[profiles.openid]\naccess_token.lifetime = 60\n")
    text = run("providers", "openid", "--config", "my.toml").out
    assert re.search(r"lifetime = 60\n +configured: my.toml: \[profiles.openid\]\n", text)


def test_features_are_listed_with_their_specification(run: Run) -> None:
    title, empty, *lines = run("features").out.splitlines()
    assert (title, empty) == ("OpenID Provider (openid)", "")
    rows = lines[::2]
    assert [line[5:].partition(": ")[0] for line in rows] == [feature.name for feature in FEATURES]
    assert all(f.specification in line for f, line in zip(FEATURES, rows, strict=True))


def test_a_provider_has_the_features_that_its_facts_say(run: Run) -> None:
    usual = run("features", "groupdocs-total").out
    assert "on   client_credentials: " in usual
    assert "off  revocation: revocation of access and refresh tokens (RFC 7009)\n" in usual
    changed = run("features", "groupdocs-total", "--set", "revocation_path=/revoke").out
    assert (
        "on   revocation: revocation of access and refresh tokens (RFC 7009)\n"
        "     off by default; switched by revocation.path\n"
    ) in changed


def test_a_feature_is_off_where_one_that_it_needs_is(run: Run) -> None:
    line = "backchannel_logout: clients of a session are told with logout tokens that it has ended"
    said = "     off by default; switched by logout.channels; needs authorize, openid, outgoing\n"
    usual = run("features").out
    assert f"off  {line} (OpenID Connect Back-Channel Logout 1.0)\n{said}" in usual
    changed = run("features", "--set", "outgoing_allowed=true").out
    assert f"on   {line} (OpenID Connect Back-Channel Logout 1.0)\n{said}" in changed
    changed = run("features", "--set", "outgoing_allowed=true", "--set", "scopes_supported=[]")
    assert f"off  {line}" in changed.out


def test_settings_are_listed_with_their_meaning(run: Run) -> None:
    text = run("features", "--settings").out
    assert "access_token_lifetime = 3600.0   (in a file: access_token.lifetime)\n    " in text
    assert "\nseed\n    makes ids and secrets repeatable\n" in text


# -- tokens and keys -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [name for name in PROFILES if load_profile(name).access_token.format == "jwt"]
)
def test_a_printed_token_is_good_with_the_printed_keys(run: Run, name: str) -> None:
    token = run("token", name).out.strip()
    key, *_ = key_set(run("keys", name)).keys
    client_id = load_profile(name).default_client["client_id"]
    issuer = f"http://127.0.0.1:8400/{name}"
    claims = jwt.decode(token, key, ["RS256"], options={"verify_aud": False})
    assert claims.get("iss", issuer) == issuer  # the tokens of some providers name none
    assert client_id in (claims.get("client_id"), claims["aud"])


def test_a_printed_token_is_good_at_a_server_that_runs(run: Run) -> None:
    import urllib.request

    with MockServer() as server:
        for name in ("groupdocs-total", "groupdocs-translation"):
            token = run("token", name, "--url", server.base_url + "/").out.strip()
            call = urllib.request.Request(
                f"{server[name].base_url}/v2.0/translation/text",
                headers={"Authorization": f"Bearer {token}"},
            )
            with urllib.request.urlopen(call, timeout=60) as answer:
                assert answer.status == 200


@pytest.mark.parametrize(
    ("argv", "claim", "value"),
    [
        (["--user", "alice"], "sub", "4ba2e3d6"),
        (["--scope", "read"], "scope", "read"),
        (["--scope", "read write"], "scope", "read write"),
        (["--scope", ""], "scope", None),
        (["--client-id", "second"], "client_id", "second"),
        (["--url", "https://idp.example/"], "iss", "https://idp.example/openid"),
        (["--set", "borrowed=true"], "iss", "https://mockidp.example"),
    ],
)
def test_options_of_a_token(
    run: Run, tmp_path: Path, argv: list[str], claim: str, value: str | None
) -> None:
    (tmp_path / "mockidp.toml").write_text(
        '[[profiles.openid.clients]]\nclient_id = "first"\n'
        '[[profiles.openid.clients]]\nclient_id = "second"\n'
    )
    claims = jwt.decode(run("token", "openid", *argv).out.strip(), options=NOT_VERIFIED)
    if claim == "sub":
        with MockServer(["openid"]) as server:
            value = server["openid"].user.sub
    assert claims.get(claim) == value


NOT_VERIFIED: Any = {"verify_signature": False, "verify_exp": False}


@pytest.mark.parametrize(
    ("argv", "lifetime"),
    [([], 3600), (["--lifetime", "-5"], -5), (["--set", "access_token_lifetime=60"], 60)],
)
def test_the_lifetime_of_a_token(run: Run, argv: list[str], lifetime: int) -> None:
    claims = jwt.decode(run("token", "openid", *argv).out.strip(), options=NOT_VERIFIED)
    assert claims["exp"] - claims["iat"] == lifetime


@pytest.mark.parametrize(
    ("server", "environ", "origin"),
    [
        ("port = 9000", {}, "http://127.0.0.1:9000"),
        ("port = 9000", {"MOCKIDP_PORT": "9001"}, "http://127.0.0.1:9001"),
        ('host = "localhost"', {}, "http://localhost:8400"),
        ('host = "0.0.0.0"', {}, "http://127.0.0.1:8400"),
        ('host = "::1"', {}, "http://[::1]:8400"),
    ],
)
def test_the_issuer_is_where_serve_would_be(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: str,
    environ: dict[str, str],
    origin: str,
) -> None:
    (tmp_path / "mockidp.toml").write_text(f"[server]\n{server}\n")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    claims = jwt.decode(run("token", "openid").out.strip(), options=NOT_VERIFIED)
    assert claims["iss"] == f"{origin}/openid"


def test_keys_are_the_same_in_every_process(run: Run, run_process: Run) -> None:
    assert run("keys", "openid").out == run_process("keys", "openid").out


def test_keys_are_public_members_only(run: Run) -> None:
    keys = json.loads(run("keys", "openid").out)["keys"]
    assert [key["alg"] for key in keys] == ["RS256", "PS256", "ES256", "EdDSA"]
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & {member for key in keys for member in key}


def test_keys_follow_the_settings(run: Run) -> None:
    key, *_ = json.loads(run("keys", "openid", "--set", "access_token_alg=ES256").out)["keys"]
    assert (key["kty"], key["alg"]) == ("EC", "ES256")


def test_the_deny_list_holds_the_thumbprints_of_what_is_served(run: Run) -> None:
    listed = run("keys", "--deny-list").out.split()
    assert len(listed) == len(set(listed)) >= 64
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", thumbprint) for thumbprint in listed)
    served = json.loads(run("keys", "openid").out)["keys"]
    assert {thumbprint_of(key) for key in served if key["kty"] == "RSA"} <= set(listed)
    fresh = json.loads(run("keys", "openid", "--set", "keys=generate").out)["keys"]
    assert not {thumbprint_of(key) for key in fresh if key["kty"] == "RSA"} & set(listed)


def thumbprint_of(key: dict[str, str]) -> str:
    """RFC 7638, 3.1, on its own."""
    import base64
    import hashlib

    text = json.dumps({name: key[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


# -- check and healthcheck -----------------------------------------------------------------------

GOOD = """
[server]
port = 9000
profiles = ["mine"]

[profiles.groupdocs-total]
access_token.lifetime = 60

[profiles.mine]
extends = "groupdocs-total"

[[profiles.mine.clients]]
client_id = "app"
client_secret = "pssst"
"""


@pytest.mark.parametrize("named", ["working folder", "argument", "variable"])
def test_a_good_file_is_right(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    name = "mockidp.toml" if named == "working folder" else "other.toml"
    (tmp_path / name).write_text(GOOD)
    if named == "variable":
        monkeypatch.setenv("MOCKIDP_CONFIG", name)
    result = run("check", *([name] if named == "argument" else []))
    assert result == (
        0,
        f"{name} is right; it sets the server, groupdocs-total, mine (a provider of your own)\n",
        "",
    )


def test_a_working_folder_that_is_gone_holds_no_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("MOCKIDP_PROXY", "on")
    result = run("serve")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("mockidp: environment: MOCKIDP_PROXY = 'on': ")


def test_an_empty_file_is_right(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mockidp.toml").write_text("")
    assert run("check").out == "mockidp.toml is right; it sets nothing\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = = 1", "bad.toml: not TOML: "),
        ("[sever]", "bad.toml: unknown table 'sever'; did you mean 'server'?"),
        ("[server]\nprot = 1", "bad.toml: [server]: unknown key 'prot'; did you mean 'port'?"),
        ('[server]\nport = "x"', "bad.toml: server.port = 'x': must be "),
        ('[server]\nprofiles = ["nope"]', "server.profiles: unknown profile 'nope'"),
        ("[profiles.openid]\nacces_token.lifetime = 1", "did you mean 'access_token'?"),
        ("[profiles.openid]\naccess_token.lifetime = true", "access_token.lifetime = True: must "),
        ('[profiles.openid]\nkeys = "nowhere.pem"', "keys = 'nowhere.pem': No such file"),
        ('[profiles.mine]\nextends = "nope"', "[profiles.mine]: extends: unknown profile 'nope'"),
        (
            "[[profiles.openid.clients]]\nclient_secret = 5\n",
            "client.client_secret = <int>: must be ",
        ),
    ],
)
def test_a_bad_file_is_one_line_and_code_2(
    run: Run, tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "bad.toml").write_text(text)
    result = run("check", "bad.toml")
    assert (result.code, result.out) == (2, "")
    assert problem in result.err
    assert result.err.count("\n") == 1


def test_the_environment_is_checked_too(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mockidp.toml").write_text(GOOD)
    monkeypatch.setenv("MOCKIDP_LIMITER_ALLOWED", "many")
    result = run("check")
    assert result.code == 2
    assert "MOCKIDP_LIMITER_ALLOWED: limiter.allowed = 'many'" in result.err


def test_a_running_server_is_well(run: Run) -> None:
    with MockServer(["openid"]) as server:
        assert run("healthcheck", "--timeout", "60", "--url", server.base_url) == (
            0,
            f"{server.base_url} is well\n",
            "",
        )


def test_the_address_is_that_of_serve_with_the_same_settings(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MockServer(["openid"]) as server:
        port = server.base_url.rpartition(":")[2]
        file = tmp_path / "mockidp.toml"
        file.write_text(f'[server]\nport = {port}\nhost = "0.0.0.0"\n')
        assert run("healthcheck", "--timeout", "60").code == 0
        other = file.rename(tmp_path / "other.toml")
        assert run("healthcheck", "--timeout", "60", "--config", str(other)).code == 0
        monkeypatch.setenv("MOCKIDP_PORT", port)
        assert run("healthcheck", "--timeout", "60").code == 0


def test_a_server_that_is_gone_is_code_1(run: Run) -> None:
    with MockServer(["openid"]) as server:
        url = server.base_url
    assert run("healthcheck", "--url", url) == (
        1,
        "",
        f"mockidp: no server at {url}: Connection refused\n",
    )


def test_another_server_is_code_1(run: Run) -> None:
    with MockServer(["openid"]) as server:
        result = run("healthcheck", "--timeout", "60", "--url", server["openid"].base_url)
    assert result.code == 1
    assert result.err.endswith("is no mockidp server: it answers 404\n")


def test_a_server_that_says_nothing_is_code_1_after_the_timeout(run: Run) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        result = run("healthcheck", "--url", url, "--timeout", "0.1")
    assert result == (1, "", f"mockidp: no server at {url}: timed out\n")


def test_a_proxy_of_the_environment_is_not_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with MockServer(["openid"]) as server:
        assert run("healthcheck", "--timeout", "60", "--url", server.base_url).code == 0
