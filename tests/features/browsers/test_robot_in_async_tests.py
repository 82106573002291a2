"""The robot in tests that are async: the loop goes on while it works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import trio

from mockidp import MockIdP
from mockidp.testing import RobotError

Address = Callable[..., str]


@pytest.mark.asyncio
async def test_the_loop_goes_on_meanwhile(mockidp: MockIdP, address: Address) -> None:
    """Also where the application under test runs on it: here it has to turn a hundred times
    before the robot may begin.
    """
    robot = mockidp.robot
    robot._lock.acquire()
    signing_in = asyncio.ensure_future(robot.alogin(address(mockidp), user="alice"))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not signing_in.done()
    robot._lock.release()
    assert (await signing_in).code


@pytest.mark.asyncio
async def test_everything_that_login_does(mockidp: MockIdP, address: Address) -> None:
    robot = mockidp.robot
    assert (await robot.alogin(address(mockidp), "bob", password="bob")).code
    assert (await robot.alogin(address(mockidp, prompt="consent"), deny=True)).error
    assert (await robot.alogin(address(mockidp, prompt="login"), cancel=True)).error
    callback = await robot.alogin(address(mockidp, prompt="login"), fail="server_error")
    assert callback.error == "server_error"
    with pytest.raises(RobotError, match="wrong password"):
        await robot.alogin(address(mockidp), "alice", password="wrong")


@pytest.mark.asyncio
async def test_many_at_the_same_time(mockidp: MockIdP, address: Address) -> None:
    robots = [mockidp.new_robot() for _ in range(5)]
    users = ["alice", "bob", "alice", "bob", "alice"]
    callbacks = await asyncio.gather(
        *(robot.alogin(address(mockidp), user) for robot, user in zip(robots, users, strict=True))
    )
    assert len({callback.code for callback in callbacks}) == 5


def test_under_trio(mockidp: MockIdP, address: Address) -> None:
    async def main() -> str | None:
        return (await mockidp.robot.alogin(address(mockidp), user="alice")).code

    assert trio.run(main) is not None
