"""Each system of a server has its fixed place in the key pool."""

from __future__ import annotations

from mockidp.idp.server import MockServer, key_slot


def test_profiles_of_one_system_share_a_slot() -> None:
    assert key_slot("groupdocs-total", "groupdocs") == key_slot(
        "groupdocs-translation", "groupdocs"
    )
    assert key_slot("groupdocs-total", "groupdocs") != key_slot("openid", "openid")


def test_a_built_in_profile_in_a_system_of_the_users_own_gets_another_key() -> None:
    assert key_slot("groupdocs-total", "mine") >= 32
    server = MockServer(["groupdocs-total"], routing_system="mine")
    try:
        assert server.lanes[0].keys.published()
    finally:
        server.close()
