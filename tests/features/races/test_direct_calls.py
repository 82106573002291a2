"""One code, or one refresh token, and a hundred threads that spend it without HTTP: handlers on one
loop cannot race, these can (RFC 6749, 4.1.2; RFC 9700, 4.14.2).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.application import ALICE, APP, SECRET
from mockidp.config.layers import Layer
from mockidp.config.settings import resolve
from mockidp.flows.authorize.interaction import (
    Ask,
    after_consent,
    after_login,
    begin,
    end,
)
from mockidp.flows.authorize.pipeline import check
from mockidp.flows.authorize.request import Authorization, Refused
from mockidp.flows.authorize.sessions import sign_in
from mockidp.flows.authorize.waiting import Interaction
from mockidp.flows.grant import TokenRequest
from mockidp.flows.token import answer_token_request
from mockidp.issuer import Issuer
from mockidp.model.artifact import Artifact, ArtifactKind
from mockidp.oauth.errors import OAuthError
from mockidp.oauth.params import Params
from mockidp.store.base import Take
from mockidp.store.memory import MemoryStore
from mockidp.tokens.handles import Granted, mint_code, mint_refresh_token
from mockidp.tokens.lookup import TokenRefused, look_up
from mockidp.tokens.mint import mint_access_token
from mockidp.tokens.revocation import revoke_family

if TYPE_CHECKING:
    from tests.features.races.conftest import Race

ISSUER = "https://mockidp.example"
SUB = str(ALICE["sub"])
SCOPES = ("openid", "offline_access")
Answers = list[Mapping[str, Any] | OAuthError]


class Meeting(MemoryStore):
    """All racers meet once they have read the artifact: the worst that can happen, each time."""

    def __init__(self) -> None:
        super().__init__()
        self._all_have_read = threading.Barrier(100)

    def meet(self) -> None:
        self._all_have_read.wait(30)


class AllHaveRead(Meeting):
    """A good store, and a flow that has read before anybody takes."""

    def get(self, kind: ArtifactKind, id: str, *, now: float) -> Artifact | None:
        found = super().get(kind, id, now=now)
        if found is not None and kind in ("authorization_code", "refresh_token"):
            self.meet()
        return found


class Decoy(Meeting):
    """Takes as one would who had not read the store's contract: reads, and then deletes."""

    def take(self, kind: ArtifactKind, id: str, *, now: float) -> Take:
        artifact = self.get(kind, id, now=now)
        if artifact is None:
            return super().take(kind, id, now=now)
        self.meet()
        super().take(kind, id, now=now)
        return Take(outcome="won", artifact=artifact)


@pytest.fixture(params=["jwt", "hex:40"])
def make_lane(request: pytest.FixtureRequest) -> Iterator[Callable[..., Issuer]]:
    """Both forms of access tokens."""
    lanes: list[Issuer] = []

    def make(**settings: Any) -> Issuer:
        given = {"clients": [APP], "users": [ALICE], "access_token_format": request.param}
        lane = Issuer(resolve("openid", layers=[Layer("the test", {**given, **settings})]))
        lanes.append(lane)
        return lane

    yield make
    for lane in lanes:
        lane.close()


def code_of(lane: Issuer) -> str:
    return mint_code(
        lane,
        Granted(
            client_id="app",
            subject=SUB,
            scopes=SCOPES,
            family=lane.ids.token(16),
            data={"auth_time": lane.clock.now()},
        ),
    )


def refresh_token_of(lane: Issuer) -> str:
    return mint_refresh_token(
        lane,
        Granted(
            client_id="app",
            subject=SUB,
            scopes=SCOPES,
            family=lane.ids.token(16),
            data={"auth_time": lane.clock.now()},
        ),
    )


def ask(lane: Issuer, form: Mapping[str, str]) -> Mapping[str, Any] | OAuthError:
    sent = {"client_id": "app", "client_secret": SECRET, **form}
    try:
        return answer_token_request(lane, TokenRequest(params=Params.of(sent), issuer=ISSUER))
    except OAuthError as error:
        return error


WAYS = {
    "authorization_code": ("code", code_of),
    "refresh_token": ("refresh_token", refresh_token_of),
}


def run(race: Race[Any], lane: Issuer, grant_type: str) -> Answers:
    name, make = WAYS[grant_type]
    form = {"grant_type": grant_type, name: make(lane)}
    return race(lambda: ask(lane, form))


def winners(answers: Answers) -> list[Mapping[str, Any]]:
    return [answer for answer in answers if not isinstance(answer, OAuthError)]


def is_good(lane: Issuer, token: str) -> bool:
    try:
        look_up(lane, token)
    except TokenRefused:
        return False
    return True


def check_one_wins(lane: Issuer, answers: Answers) -> Mapping[str, Any]:
    """The tokens of the winner."""
    codes = Counter(answer.code for answer in answers if isinstance(answer, OAuthError))
    found = winners(answers)
    assert len(found) == 1, f"{len(found)} winners"
    assert codes == {"invalid_grant": 99}
    return found[0]


@pytest.mark.parametrize("grant_type", WAYS)
@pytest.mark.parametrize("reuse", ["revoke", "refuse"])
@pytest.mark.parametrize("store", [MemoryStore, AllHaveRead])
def test_one_wins_and_ninety_nine_get_invalid_grant(
    make_lane: Callable[..., Issuer],
    race: Race[Any],
    grant_type: str,
    reuse: str,
    store: type[MemoryStore],
) -> None:
    for _ in range(3):
        lane = make_lane(authorize_code_reuse=reuse, refresh_token_reuse=reuse)
        lane.store = store()
        won = check_one_wins(lane, run(race, lane, grant_type))
        stays_good = reuse == "refuse"
        assert is_good(lane, won["access_token"]) is stays_good
        lane.store = copy_of(lane.store)
        again = ask(lane, {"grant_type": "refresh_token", "refresh_token": won["refresh_token"]})
        assert isinstance(again, OAuthError) is not stays_good


def copy_of(store: MemoryStore) -> MemoryStore:
    """The same content where nobody waits for anybody."""
    copy = MemoryStore()
    copy.restore(store.snapshot())
    return copy


@pytest.mark.parametrize("grant_type", WAYS)
def test_a_store_that_reads_and_then_deletes_does_not_pass(
    make_lane: Callable[..., Issuer], race: Race[Any], grant_type: str
) -> None:
    lane = make_lane()
    lane.store = Decoy()
    with pytest.raises(AssertionError, match="100 winners"):
        check_one_wins(lane, run(race, lane, grant_type))


def test_a_refresh_token_that_stays_is_good_for_all(
    make_lane: Callable[..., Issuer], race: Race[Any]
) -> None:
    lane = make_lane(refresh_token_rotates=False)
    answers = run(race, lane, "refresh_token")
    assert len(winners(answers)) == 100
    tokens = {won["access_token"] for won in winners(answers)}
    assert len(tokens) == 100


# -- revocation while tokens are made -------------------------------------------------------------


class Gap(MemoryStore):
    """Lets something happen at one place of a revocation."""

    def __init__(self, place: str, happens: Callable[[], None]) -> None:
        super().__init__()
        self._place = place
        self._happens = happens

    def _at(self, place: str) -> None:
        if self._place == place:
            self._place = ""
            self._happens()

    def put(self, artifact: Artifact, *, now: float) -> bool:
        if artifact.kind == "revoked":
            self._at("before the mark")
        kept = super().put(artifact, now=now)
        if artifact.kind == "revoked":
            self._at("after the mark")
        return kept

    def find(self, *args: Any, **given: Any) -> list[Artifact]:
        found = super().find(*args, **given)
        self._at("after the search")
        return found

    def revoke_family(self, family: str) -> int:
        count = super().revoke_family(family)
        self._at("after all")
        return count


at_every_place = pytest.mark.parametrize(
    "place", ["before the mark", "after the mark", "after the search", "after all"]
)


@at_every_place
def test_a_token_made_while_its_grant_is_revoked_is_revoked(
    make_lane: Callable[..., Issuer], place: str
) -> None:
    lane = make_lane()
    made: list[str] = []

    def mint() -> None:
        token = mint_access_token(
            lane,
            client=lane.clients.default,
            subject=SUB,
            scopes=SCOPES,
            issuer=ISSUER,
            family="the-family",
        )
        made.append(token.token)

    lane.store = Gap(place, mint)
    mint()
    revoke_family(lane, "the-family")
    assert len(made) == 2
    assert [is_good(lane, token) for token in made] == [False, False]


@at_every_place
def test_a_refresh_token_made_while_its_grant_is_revoked_is_revoked(
    make_lane: Callable[..., Issuer], place: str
) -> None:
    lane = make_lane()
    made: list[str] = []

    def mint() -> None:
        made.append(
            mint_refresh_token(
                lane,
                Granted(client_id="app", subject=SUB, scopes=SCOPES, family="the-family", data={}),
            )
        )

    lane.store = Gap(place, mint)
    mint()
    revoke_family(lane, "the-family")
    for token in made:
        answer = ask(lane, {"grant_type": "refresh_token", "refresh_token": token})
        assert isinstance(answer, OAuthError)
        assert answer.code == "invalid_grant"
    assert len(made) == 2


def test_half_revoke_while_half_make(make_lane: Callable[..., Issuer], race: Race[Any]) -> None:
    lane = make_lane()
    turns = iter(range(100))

    def work() -> str:
        if next(turns) % 2:
            revoke_family(lane, "the-family")
            return ""
        return mint_access_token(
            lane,
            client=lane.clients.default,
            subject=SUB,
            scopes=SCOPES,
            issuer=ISSUER,
            family="the-family",
        ).token

    tokens = [token for token in race(work) if token]
    assert len(tokens) == 50
    assert not [token for token in tokens if is_good(lane, token)]


# -- a hundred tabs -------------------------------------------------------------------------------


def opened(lane: Issuer) -> Interaction:
    request = check(
        lane,
        Authorization(
            params=Params.of(
                {
                    "response_type": "code",
                    "client_id": "app",
                    "redirect_uri": str(APP["redirect_uris"][0]),
                    "scope": "openid",
                }
            ),
            issuer=ISSUER,
            try_out_uri="",
        ),
    )
    asked = begin(lane, request, None, "the-browser")
    assert isinstance(asked, Ask)
    return asked.interaction


@pytest.mark.parametrize("page", ["login", "consent", "no"])
def test_one_tab_of_a_hundred_answers_a_page(
    make_lane: Callable[..., Issuer], race: Race[Any], page: str
) -> None:
    lane = make_lane(authorize_consent="skip" if page == "login" else "ask")
    interaction = opened(lane)
    session = sign_in(lane, lane.users.default)

    def answer() -> str:
        try:
            match page:
                case "login":
                    after_login(lane, interaction, session)
                case "consent":
                    after_consent(lane, interaction, session)
                case _:
                    end(lane, interaction, "access_denied")
        except OAuthError as error:
            return error.hint
        except Refused:  # the client is told
            return "won" if page == "no" else "refused"
        return "won"

    assert Counter(race(answer)) == {"won": 1, "this page has been answered already": 99}
    codes = lane.store.find("authorization_code", now=lane.clock.now())
    assert len(codes) == (0 if page == "no" else 1)


def test_a_yes_and_a_no_at_once_are_one_of_both(
    make_lane: Callable[..., Issuer], race: Race[Any]
) -> None:
    lane = make_lane()
    interaction = opened(lane)
    session = sign_in(lane, lane.users.default)
    turns = iter(range(100))

    def answer() -> str:
        says_yes = next(turns) % 2
        try:
            if says_yes:
                after_consent(lane, interaction, session)
            else:
                end(lane, interaction, "access_denied")
        except OAuthError:
            return "late"
        except Refused:
            return "no"
        return "yes"

    counted = Counter(race(answer))
    assert counted["yes"] + counted["no"] == 1
    assert counted["late"] == 99
    codes = lane.store.find("authorization_code", now=lane.clock.now())
    assert len(codes) == counted["yes"]


@pytest.mark.parametrize("store", [MemoryStore, AllHaveRead])
def test_a_grace_period_serves_all_who_race(
    make_lane: Callable[..., Issuer], race: Race[Any], store: type[MemoryStore]
) -> None:
    lane = make_lane(refresh_token_grace=60)
    lane.clock.freeze(at=1_700_000_000)
    lane.store = store()
    given = winners(run(race, lane, "refresh_token"))
    assert len({each["refresh_token"] for each in given}) == 100
    lane.store = copy_of(lane.store)
    assert all(is_good(lane, each["access_token"]) for each in given)
    again = ask(lane, {"grant_type": "refresh_token", "refresh_token": given[0]["refresh_token"]})
    assert not isinstance(again, OAuthError)
