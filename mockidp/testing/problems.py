"""What stops the robot, said as a person would need to hear it."""

from __future__ import annotations

import json

from mockidp.testing.browser import Response
from mockidp.testing.markup import Markup

_LONGEST_SHOWN = 500


class RobotError(Exception):
    """The robot could not bring the user back to the client: what the provider showed instead."""

    def __init__(
        self,
        message: str,
        *,
        error: str = "",
        description: str = "",
        hint: str = "",
        status: int = 0,
        url: str = "",
    ) -> None:
        super().__init__(message)
        #: The code on the provider's error page; "" when it showed none.
        self.error = error
        self.description = description
        #: What the developer should change.
        self.hint = hint
        #: The last status and address; 0 and "" when nothing was asked.
        self.status = status
        self.url = url


def told(response: Response) -> RobotError:
    """What a page says that is no way to the client."""
    texts = Markup(response.text).texts if response.is_page else _json_texts(response.text)
    if not texts.get("code"):
        shown = response.text[:_LONGEST_SHOWN] or "an empty page"
        said = f"the provider shows nothing to go on with: {shown}"
        return stuck(_joined(said, response.hint), response, hint=response.hint)
    description = texts.get("description", "")
    said = _joined(texts["code"], description, response.hint, response.cites)
    return stuck(
        f"the provider refused: {said}",
        response,
        error=texts["code"],
        description=description,
        hint=response.hint,
    )


def _joined(*texts: str) -> str:
    return "; ".join(filter(None, texts))


def _json_texts(text: str) -> dict[str, str]:
    """Some providers answer a browser as they answer a client."""
    try:
        members = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(members, dict):
        return {}
    names = {"code": "error", "description": "error_description"}
    return {id: str(members[name]) for id, name in names.items() if members.get(name)}


def stuck(message: str, response: Response, **texts: str) -> RobotError:
    return RobotError(f"{message} ({response})", status=response.status, url=response.url, **texts)


def offers(offered: list[str]) -> str:
    return f"it has {', '.join(offered)}" if offered else "it has none"
