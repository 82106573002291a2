"""One setting said in every place: the last place that says it wins."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from mockidp.config.file import read_config
from mockidp.config.layers import Layer
from mockidp.config.settings import Settings, resolve
from mockidp.config.values import parse_assignment
from mockidp.idp import MockIdP
from mockidp.issuer import Issuer

#: From the weakest to the strongest; the profile itself (3600 s) is below all of them.
PLACES = (
    "mockidp.toml",
    "MOCKIDP_ACCESS_TOKEN_LIFETIME",
    "MOCKIDP_OPENID_ACCESS_TOKEN_LIFETIME",
    "mockidp_set",
    "--mockidp-set",
    "mockidp_config",
    "@pytest.mark.mockidp",
    "keyword",
)
LIFETIMES = {place: 100 + number for number, place in enumerate(PLACES)}


def settings_of(places: tuple[str, ...]) -> Settings:
    file: dict[str, Any] = {}
    environ: dict[str, str] = {"PATH": "/bin", "MOCKIDP_PORT": "0"}
    layers: list[Layer] = []
    for place in places:
        lifetime = LIFETIMES[place]
        if place == "mockidp.toml":
            file = {"profiles": {"openid": {"access_token": {"lifetime": lifetime}}}}
        elif place.startswith("MOCKIDP_"):
            environ[place] = str(lifetime)
        elif "set" in place:
            layers.append(Layer(place, dict([parse_assignment(f"{SETTING}={lifetime}", place)])))
        else:
            layers.append(Layer(place, {SETTING: lifetime}))
    return resolve("openid", file=read_config(file, "mockidp.toml"), environ=environ, layers=layers)


SETTING = "access_token_lifetime"


def test_the_profile_stands_where_nobody_says_anything() -> None:
    assert settings_of(()).profile.access_token.lifetime == 3600


@pytest.mark.parametrize("count", range(1, len(PLACES) + 1))
def test_of_all_places_the_last_wins(count: int) -> None:
    settings = settings_of(PLACES[:count])
    strongest = PLACES[count - 1]
    assert settings.profile.access_token.lifetime == LIFETIMES[strongest]
    fact = settings.profile.evidence["access_token.lifetime"]
    assert (fact.status, fact.source) == (
        "configured",
        {"mockidp.toml": "mockidp.toml: [profiles.openid]"}.get(strongest, strongest),
    )


@pytest.mark.parametrize(("weaker", "stronger"), list(combinations(PLACES, 2)))
def test_of_two_places_the_later_wins(weaker: str, stronger: str) -> None:
    lifetime = settings_of((weaker, stronger)).profile.access_token.lifetime
    assert lifetime == LIFETIMES[stronger]


def test_places_add_up_where_they_say_different_things() -> None:
    settings = resolve(
        "groupdocs-total",
        file=read_config({"profiles": {"groupdocs-total": {"limiter": {"allowed": 5}}}}, "file"),
        environ={"MOCKIDP_LIMITER_WINDOW": "30"},
        layers=[Layer("one", {"limiter": {"cooldown": 9}}), Layer("two", {"limiter_status": 503})],
    )
    limiter = settings.profile.limiter
    assert limiter is not None
    assert (limiter.allowed, limiter.window, limiter.cooldown, limiter.status) == (5, 30, 9, 503)
    assert limiter.error == "too_many_requests"  # as the profile has it


@pytest.mark.parametrize(
    ("option", "values", "shown"),
    [
        pytest.param("seed", (1, 2, 3), 3, id="seed"),
        pytest.param("journal_size", (1, 2, 3), 3, id="journal_size"),
        pytest.param("borrowed", (True, True, False), False, id="borrowed"),
    ],
)
def test_options_follow_the_same_order(option: str, values: tuple[Any, ...], shown: Any) -> None:
    low, middle, high = values
    settings = resolve(
        "openid",
        file=read_config({"profiles": {"openid": {option: low}}}, "mockidp.toml"),
        environ={f"MOCKIDP_{option.upper()}": str(middle).lower()},
        layers=[Layer("keyword", {option: high})],
    )
    assert getattr(settings, option) == shown
    assert settings.origin(option) == "keyword"


def test_clients_of_a_later_place_replace_those_of_an_earlier_one() -> None:
    settings = resolve(
        "openid",
        layers=[
            Layer("one", {"clients": [{"client_id": "a"}, {"client_id": "b"}]}),
            Layer("two", {"clients": [{"client_id": "c"}]}),
        ],
    )
    assert [client.client_id for client in settings.clients] == ["c"]


def test_what_one_profile_is_told_the_others_do_not_hear() -> None:
    file = read_config({"profiles": {"openid": {SETTING: 5}}}, "mockidp.toml")
    environ = {"MOCKIDP_GROUPDOCS_TOTAL_ACCESS_TOKEN_LIFETIME": "6"}
    lifetimes = {
        name: resolve(name, file=file, environ=environ).profile.access_token.lifetime
        for name in ("openid", "groupdocs-total", "groupdocs-translation")
    }
    assert lifetimes == {"openid": 5, "groupdocs-total": 6, "groupdocs-translation": 3600}


@pytest.mark.parametrize("count", range(4))
def test_the_object_of_the_user_keeps_the_order(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"profiles": {"openid": {SETTING: 1}}} if count > 0 else {}
    if count > 1:
        monkeypatch.setenv("MOCKIDP_ACCESS_TOKEN_LIFETIME", "2")
    layers = [Layer("option", {SETTING: 3})] if count > 2 else []
    cases: tuple[tuple[dict[str, Any], int], ...] = (
        ({}, (3600, 1, 2, 3)[count]),
        ({SETTING: 9}, 9),
    )
    for keywords, wanted in cases:
        idp = MockIdP("openid", config=config, layers=layers, **keywords)
        lane: Issuer = idp._lane
        idp.close()
        assert lane.profile.access_token.lifetime == wanted
