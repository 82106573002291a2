"""Every fact of a built-in profile says how we know it, and so does every golden exchange."""

from __future__ import annotations

import re
from dataclasses import Field
from typing import Any

import pytest

from fixtures.exchange_format import Exchange, exchanges_of
from mockidp.profiles import PROFILES
from mockidp.profiles.build import is_placeholder, leaves
from mockidp.profiles.evidence import STATUSES, Fact
from mockidp.profiles.load import Document, load_profile
from mockidp.profiles.schema import Profile

EXCHANGES = [exchange for profile in PROFILES for exchange in exchanges_of(profile)]

#: The customer's documents by the number that their file names begin with, specifications, server
#: products, and what the makers of clients publish.
SOURCE = re.compile(
    r"\b00[0-4]\b"
    r"|RFC \d{4}"
    r"|OpenID Connect (Core|Discovery|Session Management) 1\.0"
    r"|OpenID Connect (RP-Initiated|Front-Channel|Back-Channel) Logout 1\.0"
    r"|OAuth 2\.0 (Multiple Response Type Encoding Practices|Form Post Response Mode)"
    r"|IdentityServer4|ASP\.NET"
    r"|Aspose|docs\.aspose\.cloud|aspose-words"
    r"|groupdocs-[a-z]+-cloud|SDKs?\b"
    r"|thephpleague/oauth2-server|laravel/passport|\bLaravel\b|lcobucci/jwt"
    r"|easytranslate-com/|bb-io/EasyTranslate|knowledge\.easytranslate\.com"
    r"|bshaffer/oauth2-server-php|\bPHP\b|diasks2/(omniauth-)?proz|www\.proz\.com"
)
#: What our own choices say instead, as nobody else can be named for them.
CHOICE = "assumed"


def without_evidence(profile: Profile) -> list[str]:
    """The leaves of the profile's tables that no fact stands behind, and facts without a source.

    An open table says nothing but by its keys, and each of these is a fact.
    """
    touched = {path.split(".")[0] for path in profile.evidence}
    missing = [
        path
        for path, _, leaf in leaves()
        if path.split(".")[0] in touched
        and path not in profile.evidence
        and not leaf.metadata["open"]
        and applies(profile, leaf)
    ]
    return missing + [path for path, fact in profile.evidence.items() if not is_evident(fact)]


def applies(profile: Profile, leaf: Field[Any]) -> bool:
    """Whether a leaf means anything in this profile."""
    condition = leaf.metadata["applies"]
    return condition is None or bool(condition(profile))


def is_evident(fact: Fact) -> bool:
    return fact.status in STATUSES and names_a_source(fact.status, fact.source)


def names_a_source(status: str, source: str) -> bool:
    return bool(source.strip()) and (status == CHOICE or SOURCE.search(source) is not None)


def test_status_words_are_the_five_of_the_facts_sheet() -> None:
    assert STATUSES == ("documented", "recorded", "observed", "inferred", "assumed")


@pytest.mark.parametrize("profile", PROFILES)
def test_every_fact_has_evidence(profile: str) -> None:
    assert without_evidence(load_profile(profile)) == []


def has_company(profile: Profile, path: str) -> bool:
    """Whether the table is there without this leaf too."""
    table, _, _ = path.partition(".")
    return sum(other.startswith(f"{table}.") for other in profile.evidence) > 1


STATED = [
    (name, path)
    for name in PROFILES
    for path, _, leaf in leaves()
    if path in load_profile(name).evidence and applies(load_profile(name), leaf)
]
IN_COMPANY = [pair for pair in STATED if has_company(load_profile(pair[0]), pair[1])]


def test_every_leaf_is_stated_by_some_profile() -> None:
    closed = {path for path, _, leaf in leaves() if not leaf.metadata["open"]}
    assert closed <= {path for _, path in STATED}


@pytest.mark.parametrize(
    ("profile", "path"), IN_COMPANY, ids=["/".join(pair) for pair in IN_COMPANY]
)
def test_a_leaf_left_out_is_noticed(profile: str, path: str) -> None:
    """The decoy: a profile as it is, but for one leaf of a table that it has."""
    facts = {**load_profile(profile).evidence}
    del facts[path]
    # A default scope would not be one of the provider's any more, which is refused as it is.
    facts.pop("scopes.default" if path == "scopes.supported" else "", None)
    decoy = load_profile("decoy", own={"decoy": Document("decoy.toml", None, {}, facts)})
    # Without it others may mean something that meant nothing before.
    assert path in without_evidence(decoy)


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param(Fact(60, "configured", "003: 1 day"), id="a status of no evidence"),
        pytest.param(Fact(60, "guessed", "003: 1 day"), id="an invented status"),
        pytest.param(Fact(60, "documented", ""), id="no source"),
        pytest.param(Fact(60, "documented", "well known"), id="a source that names nothing"),
        pytest.param(Fact(60, "assumed", " "), id="no reason"),
    ],
)
def test_poor_evidence_is_noticed(fact: Fact) -> None:
    facts = {**load_profile("groupdocs-total").evidence, "access_token.lifetime": fact}
    decoy = load_profile("decoy", own={"decoy": Document("decoy.toml", None, {}, facts)})
    assert without_evidence(decoy) == ["access_token.lifetime"]


@pytest.mark.parametrize("profile", PROFILES)
def test_templates_name_only_what_there_is(profile: str) -> None:
    loaded = load_profile(profile)
    texts = [str(fact.value) for fact in loaded.evidence.values()]
    used = {name for text in texts for name in re.findall(r"\{([^{}' ]+)\}", text)}
    used -= {"expired_at"}  # belongs to challenges.expired alone
    used -= {"allowed", "remaining", "until"}  # and these to the headers of a limiter
    assert [name for name in used if not is_placeholder(name)] == []
    others = [path for path, fact in loaded.evidence.items() if "{expired_at}" in str(fact.value)]
    assert set(others) <= {"api.challenges.expired"}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_says_which_document_each_number_of_its_sources_means(profile: str) -> None:
    loaded = load_profile(profile)
    assert loaded.documentation
    listed = " ".join(loaded.documentation)
    for fact in loaded.evidence.values():
        for number in re.findall(r"\b00\d\b", fact.source):
            assert re.search(rf"\b{number}_[0-9a-f]{{16}}\.txt", listed), fact.source


@pytest.mark.parametrize("exchange", EXCHANGES, ids=[exchange.id for exchange in EXCHANGES])
def test_every_exchange_has_evidence(exchange: Exchange) -> None:
    assert names_a_source(exchange.status, exchange.source)
