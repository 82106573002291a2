"""How an application keeps access, and how it loses it: expiry, refresh, and a user who withdraws
(004_b2b9f8c7614bddb6.txt, Token expiration and refresh tokens; Implementation notes).
"""

from __future__ import annotations

from fixtures.proz_application import ProzApplication, tokens_of
from mockidp import MockIdP


def test_the_access_token_ends_after_two_weeks_and_the_refresh_token_does_not(
    proz: MockIdP, application: ProzApplication
) -> None:
    first = tokens_of(proz, application)
    proz.clock.advance(days=14)
    refused = application.call(first["access_token"])
    assert (refused.status_code, refused.json()["error"]) == (401, "expired_token")
    proz.clock.advance(days=3650)
    second = application.refresh(first["refresh_token"]).json()
    assert application.call(second["access_token"]).status_code == 200


def test_a_refresh_token_is_replaced_at_each_use(
    proz: MockIdP, application: ProzApplication
) -> None:
    first = tokens_of(proz, application)
    second = application.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    again = application.refresh(first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    # The library behind the provider forgets the used one, and nothing else.
    assert application.refresh(second["refresh_token"]).status_code == 200
    assert application.call(first["access_token"]).status_code == 200


def test_a_user_who_withdraws_access_ends_everything_at_once(
    proz: MockIdP, application: ProzApplication
) -> None:
    tokens = tokens_of(proz, application, scope="public user.email")
    pending = proz.robot.login(application.link(), user="alice").code
    assert pending is not None
    proz.revoke("alice", application.client_id)

    refused = application.call(tokens["access_token"])
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert application.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert application.redeem(pending).json()["error"] == "invalid_grant"

    proz.journal.clear()
    proz.robot.login(application.link(), user="alice")
    shown = [entry.endpoint for entry in proz.journal if entry.method == "GET"]
    assert shown == ["authorize", "consent"]  # signed in still, and asked again


def test_what_others_have_granted_stays(proz: MockIdP, application: ProzApplication) -> None:
    tokens = tokens_of(proz, application)
    bobs = proz.new_robot().login(application.link(), user="bob").code
    assert bobs is not None
    other = proz.add_client(redirect_uris=["https://other.example/cb"])
    own = proz.issue_token(application.client_id)
    proz.revoke("bob")
    proz.revoke("alice", other)
    assert application.call(tokens["access_token"]).status_code == 200
    assert application.redeem(bobs).status_code == 400
    proz.revoke()
    assert application.call(tokens["access_token"]).status_code == 401
    # No user has granted it.
    assert application.call(own, "/freelancers").status_code == 200


def test_scopes_show_what_they_name(proz: MockIdP, application: ProzApplication) -> None:
    shown = {
        scope: application.call(tokens_of(proz, application, scope=scope)["access_token"]).json()
        for scope in ("public", "user.email", "user.name")
    }
    emails = {scope: user["contact_info"]["email"] for scope, user in shown.items()}
    assert emails == {"public": None, "user.email": "alice@example.com", "user.name": None}
    names = {scope: user["contact_info"]["first_name"] for scope, user in shown.items()}
    assert names == {"public": None, "user.email": None, "user.name": "Alice"}
