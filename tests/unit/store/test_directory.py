"""The directories: order, uniqueness, messages, snapshots, threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from mockidp.model.client import Client
from mockidp.model.user import User
from mockidp.store.directory import Clients, Users


def client(client_id: str, name: str = "") -> Client:
    return Client(client_id=client_id, client_name=name)


def user(username: str, sub: str) -> User:
    return User(username=username, password="s3cret", sub=sub)


def ids(clients: Clients) -> list[str]:
    return [each.client_id for each in clients.all()]


@pytest.fixture
def clients() -> Clients:
    return Clients([client("web"), client("cli"), client("tv")])


@pytest.fixture
def users() -> Users:
    return Users([user("anna", "u-1"), user("ben", "u-2")])


def test_get_finds_by_key_and_gives_none_for_others(clients: Clients) -> None:
    assert clients.get("cli") == client("cli")
    assert clients.get("CLI") is None


def test_order_is_that_of_adding(clients: Clients) -> None:
    clients.add(client("app"))
    assert ids(clients) == ["web", "cli", "tv", "app"]


def test_default_is_the_first(clients: Clients) -> None:
    assert clients.default.client_id == "web"
    clients.remove("web")
    assert clients.default.client_id == "cli"


def test_default_of_an_empty_directory_says_that_there_is_none() -> None:
    with pytest.raises(LookupError, match="there is no client at all"):
        _ = Clients().default


def test_replace_keeps_the_place(clients: Clients) -> None:
    clients.replace(client("cli", "new"))
    assert ids(clients) == ["web", "cli", "tv"]
    assert clients.get("cli") == client("cli", "new")


def test_remove_returns_what_it_took_out(clients: Clients) -> None:
    assert clients.remove("cli") == client("cli")
    assert clients.get("cli") is None
    assert ids(clients) == ["web", "tv"]


def test_a_removed_one_can_be_added_again_at_the_end(clients: Clients) -> None:
    clients.add(clients.remove("web"))
    assert ids(clients) == ["cli", "tv", "web"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda clients: clients.remove("desktop"), id="remove"),
        pytest.param(lambda clients: clients.replace(client("desktop")), id="replace"),
    ],
)
def test_an_unknown_key_is_named_with_the_known_ones(
    clients: Clients, change: Callable[[Clients], object]
) -> None:
    with pytest.raises(LookupError) as caught:
        change(clients)
    assert str(caught.value) == ("no client has the client_id 'desktop'; known: 'web', 'cli', 'tv'")


@pytest.mark.parametrize(
    ("newcomer", "named"),
    [
        pytest.param(user("anna", "u-9"), "username 'anna'", id="username"),
        pytest.param(user("eve", "u-1"), "sub 'u-1'", id="sub"),
    ],
)
def test_add_refuses_what_is_taken_and_changes_nothing(
    users: Users, newcomer: User, named: str
) -> None:
    before = users.all()
    with pytest.raises(ValueError, match=f"there is already a user with the {named}"):
        users.add(newcomer)
    assert users.all() == before
    assert (users.get("eve"), users.by_sub("u-9")) == (None, None)


def test_two_equal_keys_at_the_start_are_refused() -> None:
    with pytest.raises(ValueError, match="client_id 'web'"):
        Clients([client("web"), client("web", "again")])


def test_by_sub_follows_every_change(users: Users) -> None:
    users.add(user("cleo", "u-3"))
    users.replace(user("ben", "u-20"))
    users.remove("anna")
    found = {sub: users.by_sub(sub) for sub in ("u-1", "u-2", "u-20", "u-3")}
    assert found == {
        "u-1": None,
        "u-2": None,
        "u-20": user("ben", "u-20"),
        "u-3": user("cleo", "u-3"),
    }


def test_replace_refuses_the_sub_of_another_and_changes_nothing(users: Users) -> None:
    before = users.all()
    with pytest.raises(ValueError, match="sub 'u-1'"):
        users.replace(user("ben", "u-1"))
    assert users.all() == before
    assert users.by_sub("u-2") == user("ben", "u-2")


def test_restore_brings_back_entries_order_and_subs(users: Users) -> None:
    snapshot = users.snapshot()
    users.remove("anna")
    users.replace(user("ben", "u-20"))
    users.add(user("cleo", "u-3"))
    users.restore(snapshot)
    assert users.all() == (user("anna", "u-1"), user("ben", "u-2"))
    assert users.by_sub("u-1") == user("anna", "u-1")
    assert users.by_sub("u-20") is None


def test_a_snapshot_can_be_restored_twice(clients: Clients) -> None:
    snapshot = clients.snapshot()
    for _ in range(2):
        clients.remove("web")
        clients.restore(snapshot)
    assert ids(clients) == ["web", "cli", "tv"]


def test_two_directories_do_not_notice_each_other(clients: Clients) -> None:
    other = Clients(clients.all())
    other.remove("web")
    assert ids(clients) == ["web", "cli", "tv"]


def test_of_many_threads_one_adds_a_client_and_the_rest_are_refused() -> None:
    clients, barrier, refusals = Clients(), threading.Barrier(20), []

    def add(number: int) -> None:
        clients.add(client(f"own-{number}"))
        barrier.wait(timeout=60)
        try:
            clients.add(client("shared", str(number)))
        except ValueError as refused:
            refusals.append(refused)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 19
    assert sorted(ids(clients)) == sorted(["shared", *(f"own-{n}" for n in range(20))])
