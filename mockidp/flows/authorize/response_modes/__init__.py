"""How an authorization response travels to the client, one file for each ``response_mode``
(OAuth 2.0 Multiple Response Type Encoding Practices, section 2.1). A new one is a file here and a
line in ``RESPONSE_MODES``, its name in ``names.RESPONSE_MODES`` and its row in
``features.FEATURES``.
"""

from __future__ import annotations

from mockidp.flows.authorize.response_modes.form_post import FormPost
from mockidp.flows.authorize.response_modes.fragment import Fragment
from mockidp.flows.authorize.response_modes.mode import Form, Redirect, ResponseMode
from mockidp.flows.authorize.response_modes.query import Query

__all__ = ["RESPONSE_MODES", "Form", "Redirect", "ResponseMode"]

RESPONSE_MODES: tuple[ResponseMode, ...] = (Query(), Fragment(), FormPost())
