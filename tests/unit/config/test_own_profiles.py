"""Profiles of the user's own in mockidp.toml: what they are based on and what they may say."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from mockidp.config.file import ConfigFile, find_file, read_config
from mockidp.config.settings import resolve
from mockidp.profiles import MANNERS, PROFILES
from mockidp.profiles.load import load_profile
from mockidp.profiles.schema import Profile

ACME = """
[profiles.acme]
extends = "groupdocs-total"
title = "ACME login"
summary = "as the support told us"
documentation = ["mail of 3 March"]
clients = [{ client_id = "acme-app", client_secret = "acme-secret", scope = "read" }]

[profiles.acme.routing]
serves = ["login.acme.example/", "api.acme.example/v3"]
issuer = "https://login.acme.example"

[profiles.acme.access_token]
lifetime = 90
[profiles.acme.access_token.claims]
tenant = "acme"
scope = "{scope}"
nbf = "{absent}"

[profiles.acme.scopes]
supported = ["read", "write"]

[profiles.acme.limiter]
allowed = 2
window = { is = 5, observed = "three tries on 3 March" }

[profiles.acme-staging]
extends = "acme"
access_token_lifetime = 30
"""


def read(text: str) -> ConfigFile:
    return read_config(tomllib.loads(text), "mockidp.toml")


def resolved(name: str, text: str = ACME) -> Profile:
    return resolve(name, file=read(text)).profile


def differences(one: Profile, other: Profile) -> set[str]:
    """The sections in which two profiles differ."""
    described = {"name", "title", "summary", "documentation", "default_client", "evidence"}
    names = {item.name for item in fields(Profile)} - described
    return {name for name in names if getattr(one, name) != getattr(other, name)}


def test_an_own_profile_says_what_it_says_and_keeps_the_rest() -> None:
    acme, total = resolved("acme"), load_profile("groupdocs-total")
    assert differences(acme, total) == {"routing", "access_token", "scopes", "limiter"}
    assert (acme.name, acme.title, acme.summary) == (
        "acme",
        "ACME login",
        "as the support told us",
    )
    assert acme.documentation == ("mail of 3 March",)
    assert acme.routing.serves == ("login.acme.example/", "api.acme.example/v3")
    assert acme.routing.case_sensitive is False
    assert acme.access_token.lifetime == 90
    assert acme.access_token.alg == "RS256"
    assert acme.limiter is not None
    assert (acme.limiter.allowed, acme.limiter.window, acme.limiter.cooldown) == (2, 5, 600)


def test_claims_keep_their_place_and_new_ones_come_last() -> None:
    claims = resolved("acme").access_token.claims
    assert list(claims) == ["nbf", "exp", "iss", "aud", "client_id", "client_*", "scope", "tenant"]
    assert claims["scope"] == "{scope}"
    assert claims["tenant"] == "acme"


def test_a_fact_may_say_how_it_is_known_and_is_configured_otherwise() -> None:
    evidence = resolved("acme").evidence
    window, allowed = evidence["limiter.window"], evidence["limiter.allowed"]
    assert (window.status, window.source) == ("observed", "three tries on 3 March")
    assert (allowed.status, allowed.source) == ("configured", "mockidp.toml: [profiles.acme]")
    assert evidence["limiter.cooldown"].status == "documented"


def test_an_own_profile_is_a_system_of_its_own() -> None:
    # Its clients and keys are not those of GroupDocs, although it behaves like it.
    assert resolved("acme").routing.system == "acme"
    tables = tomllib.loads(ACME)
    tables["profiles"]["acme"]["routing"]["system"] = "groupdocs"
    profile = resolve("acme", file=read_config(tables, "mockidp.toml")).profile
    assert profile.routing.system == "groupdocs"


def test_one_own_profile_extends_another() -> None:
    staging, total = resolved("acme-staging"), load_profile("groupdocs-total")
    assert staging.access_token.lifetime == 30
    assert staging.token == total.token
    assert staging.routing.system == "acme-staging"


def test_an_own_profile_has_what_the_file_says_of_those_that_it_extends() -> None:
    acme, staging = resolved("acme"), resolved("acme-staging")
    assert differences(staging, acme) == {"routing", "access_token"}
    assert staging.access_token.claims == acme.access_token.claims
    assert staging.limiter == acme.limiter
    (client,) = resolve("acme-staging", file=read(ACME)).clients
    assert client.client_id == "acme-app"
    inherited = staging.evidence["limiter.allowed"]
    assert inherited.source == "mockidp.toml: [profiles.acme]"


def test_an_own_profile_does_not_have_the_address_of_the_one_that_it_extends() -> None:
    text = """
    profiles.a = { extends = "openid", base_path = "/a", public = ["https://a.example"], seed = 1 }
    profiles.b = { extends = "a" }
    """
    a, b = (resolve(name, file=read(text)) for name in "ab")
    assert (a.base_path, a.public, a.seed) == ("/a", ("https://a.example",), 1)
    assert (b.base_path, b.public, b.seed) == ("", (), 1)


@pytest.mark.parametrize("base", [*PROFILES, *MANNERS])
def test_every_profile_and_manner_can_be_extended(base: str) -> None:
    settings = resolve("mine", file=read(f"[profiles.mine]\nextends = '{base}'"))
    assert differences(settings.profile, load_profile("openid")) or base.startswith("openid")
    assert len(settings.clients) == 1
    assert settings.clients[0].client_secret


def test_a_variant_of_the_generic_provider_is_two_lines() -> None:
    mine = resolved("mine", "[profiles.mine]\nextends = 'openid'\naccess_token_lifetime = 5")
    assert differences(mine, load_profile("openid")) == {"routing", "access_token"}
    assert mine.title == load_profile("openid").title


def test_it_has_the_default_client_of_its_base_or_the_clients_it_names() -> None:
    text = "[profiles.mine]\nextends = 'groupdocs-total'"
    (inherited,) = resolve("mine", file=read(text)).clients
    (total,) = resolve("groupdocs-total").clients
    assert inherited == total
    (own,) = resolve("acme", file=read(ACME)).clients
    assert (own.client_id, own.client_secret, own.scope) == ("acme-app", "acme-secret", ("read",))
    # What is left out is made up in the look of the provider.
    assert set(own.attributes) == {"default_storage", "identity_user_id"}


def test_a_limiter_can_be_given_to_a_provider_that_has_none_and_taken_away() -> None:
    assert load_profile("openid").limiter is None
    given = resolved("openid", "[profiles.openid.limiter]\nallowed = 5").limiter
    assert given is not None
    assert (given.allowed, given.window, given.cooldown, given.status) == (5, 60, 600, 429)
    taken = resolved("groupdocs-total", "[profiles.groupdocs-total]\nlimiter.allowed = 0").limiter
    assert taken is not None
    assert taken.allowed == 0


def test_settings_of_a_built_in_profile_change_it_and_nothing_built_in() -> None:
    text = "[profiles.openid]\ntoken.path = '/oauth/token'\nwire.headers.X-Env = 'test'"
    changed = resolved("openid", text)
    assert changed.token.path == "/oauth/token"
    assert changed.wire.headers == {
        "Cache-Control": "no-store",
        "Pragma": "no-cache",
        "X-Env": "test",
    }
    assert differences(changed, load_profile("openid")) == {"token", "wire"}
    assert load_profile("openid").token.path == "/token"


def test_flat_and_nested_names_are_the_same_setting() -> None:
    nested = resolved("openid", "[profiles.openid.access_token]\nlifetime = 7")
    flat = resolved("openid", "[profiles.openid]\naccess_token_lifetime = 7")
    dotted = resolved("openid", "[profiles.openid]\naccess_token.lifetime = 7")
    assert differences(nested, flat) == differences(nested, dotted) == set()
    assert nested.access_token.lifetime == 7


def test_the_file_lists_all_that_can_be_used() -> None:
    assert read(ACME).profiles == (*PROFILES, "acme", "acme-staging")
    assert ConfigFile().profiles == PROFILES


def test_an_empty_file_says_nothing() -> None:
    settings, bare = resolve("openid", file=read("")), resolve("openid")
    assert settings.profile is bare.profile
    assert settings == bare
    assert settings.keys == "pool"
    assert [user.username for user in settings.users] == ["alice", "bob"]


def test_the_first_folder_with_a_file_wins(tmp_path: Any) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    assert find_file(folders) is None
    for folder in folders[1:]:
        (folder / "mockidp.toml").touch()
    (folders[0] / "mockidp.toml").mkdir()  # a folder is no file
    assert find_file(folders) == folders[1] / "mockidp.toml"


def test_the_server_table_is_kept_as_it_is() -> None:
    table: Mapping[str, Any] = {"host": "::1", "port": 0, "profiles": ["openid"]}
    assert read_config({"server": table}, "config").server == table
