"""The command ``mockidp``: one file a subcommand, imported when it is called.

A mistake of the caller is one line and exit code 2, never a traceback.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from mockidp import __version__
from mockidp.profiles.problems import ConfigError

#: Subcommands in the order of the help text, with the line it shows; each is
#: ``mockidp.cli.<name>.command``.
COMMANDS = {
    "serve": "Run providers on one port and print how to use them.",
    "providers": "List the providers, or show one with the evidence of each fact.",
    "features": "List what is served, with the specification of each.",
    "token": "Print an access token, as `mockidp serve` would issue it.",
    "keys": "Print the public keys of a provider, or the deny-list of all shipped keys.",
    "check": "Check a mockidp.toml.",
    "healthcheck": "Ask a running server whether it is well.",
}

#: A full disk, a quota, and a file that may not grow (POSIX.1-2024, write()).
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            raise ConfigError.unknown("", "command", cmd_name, COMMANDS)
        command: click.Command = import_module(f"mockidp.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # Without importing the commands for the sake of their help lines.
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="mockidp %(version)s")
def mockidp() -> None:
    """An OAuth 2.0 and OpenID Connect provider for tests.

    Start with: mockidp serve
    """


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0, 1 for a failed check, 2 for misuse."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A console that has no arrow shows a question mark, which is better than a traceback.
            stream.reconfigure(errors="replace")
    # Next to nothing of what is made at the start is ever given up, and looking for it takes a
    # tenth of the time; `serve` begins when it has started.
    gc.disable()
    try:
        sys.exit(run(argv))
    finally:
        gc.enable()


def run(argv: Sequence[str] | None = None) -> int:
    """The same, giving the exit code back."""
    try:
        code = mockidp.main(
            args=None if argv is None else list(argv), prog_name="mockidp", standalone_mode=False
        )
    except click.exceptions.NoArgsIsHelpError as problem:
        click.echo(problem.format_message())
        return 0
    except click.ClickException as problem:
        return _fail(problem.format_message())
    except ConfigError as problem:
        return _fail(str(problem))
    except OSError as problem:
        if problem.errno not in _NO_ROOM:
            raise
        _give_up_output()
        return _fail(f"cannot write what there is to say: {problem.strerror}")
    except (click.Abort, KeyboardInterrupt):
        return 130
    return code if isinstance(code, int) else 0


def _give_up_output() -> None:
    """Otherwise the end of the process tries once more to write what is left."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _fail(problem: str) -> int:
    click.echo(f"mockidp: {' '.join(problem.split())}", err=True)
    return 2
