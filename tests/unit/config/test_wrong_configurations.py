"""Every wrong configuration is one ConfigError: place, key, value, what is valid, and no secret."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockidp.config.environ import environ_layers
from mockidp.config.file import read_config, read_file
from mockidp.config.layers import FLAT_OPTIONS, OPTIONS, Layer
from mockidp.config.server import server_options
from mockidp.config.settings import resolve
from mockidp.config.values import parse_assignment
from mockidp.issuer import System
from mockidp.profiles.build import keywords
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import sections

SECRET = "hush-hush-hush"
NUMBER = "1234567890"
OPENID = "[profiles.openid]\n"
PEM = "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----"


def use(path: Path, profile: str = "openid") -> None:
    """What every door does with a file, up to a lane's keys and clients."""
    System(resolve(profile, file=read_file(path))).close()


def complaint(path: Path, profile: str = "openid") -> str:
    with pytest.raises(ConfigError) as caught:
        use(path, profile)
    text = str(caught.value)
    assert text.isprintable(), "one line"
    assert SECRET not in text
    assert NUMBER not in text
    assert len(text) < 4000 + len(str(path))
    return text


# Each with what the message must say besides the file.
WRONG: dict[str, tuple[str, tuple[str, ...]]] = {
    # -- tables and keys
    "unknown table": ("[banana]", ("'banana'", "valid: profiles, server")),
    "misspelled table": ("[profile]\n", ("'profile'", "did you mean 'profiles'?")),
    "key outside a table": ("port = 1", ("'port'", "valid: profiles, server")),
    "profiles is no table": ("profiles = 1", ("profiles = 1", "must be a table")),
    "profile is no table": ("[profiles]\nopenid = 1", ("profiles.openid = 1", "must be a table")),
    "unknown setting": (OPENID + "x-y-z = 1", ("[profiles.openid]", "'x-y-z'", "access_token")),
    "misspelled setting": (
        OPENID + "access_token_lifetme = 1",
        ("'access_token_lifetme'", "did you mean 'access_token_lifetime'?"),
    ),
    "misspelled section": (OPENID + "limitter.allowed = 1", ("did you mean 'limiter'?",)),
    "unknown key in a section": (
        OPENID + "limiter.windw = 1",
        ("key in [limiter] 'windw'", "did you mean 'window'?", "cooldown"),
    ),
    "section is no table": (OPENID + "limiter = 3", ("limiter = 3", "must be a table")),
    "open table is no table": (
        OPENID + "access_token.claims = 'x'",
        ("access_token.claims = 'x'", "must be a table"),
    ),
    "lengths that are a number": (
        OPENID + "token_max_length = 0",
        ("token.max_length = 0", "must be a table", "client_id, client_secret, scope"),
    ),
    "length of an unknown parameter": (
        OPENID + "token.max_length.clientid = 5",
        ("token.max_length = 'clientid'", "client_id, client_secret, grant_type, scope"),
    ),
    "a header that frames the answer": (
        OPENID + "wire.headers.Content-Length = '5'",
        ("wire.headers = 'Content-Length'", "the server writes itself"),
    ),
    "less than a second": (
        OPENID + "access_token.lifetime = 0.5",
        ("access_token.lifetime = 0.5", "must be at least 1, or 0"),
    ),
    "less than a second for a client": (
        OPENID + "clients = [{ access_token_lifetime = 0.5 }]",
        ("client.access_token_lifetime = 0.5", "must be at least 1, or 0"),
    ),
    "two endpoints at one path": (
        OPENID + "token.path = '/jwks'",
        ("[profiles.openid]", "token.path = '/jwks'", "token and jwks"),
    ),
    "two scopes in one": (OPENID + "scopes.supported = ['a b']", ("= 'a b'", "RFC 6749, 3.3")),
    # -- types and choices
    "text for a number": (
        OPENID + "access_token.lifetime = 'long'",
        ("access_token.lifetime = 'long'", "must be a number"),
    ),
    "number for text": (OPENID + "token.path = 5", ("token.path = 5", "must be text")),
    "text for a switch": (
        OPENID + "jwks.kid = 'yes'",
        ("jwks.kid = 'yes'", "must be true or false"),
    ),
    "switch for a number": (
        OPENID + "limiter.allowed = true",
        ("limiter.allowed = True", "must be a whole number"),
    ),
    "fraction for a whole number": (
        OPENID + "limiter.allowed = 1.5",
        ("limiter.allowed = 1.5", "must be a whole number"),
    ),
    "text for a list": (
        OPENID + "scopes.supported = 'read'",
        ("scopes.supported = 'read'", "must be a list"),
    ),
    "list with a number": (
        OPENID + "scopes.supported = ['read', 1]",
        ("scopes.supported = 1", "must be text"),
    ),
    "wrong choice": (
        OPENID + "access_token.alg = 'none'",
        ("access_token.alg = 'none'", "RS256", "ES256", "EdDSA"),
    ),
    "wrong choice in a list": (
        OPENID + "client_auth.methods = ['client_secret_basic', 'client_secret_md5']",
        ("'client_secret_md5'", "client_secret_post", "none"),
    ),
    "wrong choice, text or number": (
        OPENID + "limiter.retry_after = 'soon'",
        ("limiter.retry_after = 'soon'", "remaining, date, absent, a whole number"),
    ),
    "a switch for text or number": (
        OPENID + "limiter.retry_after = true",
        ("limiter.retry_after = True", "must be text or a whole number"),
    ),
    "a phase left out": (
        OPENID + "token.order = ['client']",
        ("token.order", "client, grant_type"),
    ),
    "number in an open table": (
        OPENID + "wire.headers.X-Test = 1",
        ("wire.headers.X-Test = 1", "must be text"),
    ),
    # -- numbers
    "negative lifetime": (
        OPENID + "access_token.lifetime = -1",
        ("access_token.lifetime = -1", "must not be negative"),
    ),
    "negative window": (OPENID + "limiter.window = -0.5", ("limiter.window = -0.5", "negative")),
    "negative in an open table": (
        OPENID + "token.max_length.scope = -1",
        ("token.max_length.scope = -1", "must not be negative"),
    ),
    "negative constant": (OPENID + "limiter.retry_after = -600", ("-600", "negative")),
    "not a number": (OPENID + "access_token.lifetime = nan", ("nan", "1e12")),
    "infinity": (OPENID + "limiter.cooldown = inf", ("inf", "1e12")),
    "a huge number": (
        OPENID + "access_token.lifetime = " + "9" * 400,
        ("access_token.lifetime = 9999", "1e12"),
    ),
    "a number that Python does not read": (OPENID + "seed = " + "9" * 5000, ("not TOML",)),
    "a number that Python does not write": (
        OPENID + "limiter.allowed = 0x" + "f" * 5000,
        ("limiter.allowed", "1e12"),
    ),
    "no status": (OPENID + "errors.status = 42", ("errors.status = 42", "from 200 to 599")),
    "no final status": (OPENID + "limiter.status = 100", ("limiter.status = 100", "200")),
    "no status in a list": (OPENID + "limiter.counts = [400, 600]", ("600", "200 to 599")),
    # -- what would make an answer fail later
    "no path": (OPENID + "token.path = 'token'", ("token.path = 'token'", "slash")),
    "no path in a list": (OPENID + "api.prefixes = ['v1']", ("'v1'", "slash")),
    "path with a query": (OPENID + "jwks.path = '/jwks?x=1'", ("query",)),
    "host with a scheme": (
        OPENID + "routing.serves = ['https://idp.example/']",
        ("'https://idp.example/'", "idp.example/v1"),
    ),
    "header with a line break": (
        OPENID + 'wire.headers.X-Test = "a\\r\\nSet-Cookie: b"',
        ("control characters",),
    ),
    "header outside Latin-1": (OPENID + "errors.challenge_body = 'Ž'", ("'Ž'", "Latin-1")),
    "no name of a header": (OPENID + "wire.headers.'a b' = 'x'", ("'a b'", "name of a header")),
    "unknown look": (
        OPENID + "new_client.secret_look = 'base64:8'",
        ("new_client.secret_look = 'base64:8'", "guid, hex:N, decimal:N, alnum:N, token:N"),
    ),
    "unknown look of an attribute": (
        OPENID + "new_client.attributes.plan = 'free'",
        ("new_client.attributes.plan = 'free'", "guid"),
    ),
    # -- templates
    "unknown placeholder": (
        OPENID + "access_token.claims.sub = '{user}'",
        ("access_token.claims.sub = '{user}'", "{user} is not known", "subject", "client."),
    ),
    "unknown placeholder far inside": (
        OPENID + "discovery.document.x = [{ y = ['a', 'b {z}'] }]",
        ("discovery.document.x", "{z} is not known"),
    ),
    "empty placeholder": (OPENID + "access_token.claims.sub = '{}'", ("{} is not known",)),
    "a date in a claim": (OPENID + "access_token.claims.born = 2000-01-01", ("no date",)),
    "nan in a claim": (OPENID + "access_token.claims.x = [{ y = nan }]", ("finite number",)),
    "a number too large for JSON": (
        OPENID + "access_token.claims.x = 0x" + "f" * 5000,
        ("access_token.claims.x", "too large a number"),
    ),
    "a line break in a key": (
        OPENID + 'access_token.claims."a\\nb" = "{c}"',
        (r"access_token.claims.a\nb", "{c} is not known"),
    ),
    "claims nested too deeply": (
        OPENID + "access_token.claims.a." + "b." * 3000 + "c = 1",
        ("access_token.claims.a", "nested"),
    ),
    "brackets without end": (OPENID + "access_token.claims.x = " + "[" * 5000, ("nested",)),
    # -- evidence
    "a fact without a status": (
        OPENID + "access_token.lifetime = { is = 5 }",
        ("access_token.lifetime", "exactly one of: documented, recorded, observed"),
    ),
    "a fact with a wrong status": (
        OPENID + "access_token.lifetime = { is = 5, guessed = 'x' }",
        ("exactly one of",),
    ),
    "a fact with two": (
        OPENID + "access_token.lifetime = { is = 5, observed = 'x', assumed = 'y' }",
        ("exactly one of",),
    ),
    "a fact without a source": (
        OPENID + "access_token.lifetime = { is = 5, observed = ' ' }",
        ("observed must say where",),
    ),
    # -- options
    "clients as one table": (
        f"[profiles.openid.clients]\nclient_secret = '{SECRET}'",
        ("clients", "must be a list of tables"),
    ),
    "a client that is a text": (OPENID + f"clients = ['{SECRET}']", ("client", "a table")),
    "keys as a list": (OPENID + f"keys = ['{SECRET}']", ("keys", "must be text")),
    "borrowed as text": (OPENID + "borrowed = 'no'", ("borrowed = 'no'", "true or false")),
    "seed as text": (OPENID + "seed = 'x'", ("seed = 'x'", "must be a whole number")),
    "seed as a switch": (OPENID + "seed = true", ("seed = True", "must be a whole number")),
    "outgoing is no table": (OPENID + "outgoing = true", ("outgoing = True", "must be a table")),
    "unknown key of outgoing": (
        OPENID + "outgoing.alowed = true",
        ("key of outgoing 'alowed'", "did you mean 'allowed'?", "ca_file"),
    ),
    "outgoing allowed in words": (
        OPENID + "outgoing.allowed = 'yes'",
        ("outgoing.allowed = 'yes'", "must be true or false"),
    ),
    "outgoing to nowhere": (
        OPENID + "outgoing.addresses = 'none'",
        ("outgoing.addresses = 'none'", "valid: loopback, any"),
    ),
    "outgoing that is not verified by a switch": (
        OPENID + "outgoing.verify = false",
        ("outgoing.verify = False", "valid: verify, do not verify"),
    ),
    "outgoing without an end": (
        OPENID + "outgoing.timeout = inf",
        ("outgoing.timeout = inf", "must be a number from 0.01 to 60"),
    ),
    "outgoing without a size": (
        OPENID + "outgoing.max_bytes = 0",
        ("outgoing.max_bytes = 0", "must be a whole number from 1 to 10485760"),
    ),
    "half a redirect": (
        OPENID + "outgoing.max_redirects = 0.5",
        ("outgoing.max_redirects = 0.5", "must be a whole number from 0 to 10"),
    ),
    "no CA file": (
        OPENID + "outgoing.ca_file = '/no/such.pem'",
        ("outgoing.ca_file = '/no/such.pem'", "there is no such file"),
    ),
    "no journal": (OPENID + "journal_size = 0", ("journal_size = 0", "from 1 to 1000000")),
    "endless journal": (
        OPENID + "journal_size = 99999999999999999999",
        ("journal_size", "from 1 to 1000000"),
    ),
    # -- clients and users
    "unknown field of a client": (
        OPENID + "clients = [{ clientid = 'x' }]",
        ("field of a client 'clientid'", "did you mean 'client_id'?"),
    ),
    "client with an empty id": (OPENID + "clients = [{ client_id = '' }]", ("must not be empty",)),
    "secret that is a number": (
        OPENID + "clients = [{ client_id = 'x', client_secret = 1234567890 }]",
        ("client.client_secret", "must be text"),
    ),
    "scope the provider does not have": (
        OPENID + "clients = [{ client_id = 'x', scope = ['raed'] }]",
        ("client.scope 'raed'", "did you mean 'read'?", "write"),
    ),
    "the same in one text": (
        OPENID + "clients = [{ scope = 'read banana' }]",
        ("client.scope 'banana'", "read, write"),
    ),
    "scopes that are no texts": (
        OPENID + "clients = [{ scope = [1] }]",
        ("client.scope = [1]", "must be a list of texts"),
    ),
    "unknown grant type": (
        OPENID + "clients = [{ grant_types = ['client_credential'] }]",
        ("'client_credential'", "did you mean 'client_credentials'?"),
    ),
    "unknown authentication method": (
        OPENID + "clients = [{ token_endpoint_auth_method = 'basic' }]",
        (
            "'basic'",
            "client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, none",
        ),
    ),
    "negative lifetime of a client": (
        OPENID + "clients = [{ access_token_lifetime = -1 }]",
        ("client.access_token_lifetime = -1", "negative"),
    ),
    "endless lifetime of a client": (
        OPENID + "clients = [{ access_token_lifetime = nan }]",
        ("client.access_token_lifetime = nan",),
    ),
    "switch that is a text": (
        OPENID + "clients = [{ enabled = 'no' }]",
        ("client.enabled = 'no'", "true or false"),
    ),
    "attributes that are a text": (
        OPENID + "clients = [{ attributes = 'x' }]",
        ("client.attributes = 'x'", "must be a table"),
    ),
    "a date in an attribute": (
        OPENID + "clients = [{ attributes = { born = 2000-01-01 } }]",
        ("client.attributes", "no date"),
    ),
    "two clients with one id": (
        OPENID + f"clients = [{{ client_id = 'x', client_secret = '{SECRET}' }}, "
        "{ client_id = 'x' }]",
        ("[profiles.openid]", "client_id 'x'"),
    ),
    "a user without a name": (OPENID + "users = [{}]", ("needs a username",)),
    "unknown field of a user": (
        OPENID + "users = [{ user = 'x' }]",
        ("field of a user 'user'", "username"),
    ),
    "a user with an empty name": (OPENID + "users = [{ username = '' }]", ("not be empty",)),
    "a password that is a number": (
        OPENID + "users = [{ username = 'x', password = 1234567890 }]",
        ("user.password", "must be text"),
    ),
    "two users with one name": (
        OPENID + f"users = [{{ username = 'x', password = '{SECRET}' }}, "
        "{ username = 'x', sub = 'y' }]",
        ("[profiles.openid]", "username 'x'"),
    ),
    "two users with one sub": (
        OPENID + "users = [{ username = 'x', sub = 's' }, { username = 'y', sub = 's' }]",
        ("[profiles.openid]", "sub 's'"),
    ),
    # -- keys
    "no such file": (
        OPENID + "keys = 'nowhere.pem'",
        ("[profiles.openid]", "keys = 'nowhere.pem'", "pool", "generate"),
    ),
    "a damaged key": (
        OPENID + f"keys = '''{PEM.format(SECRET)}'''",
        ("keys = PEM text", "damaged"),
    ),
    "a public key": (
        OPENID + "keys = '''-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'''",
        ("no private key", "PUBLIC KEY"),
    ),
    "a damaged first line": (
        OPENID + f"keys = '''----BEGIN PRIVATE KEY----\n{SECRET}'''",
        ("keys = PEM text", "Choices"),
    ),
    "an encrypted key": (
        OPENID + "keys = '''-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
        "-----END ENCRYPTED PRIVATE KEY-----'''",
        ("encrypted",),
    ),
    # -- profiles of the user's own
    "built-in with extends": (
        OPENID + "extends = 'identityserver'",
        ("extends = 'identityserver'", "choose another name"),
    ),
    "built-in with a title": (OPENID + "title = 'Mine'", ("title = 'Mine'", "another name")),
    "misspelled built-in profile": (
        "[profiles.groupdocs-totl]",
        ("'groupdocs-totl'", "did you mean 'groupdocs-total'?", "extends = 'openid'"),
    ),
    "own profile with the name of a manner": (
        "[profiles.identityserver]",
        ("'identityserver'", "manner"),
    ),
    "own profile with a name for no address": (
        "[profiles.'My IdP']",
        ("'My IdP'", "small letters, digits and hyphens"),
    ),
    # -- the server
    "unknown key of the server": ("[server]\nprot = 1", ("'prot'", "did you mean 'port'?")),
    "port that is a text": ("[server]\nport = '80'", ("server.port = '80'", "0 to 65535")),
    "port that is none": ("[server]\nport = 65536", ("server.port = 65536", "0 to 65535")),
    "port that is a switch": ("[server]\nport = true", ("server.port = True",)),
    "tls that is a text": ("[server]\ntls = 'yes'", ("server.tls = 'yes'", "true or false")),
    "proxy that is a text": ("[server]\nproxy = 'x'", ("server.proxy = 'x'", "true, false, or a")),
    "proxy that is no port": ("[server]\nproxy = 65536", ("server.proxy = 65536", "0 to 65535")),
    "host that is a number": ("[server]\nhost = 1", ("server.host = 1", "an address or a name")),
    "profiles that are a text": ("[server]\nprofiles = 'openid'", ("a list of names",)),
    # -- not TOML
    "not TOML": ("[profiles.openid\nseed = 1", ("not TOML", "line 1")),
    "the same key twice": ("[server]\nport = 1\nport = 2\n", ("not TOML", "line 3")),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_by_place_key_and_choices(case: str, tmp_path: Path) -> None:
    text, parts = WRONG[case]
    path = tmp_path / "mockidp.toml"
    path.write_text(text, "utf-8")
    said = complaint(path)
    assert said.startswith(f"{path}: ")
    for part in parts:
        assert part in said


OWN: dict[str, tuple[str, tuple[str, ...]]] = {
    "extends nobody": ("[profiles.mine]\nextends = 'opnid'", ("'opnid'", "did you mean 'openid'?")),
    "extends nobody but what is like itself": (
        "[profiles.mine]\nextends = 'mime'",
        (
            "[profiles.mine]: extends: unknown profile 'mime'; valid: bshaffer, easytranslate",
            "total, groupdocs-translation, identityserver, openid, openid-strict, passport, proz",
        ),
    ),
    "extends itself": ("[profiles.mine]\nextends = 'mine'", ("circle: mine → mine",)),
    "extends in a circle": (
        "[profiles.mine]\nextends = 'b'\n[profiles.b]\nextends = 'c'\n[profiles.c]\nextends = 'b'",
        ("[profiles.c]", "extends = 'b'", "circle: mine → b → c → b"),
    ),
    "extends a number": ("[profiles.mine]\nextends = 5", ("extends = 5", "the name of a profile")),
    "extends several": ("[profiles.mine]\nextends = ['openid']", ("extends = ['openid']",)),
    "extends a file": ("[profiles.mine]\nextends = 'manners/identityserver'", ("'manners/",)),
    "extends a path": ("[profiles.mine]\nextends = '../profiles/openid'", ("valid:",)),
    "title that is a number": (
        "[profiles.mine]\nextends = 'openid'\ntitle = 5",
        ("title = 5", "must be text"),
    ),
    "documentation that is a text": (
        "[profiles.mine]\nextends = 'openid'\ndocumentation = 'RFC'",
        ("documentation = 'RFC'", "must be a list of texts"),
    ),
    "documentation that is a list of numbers": (
        "[profiles.mine]\nextends = 'openid'\ndocumentation = [1]",
        ("documentation = [1]", "must be a list of texts"),
    ),
    "nothing to borrow": (
        "[profiles.mine]\nextends = 'identityserver'\nborrowed = true",
        ("borrowed = True", "routing.issuer"),
    ),
}


@pytest.mark.parametrize("case", OWN)
def test_a_wrong_profile_of_the_users_own_is_refused(case: str, tmp_path: Path) -> None:
    text, parts = OWN[case]
    path = tmp_path / "mockidp.toml"
    path.write_text(text, "utf-8")
    said = complaint(path, "mine")
    assert said.startswith(f"{path}: ")
    for part in parts:
        assert part in said


@pytest.mark.parametrize(
    ("content", "part"),
    [
        pytest.param(b"\xff\xfe", "not TOML: 'utf-8'", id="not UTF-8"),
        pytest.param(b"a = '\x00'", "not TOML", id="NUL"),
        pytest.param("title = 'ä'".encode("latin-1"), "not TOML", id="Latin-1"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "mockidp.toml"
    path.write_bytes(content)
    assert part in complaint(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "absent.toml"
    assert complaint(path) == f"{path}: No such file or directory"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert complaint(tmp_path).startswith(f"{tmp_path}: ")


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, encoding: str) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_text", refuse)  # the superuser may read every file
    assert complaint(tmp_path / "mockidp.toml") == f"{tmp_path}/mockidp.toml: Permission denied"


PYTHON: dict[str, tuple[Any, str]] = {
    "table with a number for a name": ({1: {}}, "unknown table 1"),
    "profile with a number for a name": ({"profiles": {5: {}}}, "profiles = 5"),
    "setting with a number for a name": ({"profiles": {"openid": {5: 1}}}, "unknown setting 5"),
    "key with a number for a name": (
        {"profiles": {"openid": {"limiter": {5: 1}}}},
        "unknown key in [limiter] 5",
    ),
    "field with a number for a name": (
        {"profiles": {"openid": {"clients": [{5: 1}]}}},
        "unknown field of a client 5",
    ),
    "a set in a claim": (
        {"profiles": {"openid": {"access_token_claims": {"x": {1}}}}},
        "no set",
    ),
    "half a surrogate pair": (
        {"profiles": {"openid": {"access_token_claims": {"x": "\ud800"}}}},
        "Unicode",
    ),
    "an attribute with a number for a name": (
        {"profiles": {"openid": {"clients": [{"attributes": {"x": {1: 2}}}]}}},
        "names of members",
    ),
}


@pytest.mark.parametrize("case", PYTHON)
def test_wrong_tables_given_in_python_are_refused(case: str) -> None:
    tables, part = PYTHON[case]
    with pytest.raises(ConfigError) as caught:
        resolve("openid", file=read_config(tables, "config"))
    assert str(caught.value).startswith("config: ")
    assert part in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("variable", "text", "parts"),
    [
        pytest.param(
            "MOCKIDP_ACCESS_LIFETIME", "1", ("MOCKIDP_ACCESS_TOKEN_LIFETIME",), id="unknown"
        ),
        pytest.param("MOCKIDP_POTR", "1", ("did you mean 'MOCKIDP_PORT'?",), id="misspelled"),
        pytest.param(
            "MOCKIDP_OPENID_LIMITER_ALOWED", "1", ("MOCKIDP_OPENID_LIMITER_ALOWED",), id="of one"
        ),
        pytest.param(
            "MOCKIDP_ACCESS_TOKEN_LIFETIME", "long", ("= 'long'", "a number"), id="wrong type"
        ),
        pytest.param(
            "MOCKIDP_ACCESS_TOKEN_LIFETIME", "9" * 5000, ("must be a number",), id="digits"
        ),
        pytest.param("MOCKIDP_ACCESS_TOKEN_LIFETIME", "[" * 9999, ("a number",), id="brackets"),
        pytest.param(
            "MOCKIDP_CLIENTS", f"[{{ client_secret = '{SECRET}'", ("clients",), id="not TOML"
        ),
        pytest.param("MOCKIDP_SEED", "1\n2", ("seed",), id="two lines"),
        pytest.param(
            "MOCKIDP_SCOPES_SUPPORTED",
            "a, b",
            ("= 'a, b'", 'must be a list, written ["a", "b"]'),
            id="commas",
        ),
        pytest.param("MOCKIDP_CLIENTS", '[{"id": "a"}]', ("field of a client 'id'",), id="JSON"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(
    variable: str, text: str, parts: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve("openid", environ={variable: text})
    said = str(caught.value)
    assert variable in said
    assert SECRET not in said
    assert said.isprintable()
    for part in parts:
        assert part in said


@pytest.mark.parametrize("port", ["x", "-1", "65536", "1.5", "9" * 5000, "²"])
def test_a_wrong_port_in_the_environment_is_refused(port: str) -> None:
    with pytest.raises(ConfigError, match=r"^environment: MOCKIDP_PORT = .*0 to 65535$"):
        server_options({"MOCKIDP_PORT": port})


@pytest.mark.parametrize("text", ["", "access_token_lifetime", "=5", " = 5"])
def test_an_option_without_a_name_or_a_value_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^--set: .* is not NAME=VALUE"):
        parse_assignment(text, "--set")


def test_an_unknown_profile_is_refused_with_those_of_the_file() -> None:
    file = read_config({"profiles": {"acme": {"extends": "openid"}}}, "config")
    with pytest.raises(ConfigError, match=r"'acne'; did you mean 'acme'\? valid: acme, easy"):
        resolve("acne", file=file)


# What may stand in a file, a variable or a keyword: anything.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
NAMES = st.sampled_from([*OPTIONS, *FLAT_OPTIONS, *keywords(), *sections()]).filter(
    lambda name: name != "keys"
)


def refusal_of(use: Callable[[], object]) -> str:
    """What is said against a use; "" when nothing is. Any other exception is a failure."""
    try:
        use()
    except ConfigError as problem:
        return str(problem)
    return ""


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=3))
def test_whatever_a_setting_is_it_is_taken_or_refused_as_such(values: dict[str, Any]) -> None:
    problem = refusal_of(
        lambda: System(resolve("openid", layers=[Layer("keyword", values)])).close()
    )
    assert problem.startswith("keyword: ") or not problem
    assert problem.isprintable()


@settings(max_examples=200)
@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_variable_is_it_is_taken_or_refused_as_such(name: str, text: str) -> None:
    assert refusal_of(
        lambda: environ_layers({f"MOCKIDP_{name}": text}, "openid", ("openid",))
    ).isprintable()
