"""Writes docs/settings.md from the schema and docs/features.md from the table of features:
``python docs/generate.py``; tests compare them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mockidp.config.environ import RESERVED
from mockidp.config.layers import OPTIONS
from mockidp.config.outgoing import KEYS, Outgoing
from mockidp.profiles import PROFILES
from mockidp.profiles.build import leaves
from mockidp.profiles.features import states
from mockidp.profiles.load import load_profile
from mockidp.profiles.schema import Profile

PAGE = Path(__file__).with_name("settings.md")
FEATURES_PAGE = Path(__file__).with_name("features.md")

HEAD = """# Settings

Every fact of a provider is a setting, and a few more say how a lane (one running provider) behaves.
One setting has three spellings:

| where | how |
|---|---|
| `[profiles.groupdocs-total]` of mockidp.toml | `access_token.lifetime = 60`, or in its table |
| keywords, marker, `mockidp_config`, `--set`, `--mockidp-set` | `access_token_lifetime` |
| environment | `MOCKIDP_ACCESS_TOKEN_LIFETIME` |
| environment, for one provider | `MOCKIDP_GROUPDOCS_TOTAL_ACCESS_TOKEN_LIFETIME` |

They are laid over each other, the last one winning: the profile, mockidp.toml (in the working
folder, or in pytest's rootdir, or named by `MOCKIDP_CONFIG`), the environment, command line or ini
options, the `mockidp_config` fixture, the marker or the keyword. In a variable and in `--set` a
value is TOML or JSON, as in `MOCKIDP_SCOPES_SUPPORTED='["read", "write"]'`; what is neither is
text. With `config`, keywords, marker and `mockidp_config` name another mockidp.toml, or give its
tables as a dict: so one test may have a provider of its own making. A whole table may be said at
once: `limiter={"allowed": 3}`, `MOCKIDP_LIMITER='{"allowed": 3}'`.

The defaults below are those of a profile that says nothing; what a built-in provider says, and how
it is known, is printed by `mockidp providers NAME`. In a template (claims, members, bodies) a name
in braces is replaced, such as `{issuer}` or `{client.default_storage}`; `{absent}` leaves the
member out.
"""

OUTGOING = """A client's `jwks_uri`, `request_uri`, `sector_identifier_uri` and logout addresses are
somebody else's servers, and they are asked only where `outgoing = { allowed = true }`. As a keyword
a key is `outgoing_allowed`, as a variable `MOCKIDP_OUTGOING_ALLOWED`. Proxies are not used.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD, "## How a lane behaves\n", "| setting | meaning |", "|---|---|"]
    parts += [f"| `{name}` | {meaning} |" for name, (_, meaning) in OPTIONS.items()]
    parts += ["\n### outgoing\n", OUTGOING, "| key | meaning | default |", "|---|---|---|"]
    defaults = Outgoing()
    parts += [
        f"| `{key}` | {meaning} | {_written(getattr(defaults, key))} |"
        for key, meaning in KEYS.items()
    ]
    section = ""
    for path, _, leaf in leaves():
        table, _, key = path.partition(".")
        if table != section:
            section = table
            about = Profile.__dataclass_fields__[table].metadata.get("doc", "")
            parts += [f"\n## [{table}]\n", *([f"{about.capitalize()}.\n"] if about else [])]
            parts += ["| key | meaning | default |", "|---|---|---|"]
        parts.append(f"| `{key}` | {_meaning(leaf)} | {_default(leaf)} |")
    server = ", ".join(f"`MOCKIDP_{name}`" for name in RESERVED if name != "REQUIRE_ALL")
    parts += [
        "\n## [server]\n",
        "`host`, `port`, `profiles`, `tls` and `admin` (true or false), `proxy` (true, false or a",
        f"port) of `mockidp serve`; as variables `MOCKIDP_TLS`, {server}. `tls_cert`, `tls_key`,",
        "`public` and `trusted_proxies` here are those of all its providers.\n",
    ]
    return "\n".join(parts)


FEATURES_HEAD = """# Features

What mockidp does, by which specification, and which setting switches it. A tick says that the
provider has it by default; `mockidp features NAME` says what it has as you have configured it.
A list such as `token.grant_types` switches a feature by naming it, a path by not being empty. One
without a switch is always on, or as long as what it needs is on: no feature is on without that. The
metadata names what is on, and nothing else. See [settings.md](settings.md) for the facts.
"""


def features_page() -> str:
    """The table of features as Markdown."""
    profiles = [load_profile(name) for name in PROFILES]
    names = [f"`{profile.name}`" for profile in profiles]
    rows = [
        "| feature | specification | switched by | needs | " + " | ".join(names) + " |",
        "|---" * (4 + len(profiles)) + "|",
    ]
    for states_of in zip(*(states(profile) for profile in profiles), strict=True):
        row = states_of[0]
        ticks = " | ".join("✓" if state.is_on else "" for state in states_of)
        switch = ", ".join(f"`{path}`" for path in row.switches)
        feature = row.feature
        title = f"`{feature.name}`: {feature.title}"
        rows.append(f"| {title} | {feature.specification} | {switch} | {row.needs} | {ticks} |")
    return "\n".join([FEATURES_HEAD, *rows, ""])


def _meaning(leaf: Any) -> str:
    choices = ", ".join(
        "a whole number" if c is int else f"`{c}`" for c in leaf.metadata["choices"]
    )
    return f"{leaf.metadata['doc']}; valid: {choices}" if choices else str(leaf.metadata["doc"])


def _default(leaf: Any) -> str:
    value = leaf.default_factory() if leaf.metadata["open"] else leaf.default
    return _written(value)


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value) or "none"
    return f"`{value}`" if value not in ("", {}) else "none"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    FEATURES_PAGE.write_text(features_page(), encoding="utf-8")
