"""Leaving the block puts everything back: the functions of the standard library themselves."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

if TYPE_CHECKING:
    from mockidp import MockIdP
    from mockidp.pytest_plugin import Factory

DISCOVERY = "https://api.groupdocs.cloud/.well-known/openid-configuration"


def functions() -> list[Any]:
    """What is replaced, as it is now; and what is looked up on a class without being its own."""
    return [
        socket.getaddrinfo,
        socket.gethostbyname,
        socket.gethostbyname_ex,
        socket.socket.connect,
        socket.socket.connect_ex,
        ssl.SSLContext.wrap_socket,
        ssl.SSLContext.wrap_bio,
        ssl.SSLContext._wrap_socket,  # type: ignore[attr-defined]
        ssl.SSLContext._wrap_bio,  # type: ignore[attr-defined]
        set(vars(socket)),
        set(vars(socket.socket)),
        set(vars(ssl.SSLContext)),
    ]


def same(these: list[Any], those: list[Any]) -> bool:
    return all(a is b or (isinstance(a, set) and a == b) for a, b in zip(these, those, strict=True))


def test_after_the_block(idp: MockIdP) -> None:
    before = functions()
    with idp.intercept():
        assert not same(functions(), before)
    assert same(functions(), before)


def test_after_an_exception(idp: MockIdP) -> None:
    before = functions()
    with pytest.raises(KeyError), idp.intercept():
        raise KeyError("of the test")
    assert same(functions(), before)


def test_only_after_the_last_of_nested_blocks(idp: MockIdP) -> None:
    before = functions()
    with idp.intercept():
        inside = functions()
        with idp.intercept():
            assert same(functions(), inside)
        assert same(functions(), inside)
    assert same(functions(), before)


def test_blocks_that_are_left_in_the_order_they_were_entered(
    idp: MockIdP, mockidp_groupdocs_translation: MockIdP
) -> None:
    before = functions()
    first, second = idp.intercept(), mockidp_groupdocs_translation.intercept()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    with pytest.raises(OSError, match="401"):
        urlopen("https://api.groupdocs.cloud/v2.0/translation/text")
    mockidp_groupdocs_translation.journal.assert_called("api")
    second.__exit__(None, None, None)
    assert same(functions(), before)


def test_a_refused_block_leaves_nothing_behind(
    idp: MockIdP, mockidp_factory: Factory, outside: list[str]
) -> None:
    before = functions()
    refused: list[BaseException] = []

    def enter() -> None:
        try:
            with mockidp_factory("groupdocs-total").intercept():
                pass
        except RuntimeError as problem:
            refused.append(problem)

    with idp.intercept():
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        with urlopen(DISCOVERY) as answer:
            assert answer.status == 200
    assert refused
    assert same(functions(), before)


def test_a_provider_that_is_closed_in_its_block(mockidp_factory: Factory) -> None:
    before = functions()
    idp = mockidp_factory("groupdocs-total")
    with idp.intercept(), idp.intercept():
        idp.close()
        assert same(functions(), before)
    assert same(functions(), before)


def test_a_server_that_is_closed_in_the_block_of_one_of_its_providers() -> None:
    from mockidp import MockServer

    before = functions()
    with MockServer(["groupdocs-total"]) as server, server["groupdocs-total"].intercept():
        server.close()
        assert same(functions(), before)


def test_who_patches_in_the_block_keeps_their_patch(
    idp: MockIdP, monkeypatch: pytest.MonkeyPatch, outside: list[str]
) -> None:
    asked: list[str] = []
    with idp.intercept():
        ours = socket.getaddrinfo

        def theirs(host: str, *args: Any, **kwargs: Any) -> Any:
            asked.append(host)
            return ours(host, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", theirs)
        with urlopen(DISCOVERY) as answer:
            assert answer.status == 200
    assert socket.getaddrinfo is theirs
    with pytest.raises(OSError, match="there is no outside"):
        socket.getaddrinfo("api.groupdocs.cloud", 443)
    assert asked == ["api.groupdocs.cloud", "api.groupdocs.cloud"]
    assert outside == ["api.groupdocs.cloud"]


def test_a_context_used_in_the_block_trusts_nobody_more_afterwards(
    idp: MockIdP, mockidp_factory: Factory
) -> None:
    context = ssl.create_default_context()
    roots = context.get_ca_certs(binary_form=True)
    with idp.intercept(), urlopen(DISCOVERY, context=context) as answer:
        assert answer.status == 200
    assert context.get_ca_certs(binary_form=True) == roots
    lane = mockidp_factory("groupdocs-total", tls=True)
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        urlopen(lane.url("discovery"), context=context)
    lane.journal.clear()


def test_the_address_of_a_host_leads_nowhere_after_the_block(idp: MockIdP) -> None:
    with idp.intercept():
        address = socket.gethostbyname("api.groupdocs.cloud")
    with pytest.raises(ConnectionRefusedError), socket.socket() as client:
        client.connect((address, 443))


def test_the_next_block_gives_a_host_the_same_address(idp: MockIdP) -> None:
    addresses = set()
    for _ in range(2):
        with idp.intercept():
            addresses.add(socket.gethostbyname("api.groupdocs.cloud"))
    assert len(addresses) == 1
