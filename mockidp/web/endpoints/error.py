"""The page that shows an error again, at a path of its own."""

from __future__ import annotations

from mockidp.flows.authorize.told import find_told
from mockidp.issuer import Issuer
from mockidp.model.event import Exchange
from mockidp.oauth.params import parse_urlencoded
from mockidp.profiles.schema import Profile
from mockidp.web.browser import ERROR_PATH
from mockidp.web.endpoints.page import Page, show_error, signs_users_in
from mockidp.web.message import Answer, Request


class Error(Page):
    name = "error"
    methods = ("GET",)

    def paths(self, profile: Profile) -> tuple[str, ...]:
        return (ERROR_PATH,) if signs_users_in(profile) else ()

    def serve(self, lane: Issuer, request: Request, entry: Exchange) -> Answer:
        id = parse_urlencoded(request.query).get("id")
        return show_error(lane, request.place, find_told(lane, id), id or "")
