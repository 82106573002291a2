"""Writes docs/settings.md from the schema: ``python docs/generate.py``; a test compares them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mockidp.config.environ import RESERVED
from mockidp.config.layers import OPTIONS
from mockidp.profiles.build import leaves
from mockidp.profiles.schema import Profile

PAGE = Path(__file__).with_name("settings.md")

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
options, the `mockidp_config` fixture, the marker or the keyword.

The defaults below are those of a profile that says nothing; what a built-in provider says, and how
it is known, is printed by `mockidp providers NAME`. In a template (claims, members, bodies) a name
in braces is replaced, such as `{issuer}` or `{client.default_storage}`; `{absent}` leaves the
member out.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD, "## How a lane behaves\n", "| setting | meaning |", "|---|---|"]
    parts += [f"| `{name}` | {meaning} |" for name, (_, meaning) in OPTIONS.items()]
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
        f"`host`, `port` and `profiles` of `mockidp serve`; as variables {server}.\n",
    ]
    return "\n".join(parts)


def _meaning(leaf: Any) -> str:
    choices = ", ".join(
        "a whole number" if c is int else f"`{c}`" for c in leaf.metadata["choices"]
    )
    return f"{leaf.metadata['doc']}; valid: {choices}" if choices else str(leaf.metadata["doc"])


def _default(leaf: Any) -> str:
    value = leaf.default_factory() if leaf.metadata["open"] else leaf.default
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value) or "none"
    return f"`{value}`" if value not in ("", {}) else "none"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
