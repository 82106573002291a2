"""The command of docs/conformance.md: ``mockidp serve --admin`` with the file that is kept for such
runs, and with a certificate of one's own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
import requests
import trustme
from click.testing import CliRunner

from fixtures.conformance_checks import check_metadata
from fixtures.conformance_plans import named
from fixtures.conformance_suite import FILE, Suite
from fixtures.conformance_trial import Trial, Variant
from fixtures.serving import serving
from mockidp import MockIdP
from mockidp.cli import mockidp
from mockidp.clock import Clock
from mockidp.control.journal import Journal
from mockidp.testing import Robot

STATIC = Variant(client_registration="static_client")


@dataclass(slots=True, kw_only=True)
class Served:
    """A provider in another process, as far as a module looks at it."""

    base_url: str
    ca_pem: str
    real_names: tuple[str, ...] = ()
    clock: Clock = field(default_factory=Clock)
    #: Of the other process nothing is known.
    journal: Journal = field(default_factory=Journal)
    robot: Robot = field(init=False)

    def __post_init__(self) -> None:
        self.robot = Robot(self)

    @property
    def issuer(self) -> str:
        return self.base_url


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, suite: Suite) -> Iterator[Trial]:
    folder = tmp_path_factory.mktemp("served")
    with serving(folder, "--admin", "--config", str(FILE)) as printed:
        ca_file = re.search(r"^  (/\S+\.pem)$", printed.text, re.MULTILINE)
        token = re.search(r"that know the token (\S+) can", printed.text)
        assert ca_file is not None
        assert token is not None
        kept = str(shutil.copy(ca_file[1], folder))
        base_url = printed.card("openid").base_url
        provider = Served(base_url=base_url, ca_pem=Path(kept).read_text("ascii"))
        with requests.Session() as http:
            http.trust_env, http.verify = False, kept
            yield Trial(
                idp=cast("MockIdP", provider),
                variant=STATIC,
                suite=suite,
                http=http,
                person=provider.robot,
                admin_token=token[1],
            )


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("discovery-endpoint-verification", STATIC),
        ("server", STATIC),
        ("server", Variant()),
        ("idtoken-unsigned", Variant()),
        ("request-uri-signed-rs256", Variant(client_auth_type="private_key_jwt")),
        ("server-rotate-keys", STATIC),
        ("server-client-secret-post", STATIC),
        ("rp-initiated-logout", STATIC),
        ("frontchannel-rp-initiated-logout", STATIC),
        ("backchannel-rp-initiated-logout", Variant()),
    ],
    ids=lambda value: value if isinstance(value, str) else value.client_registration,
)
def test_served(name: str, variant: Variant, served: Trial) -> None:
    served.suite.peer.forget()
    served.variant, served.client = variant, {}
    named(name).run(served)
    served.clean_up()


def test_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    authority = trustme.CA()
    own, ca_file = tmp_path / "own.pem", tmp_path / "ca.pem"
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(own)
    authority.cert_pem.write_to_path(ca_file)
    with (
        serving(tmp_path, "--config", str(FILE), "--tls-cert", str(own)) as printed,
        requests.Session() as http,
    ):
        http.trust_env, http.verify = False, str(ca_file)
        base_url = printed.card("openid").base_url
        found = http.get(f"{base_url}/.well-known/openid-configuration", timeout=60).json()
    check_metadata(found, base_url)


def test_the_file_is_right() -> None:
    told = CliRunner().invoke(mockidp, ["check", str(FILE)])
    assert (told.exit_code, told.output) == (0, f"{FILE} is right; it sets the server, openid\n")
