"""What tests are handed beside a provider: the robot, a user without a browser.

`robot` knows what a person does on our pages, `browser` carries cookies and follows redirects,
`markup` reads the forms of a page, and `callback` is what the client gets in the end.
"""

from __future__ import annotations

from mockidp.testing.callback import Callback
from mockidp.testing.problems import RobotError
from mockidp.testing.robot import Robot
from mockidp.testing.sign_out import LoggedOut

__all__ = ["Callback", "LoggedOut", "Robot", "RobotError"]
