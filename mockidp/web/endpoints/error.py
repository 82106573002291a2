"""The page that shows an error again, at a path of its own."""

from __future__ import annotations

from mockidp.flows.authorize.told import find_told
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.params import parse_urlencoded
from mockidp.web.endpoints.page import Page, show_error
from mockidp.web.message import Answer, Request


class Error(Page):
    name = "error"
    methods = ("GET", "HEAD")

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        id = parse_urlencoded(request.query).get("id")
        return show_error(lane, request.place, find_told(lane, id), id or "")
