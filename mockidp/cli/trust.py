"""What ``mockidp serve`` prints of its certificates and its proxy: how each tool is made to use
them.
"""

from __future__ import annotations

import shlex

from mockidp.idp.server import MockServer
from mockidp.web.admin import ACTIONS
from mockidp.web.app import CA_PATH

_WIDTH = 24


def how_to_trust(server: MockServer) -> str:
    """Where the CA is, and what to tell each tool."""
    environment = server.certificate_variables()
    ca = shlex.quote(server.ca_file)
    keytool = (
        f"keytool -importcert -noprompt -alias mockidp -file {ca} -keystore mockidp.p12 "
        "-storepass changeit"
    )
    java = (
        "java -Djavax.net.ssl.trustStore=mockidp.p12 -Djavax.net.ssl.trustStorePassword=changeit …"
    )
    rows = [
        *(
            (tool, _export(name, environment[name]))
            for tool, name in (
                ("curl", "CURL_CA_BUNDLE"),
                ("Python requests", "REQUESTS_CA_BUNDLE"),
                ("Python httpx, urllib", "SSL_CERT_FILE"),
                ("Ruby, Go on Linux", "SSL_CERT_FILE"),
                ("Node", "NODE_EXTRA_CA_CERTS"),
                ("PHP", "PHP_INI_SCAN_DIR"),
            )
        ),
        ("Java", keytool),
        ("", java),
        ("browsers", f"open {server.base_url}/ and accept the certificate for this visit"),
    ]
    lines = [
        "https: the certificate is from a throw-away CA, made anew at every start. Its file is",
        f"  {server.ca_file}",
        f"and it is at {server.base_url}{CA_PATH}; both go when the server stops. To trust it:",
        *(f"  {tool:<{_WIDTH}} {what}" for tool, what in rows),
        "It is also valid for these names, if a hosts file leads them here (with --port 443):",
        f"  {' '.join(server.real_names) or 'none'}",
        "",
    ]
    return "\n".join(lines)


def how_to_control(server: MockServer, token: str) -> str:
    """The commands to paste, of which the token is a part."""
    has_own = any(lane.settings.tls_cert for lane in server.lanes)
    ca = f" --cacert {shlex.quote(server.ca_file)}" if server.tls and not has_own else ""
    profile = next(iter(server))
    lines = [
        f"admin: programs of this machine that know the token {token} can ask for",
        *(
            f"  curl{ca} -X POST -H 'Authorization: Bearer {token}' "
            f"{server.base_url}/_mockidp/{profile}/{action.name}"
            for action in ACTIONS
        ),
        "",
    ]
    return "\n".join(lines)


def how_to_use_the_proxy(server: MockServer) -> str:
    """Its address, and the variables to paste."""
    lines = [
        f"proxy: {server.proxy_url} leads https requests to these names here, and refuses others:",
        f"  {' '.join(server.real_names) or 'none'}",
        "Paste this into the shell of a client whose host names cannot be changed:",
        *(f"  {_export(name, value)}" for name, value in server.environment().items()),
        "Node before 24 and PHP's streams read none of these: name the proxy in their code.",
        "",
    ]
    return "\n".join(lines)


def _export(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"
