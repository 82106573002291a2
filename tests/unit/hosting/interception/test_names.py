"""Which names are equal, and the addresses that stand for hosts."""

from __future__ import annotations

import ipaddress

import pytest

from mockidp.hosting.interception.names import host_name, is_address, is_local, stand_in


@pytest.mark.parametrize(
    ("given", "name"),
    [
        pytest.param("api.example.com", "api.example.com", id="as it is"),
        pytest.param("API.Example.COM", "api.example.com", id="capitals"),
        pytest.param("api.example.com.", "api.example.com", id="final dot"),
        pytest.param(b"api.example.com", "api.example.com", id="bytes"),
        pytest.param(bytearray(b"API.example.com."), "api.example.com", id="bytearray"),
        pytest.param(b"\xff", "\ufffd", id="no text"),
        pytest.param(None, "", id="none"),
        pytest.param(443, "", id="no name"),
    ],
)
def test_names_are_equal_without_regard_to_case_type_and_final_dot(
    given: object, name: str
) -> None:
    assert host_name(given) == name


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("localhost", True),
        ("app.localhost", True),
        ("", True),
        ("127.0.0.1", True),
        ("127.255.0.3", True),
        ("0.0.0.0", True),
        ("::1", True),
        ("::", True),
        ("::ffff:127.0.0.1", True),
        ("notlocalhost", False),
        ("localhost.example.com", False),
        ("192.0.2.1", False),
        ("::ffff:192.0.2.1", False),
        ("2001:db8::1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_what_stays_on_the_machine(host: str, is_it: bool) -> None:
    assert is_local(host) is is_it


@pytest.mark.parametrize(
    ("host", "is_it"),
    [("192.0.2.1", True), ("2001:db8::1", True), ("fe80::1%eth0", True), ("example.com", False)],
)
def test_what_needs_no_look_up(host: str, is_it: bool) -> None:
    assert is_address(host) is is_it


def test_a_host_has_one_address_among_those_set_aside() -> None:
    hosts = [f"{number}.example.com" for number in range(200)]
    addresses = [stand_in(host) for host in hosts]
    assert addresses == [stand_in(host) for host in hosts]
    assert len(set(addresses)) == 200
    aside = ipaddress.ip_network("127.64.0.0/10")
    assert all(ipaddress.ip_address(address) in aside for address in addresses)
