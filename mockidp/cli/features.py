"""``mockidp features``: the table of features, with their specifications."""

from __future__ import annotations

import json
from dataclasses import Field
from typing import Any

import click

from mockidp.config.layers import OPTIONS
from mockidp.oauth.features import FEATURES
from mockidp.profiles.build import leaves


@click.command("features")
@click.option("--settings", is_flag=True, help="List every setting instead, with its meaning.")
def command(settings: bool) -> None:
    """List what is served, with the specification of each."""
    if settings:
        _settings()
        return
    width = max(len(feature.name) for feature in FEATURES)
    for feature in FEATURES:
        click.echo(f"{feature.name:<{width}}  {feature.title} ({feature.specification})")


def _settings() -> None:
    for name, (_, meaning) in OPTIONS.items():
        click.echo(f"{name}\n    {meaning}")
    for path, _, leaf in leaves():
        choices = ", ".join("a number" if c is int else str(c) for c in leaf.metadata["choices"])
        click.echo(f"{path.replace('.', '_')} = {_default(leaf)}   (in a file: {path})")
        click.echo(f"    {leaf.metadata['doc']}" + (f"; valid: {choices}" if choices else ""))


def _default(leaf: Field[Any]) -> str:
    value = {} if leaf.metadata["open"] else leaf.default
    return json.dumps(value)
