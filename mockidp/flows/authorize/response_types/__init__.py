"""What an authorization response holds, one file for each word of ``response_type`` (RFC 6749,
section 3.1.1; OAuth 2.0 Multiple Response Type Encoding Practices). A new one is a file here and a
line in ``RESPONSE_TYPES``, and its word in ``names.RESPONSE_WORDS``; they contribute in this order,
as a later one may need what an earlier one made.
"""

from __future__ import annotations

from mockidp.flows.authorize.response_types.code import Code
from mockidp.flows.authorize.response_types.id_token import IdToken
from mockidp.flows.authorize.response_types.response_type import ResponseType
from mockidp.flows.authorize.response_types.token import Token

RESPONSE_TYPES: tuple[ResponseType, ...] = (Code(), Token(), IdToken())
