"""``mockidp serve``: providers on one port until Ctrl+C."""

from __future__ import annotations

import errno
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from mockidp.cli.announcement import announce
from mockidp.cli.options import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    config_option,
    layers_of,
    open_with_server,
    parse_port,
    server_layer,
    set_option,
)
from mockidp.cli.printing import LinePrinter
from mockidp.cli.stopping import StopSignal
from mockidp.config.layers import Layer
from mockidp.control.journal import Journal
from mockidp.idp.server import ADMIN_TOKEN, MockServer
from mockidp.ids import Ids
from mockidp.model.event import Exchange
from mockidp.profiles.problems import ConfigError


@click.command("serve")
@click.argument("profiles", nargs=-1, metavar="[PROFILE]...")
@config_option
@click.option("--host", metavar="ADDRESS", help="Where to listen; 127.0.0.1 by default.")
@click.option(
    "--port",
    type=parse_port,
    metavar="PORT",
    help=f"{DEFAULT_PORT} by default; 0 for any free one.",
)
@click.option("--tls", is_flag=True, help="Speak https, with a certificate of a throw-away CA.")
@click.option("--tls-cert", metavar="FILE", help="The same with a certificate of your own (PEM).")
@click.option("--tls-key", metavar="FILE", help="Its key, where that is in another file.")
@click.option(
    "--admin",
    is_flag=True,
    help="Let programs of this machine rotate keys and reset providers, with a printed token.",
)
@click.option(
    "--proxy",
    is_flag=True,
    help="Run a proxy too, for clients whose host names cannot be changed; on the next port.",
)
@click.option("--proxy-port", type=parse_port, metavar="PORT", help="The same, on this port.")
@set_option
@click.option(
    "--verbose", "-v", is_flag=True, help="Print every request, not only the refused ones."
)
def command(
    profiles: tuple[str, ...],
    config: str | None,
    host: str | None,
    port: int | None,
    tls: bool,
    tls_cert: str | None,
    tls_key: str | None,
    admin: bool,
    proxy: bool,
    proxy_port: int | None,
    assignments: tuple[str, ...],
    verbose: bool,
) -> None:
    """Run providers on one port and print how to use them.

    PROFILE names which; all of them by default.
    """
    file, options = open_with_server(config)
    host = host or options.get("host", DEFAULT_HOST)
    port = options.get("port", DEFAULT_PORT) if port is None else port
    if proxy_port is None:
        proxy_port = _proxy_port(proxy or options.get("proxy", False), port)
    names = profiles or options.get("profiles") or None
    token = _admin_token() if admin or options.get("admin") else None
    server = MockServer(
        names,
        config=file,
        host=host,
        port=port,
        layers=[server_layer(file), *layers_of(assignments), _files_layer(tls_cert, tls_key)],
        # None leaves it to the providers: one with a certificate of its own speaks https.
        tls=True if tls else options.get("tls"),
        admin_token=token,
    )
    stop_signal = StopSignal()
    printer = LinePrinter()
    with _listening(host, port, "--port"):
        server.start()
    try:
        if proxy_port is not None:
            with _listening(host, proxy_port, "--proxy-port"):
                server.open_proxy(proxy_port)
        # Before the cards are printed: who reads them may be faster than this.
        _print_what_happens(server, printer, verbose)
        announce(server, host, token=token, has_proxy=proxy_port is not None)
        printer.start()
        _collect_garbage()
        stop_signal.wait()
    finally:
        server.close()
        printer.close()


def _files_layer(tls_cert: str | None, tls_key: str | None) -> Layer:
    files = {"tls_cert": tls_cert, "tls_key": tls_key}
    return Layer("--tls-cert, --tls-key", {name: path for name, path in files.items() if path})


def _admin_token() -> str:
    """That of MOCKIDP_ADMIN_TOKEN, or one for this run."""
    token = os.environ.get("MOCKIDP_ADMIN_TOKEN") or Ids(None).token(32)
    if not ADMIN_TOKEN.fullmatch(token):
        wanted = "must have at least 16 characters, of A-Z a-z 0-9 - . _ ~ + /"
        raise ConfigError.hidden("environment", "MOCKIDP_ADMIN_TOKEN", token, wanted)
    return token


def _collect_garbage() -> None:
    """Of what comes from now on: what is there stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _print_what_happens(server: MockServer, printer: LinePrinter, verbose: bool) -> None:
    _listen(server.journal, "", printer, verbose)
    for lane in server.lanes:
        _listen(lane.journal, f"{lane.profile.name}: ", printer, verbose)


def _listen(journal: Journal, prefix: str, printer: LinePrinter, verbose: bool) -> None:
    def show(entry: Exchange) -> None:
        # A refusal may travel as a redirect.
        if verbose or entry.error or not 200 <= entry.status < 400:
            printer.print(f"{prefix}{entry}")

    journal.listener = show
    journal.note_listener = lambda note: printer.print(f"{prefix}note: {note}")


def _proxy_port(wanted: bool | int, port: int) -> int | None:
    """Where the proxy listens; None for no proxy. A server on any free port has such a proxy."""
    if wanted is True:
        return port + 1 if 0 < port < 65535 else 0
    return None if wanted is False else wanted


@contextmanager
def _listening(host: str, port: int, option: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise ConfigError(_cannot_listen(host, port, option, problem)) from None


def _cannot_listen(host: str, port: int, option: str, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        other = f"choose another with {option}, or 0 for any free one"
        return f"port {port} on {host} is in use; {other}"
    return f"cannot listen on {host} port {port}: {problem.strerror or problem}"
