"""``mockidp providers``: what providers there are, and how each fact of one is known."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import click

from mockidp.cli.options import config_option
from mockidp.config.settings import resolve
from mockidp.idp.configuration import open_config
from mockidp.profiles.build import leaves
from mockidp.profiles.evidence import Fact
from mockidp.profiles.load import load_profile
from mockidp.profiles.schema import Profile

#: The words of evidence, from the surest to the least sure.
MEANINGS = {
    "documented": "the provider's documents, or a specification, say so",
    "recorded": "a real answer was kept",
    "observed": "a real client depends on it",
    "inferred": "the server product behind it does so",
    "assumed": "nothing says so; the likeliest, or a free choice",
    "configured": "you have set it",
}


@click.command("providers")
@click.argument("name", required=False)
@config_option
def command(name: str | None, config: str | None) -> None:
    """List the providers, or show the one called NAME with the evidence of each fact."""
    file = open_config(config)
    if name is None:
        width = max(len(known) for known in file.profiles)
        for known in file.profiles:
            profile = load_profile(known, own=file.own)
            click.echo(f"{known:<{width}}  {profile.title}")
            if profile.summary:
                click.echo(f"{'':<{width}}  {profile.summary}")
        click.echo("\nHow each fact of one is known: mockidp providers NAME")
        return
    _show(resolve(name, file=file).profile)


def _show(profile: Profile) -> None:
    click.echo(f"{profile.title} ({profile.name})")
    click.echo(f"{profile.summary}\n" if profile.summary else "")
    for source in profile.documentation:
        click.echo(f"documented in {source}")
    click.echo("\nHow a fact is known:")
    found = {fact.status for fact in profile.evidence.values()}
    for status, meaning in MEANINGS.items():
        if status in found:
            click.echo(f"  {status:<10}  {meaning}")
    table = ""
    for path, fact in _in_schema_order(profile):
        section = path.partition(".")[0]
        if section != table:
            click.echo(f"\n[{section}]")
            table = section
        click.echo(_row(path.partition(".")[2], fact))


def _in_schema_order(profile: Profile) -> list[tuple[str, Fact]]:
    rank = {path: number for number, (path, _, _) in enumerate(leaves())}

    def place(item: tuple[str, Fact]) -> int:
        section, key = item[0].split(".")[:2]
        return rank[f"{section}.{key}"]

    return sorted(profile.evidence.items(), key=place)


def _row(key: str, fact: Fact) -> str:
    value = json.dumps(_plain(fact.value), ensure_ascii=False)
    # An address is not broken at its hyphens.
    source = textwrap.wrap(f"{fact.status}: {fact.source}", 76, break_on_hyphens=False)
    return "\n".join([f"  {key} = {value}", *(f"      {line}" for line in source)])


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
