"""JSON in the styles of the emulated servers: the same values, other bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockidp.oauth.json_text import STYLES, to_json, write_json

VALUE: dict[str, Any] = {"uri": "https://ærø.example/a", "n": [1, None, True], "empty": {}}


@pytest.mark.parametrize(
    ("style", "written"),
    [
        ("compact", '{"uri":"https://ærø.example/a","n":[1,null,true],"empty":{}}'),
        # PHP's json_encode without flags
        ("php", r'{"uri":"https:\/\/\u00e6r\u00f8.example\/a","n":[1,null,true],"empty":{}}'),
        # PHP's json_encode with JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES
        (
            "pretty",
            r"""{
    "uri": "https://\u00e6r\u00f8.example/a",
    "n": [
        1,
        null,
        true
    ],
    "empty": {}
}""",
        ),
    ],
)
def test_a_style(style: str, written: str) -> None:
    assert write_json(VALUE, style) == written
    assert json.loads(written) == VALUE


@pytest.mark.parametrize("style", STYLES)
def test_half_a_pair_of_surrogates_does_not_stop_a_style(style: str) -> None:
    assert json.loads(to_json({"a": "\ud800"}, style)) == {"a": "\ud800"}


@pytest.mark.parametrize("style", STYLES)
def test_a_number_that_is_none_is_refused(style: str) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(float("nan"), style)
