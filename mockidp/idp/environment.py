"""The environment variables that lead a child process to a proxy and make it trust a CA: which
there are, and which tools read each.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from string import Template

from mockidp.records import dataclass

#: What needs no proxy: the application under test and its neighbours are on this machine too.
NO_PROXY = "localhost,127.0.0.1,::1"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its value, as a template of what `Files` and the proxy are called, and who
    reads it.
    """

    name: str
    value: str
    read_by: str


#: Values are `$proxy` (its URL), `$bundle` (public roots and our CA), `$ca` (our CA alone).
VARIABLES = (
    Variable(
        "HTTPS_PROXY",
        "$proxy",
        "curl, git, Go, Ruby, Rust's reqwest, .NET, AWS, PHP's curl; Python's urllib, requests, "
        "httpx, and aiohttp with trust_env=True",
    ),
    Variable("https_proxy", "$proxy", "the same; it wins where both are set, so both are"),
    Variable("http_proxy", "$proxy", "Ruby's net/http, for https as well"),
    Variable(
        "NO_PROXY", NO_PROXY, "whoever reads HTTPS_PROXY; an inherited one may name the hosts"
    ),
    Variable("no_proxy", NO_PROXY, "the same"),
    Variable(
        "NODE_USE_ENV_PROXY",
        "1",
        "Node from 24 on: makes fetch read HTTPS_PROXY, and https from 24.5 on",
    ),
    Variable(
        "SSL_CERT_FILE",
        "$bundle",
        "OpenSSL: Python's ssl, httpx and aiohttp, Ruby, PHP's streams, Perl's HTTP::Tiny; and on "
        "Linux curl, Go, Rust's rustls-native-certs, .NET",
    ),
    Variable("REQUESTS_CA_BUNDLE", "$bundle", "Python's requests"),
    Variable("CURL_CA_BUNDLE", "$bundle", "curl the tool, and requests"),
    Variable("NODE_EXTRA_CA_CERTS", "$ca", "Node and Bun, beside their own roots"),
    Variable("DENO_CERT", "$ca", "Deno, beside its own roots"),
    Variable("GIT_SSL_CAINFO", "$bundle", "git"),
    Variable("AWS_CA_BUNDLE", "$bundle", "the AWS tools and boto3"),
    Variable("HTTPLIB2_CA_CERTS", "$bundle", "Python's httplib2"),
    Variable("PERL_LWP_SSL_CA_FILE", "$bundle", "Perl's LWP"),
    Variable("PHP_INI_SCAN_DIR", "$php", "PHP: one more php.ini, with curl.cainfo"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What the variables name, in a folder of its own."""

    bundle: Path
    ca: Path
    php: Path

    @classmethod
    def write(cls, folder: Path, *, bundle: bytes, ca: bytes) -> Files:
        files = cls(bundle=folder / "bundle.pem", ca=folder / "ca.pem", php=folder / "php")
        files.bundle.write_bytes(bundle)
        files.ca.write_bytes(ca)
        files.php.mkdir()
        # libcurl reads no variable for its roots; the tool `curl` does.
        lines = [f'{name} = "{files.bundle}"\n' for name in ("curl.cainfo", "openssl.cafile")]
        (files.php / "mockidp.ini").write_text("".join(lines), encoding="utf-8")
        return files


def variables(files: Files, proxy: str | None, inherited: Mapping[str, str]) -> dict[str, str]:
    """`VARIABLES` with their values, without a proxy those about trust alone; `inherited` is the
    environment they are laid over.
    """
    # An empty folder stands for the one that PHP was built with.
    folders = inherited.get("PHP_INI_SCAN_DIR", "")
    values = {
        "proxy": proxy or "",
        "bundle": str(files.bundle),
        "ca": str(files.ca),
        "php": f"{folders}{os.pathsep}{files.php}",
    }
    return {
        known.name: Template(known.value).substitute(values)
        for known in VARIABLES
        if proxy or "PROXY" not in known.name.upper()
    }
