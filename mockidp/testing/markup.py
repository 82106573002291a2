"""Reads a page as the robot needs it: its forms, and the texts of the elements that have an id."""

from __future__ import annotations

from dataclasses import field
from html.parser import HTMLParser

from mockidp.records import dataclass

#: Elements without an end (HTML, 13.1.2).
_VOID = frozenset(("br", "col", "hr", "img", "input", "link", "meta", "wbr"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    id: str
    name: str
    value: str


@dataclass(slots=True, kw_only=True)
class Form:
    id: str
    method: str
    #: As written; "" is the page's own address.
    action: str
    #: Inputs and selects with the values they have.
    fields: dict[str, str] = field(default_factory=dict)
    #: What each select offers.
    options: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[Button] = field(default_factory=list)

    def button(self, **wanted: str) -> Button | None:
        """The first button with these attributes."""
        for button in self.buttons:
            if all(getattr(button, name) == value for name, value in wanted.items()):
                return button
        return None


class Markup(HTMLParser):
    """A page of ours.

    >>> page = Markup('<p id="problem">No.</p><form id="login"><input name="username"></form>')
    >>> page.texts["problem"], page.form("login").fields
    ('No.', {'username': ''})
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        #: By id.
        self.texts: dict[str, str] = {}
        #: Whom it is about; "" for nobody.
        self.username = ""
        #: Where a link leads, by its id.
        self.links: dict[str, str] = {}
        #: The addresses of its frames.
        self.frames: list[str] = []
        self._form: Form | None = None
        self._select = ""
        #: Tag and id of each open element.
        self._open: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def form(self, id: str) -> Form | None:
        return next((form for form in self.forms if form.id == id), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        id = attributes.get("id", "")
        if id:
            self.texts.setdefault(id, "")
        self.username = attributes.get("data-username", self.username)
        if tag not in _VOID:
            self._open.append((tag, id))
        if tag == "a" and id:
            self.links.setdefault(id, attributes.get("href", ""))
        elif tag == "iframe":
            self.frames.append(attributes.get("src", ""))
        if tag == "form":
            method, action = attributes.get("method", "get"), attributes.get("action", "")
            self._form = Form(id=id, method=method.upper(), action=action)
            self.forms.append(self._form)
        elif self._form is not None:
            self._read_control(self._form, tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if any(tag == open_tag for open_tag, _ in self._open):
            while self._open.pop()[0] != tag:
                pass
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        for _, id in self._open:
            if id:
                self.texts[id] += data

    def _read_control(self, form: Form, tag: str, attributes: dict[str, str]) -> None:
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if tag == "button":
            form.buttons.append(Button(id=attributes.get("id", ""), name=name, value=value))
        elif tag == "input" and name:
            form.fields[name] = value
        elif tag == "select" and name:
            self._select = name
            form.options[name] = []
        elif tag == "option" and self._select:
            form.options[self._select].append(value)
            # A browser sends the first unless another is selected.
            if "selected" in attributes:
                form.fields[self._select] = value
            form.fields.setdefault(self._select, value)
