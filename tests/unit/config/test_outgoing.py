"""The limits of requests to others: how they are written, and laid over each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockidp.config.file import read_config
from mockidp.config.layers import Layer
from mockidp.config.outgoing import KEYS, Outgoing
from mockidp.config.settings import resolve
from mockidp.profiles.problems import ConfigError


def outgoing(*layers: dict[str, Any], **environ: str) -> Outgoing:
    file = read_config(
        {"profiles": {"openid": {"outgoing": {"timeout": 1, "allowed": False}}}}, "f"
    )
    return resolve(
        "openid",
        file=file,
        environ=environ,
        layers=[Layer(f"layer {n}", layer) for n, layer in enumerate(layers)],
    ).outgoing


def test_nothing_is_sent_by_default() -> None:
    assert resolve("openid").outgoing == Outgoing(
        allowed=False,
        addresses="loopback",
        ca_file="",
        verify="verify",
        timeout=5.0,
        max_bytes=65536,
        max_redirects=0,
        keep=300.0,
        refetch_after=5.0,
    )


def test_keys_of_several_places_are_laid_over_each_other() -> None:
    found = outgoing({"outgoing": {"max_bytes": 5}}, {"outgoing_allowed": True})
    assert found == Outgoing(timeout=1, max_bytes=5, allowed=True)


def test_a_key_and_the_table_may_be_in_one_place() -> None:
    found = outgoing({"outgoing_allowed": True, "outgoing": {"addresses": "any"}})
    assert (found.allowed, found.addresses, found.timeout) == (True, "any", 1)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MOCKIDP_OUTGOING_ALLOWED", "true"),
        ("MOCKIDP_OPENID_OUTGOING_ALLOWED", "true"),
        ("MOCKIDP_OUTGOING", "{ allowed = true }"),
    ],
)
def test_a_variable_switches_it_on(variable: str, value: str) -> None:
    assert outgoing(**{variable: value}).allowed


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_checked_under_each_of_its_names(key: str) -> None:
    for layer in ({"outgoing": {key: [1]}}, {f"outgoing_{key}": [1]}):
        with pytest.raises(ConfigError, match=rf"^layer 0: outgoing\.{key} = \[1\]: "):
            outgoing(layer)


@pytest.mark.parametrize(
    ("key", "value", "is_good"),
    [
        ("keep", 1, True),
        ("keep", 86400, True),
        ("keep", 0, False),
        ("keep", 86401, False),
        ("refetch_after", 0, True),
        ("refetch_after", 3600, True),
        ("refetch_after", -1, False),
        ("refetch_after", 3601, False),
    ],
)
def test_how_long_a_document_is_good_has_bounds(key: str, value: float, is_good: bool) -> None:
    if is_good:
        assert getattr(outgoing({"outgoing": {key: value}}), key) == value
        return
    with pytest.raises(ConfigError, match=rf"outgoing\.{key} = "):
        outgoing({"outgoing": {key: value}})


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_ca_file_must_hold_a_certificate(tmp_path: Path, text: str) -> None:
    (tmp_path / "ca.pem").write_text(text)
    with pytest.raises(ConfigError, match=r"outgoing\.ca_file = .*certificate"):
        outgoing({"outgoing_ca_file": str(tmp_path / "ca.pem")})
