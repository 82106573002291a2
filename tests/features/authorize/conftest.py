"""A provider in process, a client of it, and browsers that come to sign in."""

from __future__ import annotations

from fixtures.signing_in import app, browser, idp, other_browser

__all__ = ["app", "browser", "idp", "other_browser"]
