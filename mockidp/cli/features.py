"""``mockidp features``: the table of features, with their specifications."""

from __future__ import annotations

import json
from dataclasses import Field
from typing import Any

import click

from mockidp.cli.options import config_option, layers_of, open_with_server, set_option
from mockidp.config.layers import OPTIONS
from mockidp.idp.configuration import settings_for
from mockidp.profiles.build import leaves
from mockidp.profiles.features import State, states
from mockidp.profiles.load import load_profile

#: The profile of who names none.
DEFAULT = "openid"


@click.command("features")
@click.argument("profile", required=False)
@click.option(
    "--settings",
    "all_settings",
    is_flag=True,
    help="List every setting instead, with its meaning.",
)
@config_option
@set_option
def command(
    profile: str | None, all_settings: bool, config: str | None, assignments: tuple[str, ...]
) -> None:
    """List what is served, with the specification of each, and whether PROFILE has it.

    A feature is switched by the setting that its row names, and off where one that it needs is;
    PROFILE is openid by default.
    """
    if all_settings:
        _settings()
        return
    file, _ = open_with_server(config)
    name = profile or DEFAULT
    settings = settings_for(name, file, layers_of(assignments))
    configured = states(settings.profile, outgoing=settings.outgoing.allowed)
    usual = states(load_profile(name, own=file.own))
    click.echo(f"{settings.profile.title} ({name})\n")
    for now, before in zip(configured, usual, strict=True):
        click.echo(_row(now, before))


def _row(now: State, before: State) -> str:
    feature = now.feature
    state = "on " if now.is_on else "off"
    default = f"{'on' if before.is_on else 'off'} by default"
    switched = f"switched by {' and '.join(now.switches)}" if now.switches else "no switch"
    needs = f"; needs {now.needs}" if now.needs else ""
    return (
        f"{state}  {feature.name}: {feature.title} ({feature.specification})\n"
        f"     {default}; {switched}{needs}"
    )


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
