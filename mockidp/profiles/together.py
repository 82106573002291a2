"""What facts must keep between them: each may be right alone, and a provider still be none."""

from __future__ import annotations

from collections.abc import Sequence

from mockidp.oauth.paths import OWN, is_below
from mockidp.profiles.evidence import CONFIGURED
from mockidp.profiles.paths import Place, places
from mockidp.profiles.problems import ConfigError
from mockidp.profiles.schema import Profile


def check_together(profile: Profile) -> None:
    """
    :raises ConfigError: naming the fact that was set last, and those that it does not go with.
    """
    _check_paths(profile)
    if profile.par.required and not profile.par.path:
        problem = "par.required needs a par.path: all requests are refused that are not pushed"
        _refuse(profile, ["par.path", "par.required"], problem)
    if profile.authorize.pkce == "all" and not profile.authorize.code_challenge_methods:
        problem = "authorize.pkce = 'all' needs a code_challenge_method: all requests are refused"
        _refuse(profile, ["authorize.code_challenge_methods", "authorize.pkce"], problem)
    if profile.dpop.nonce == "required" and not profile.dpop.algs:
        problem = "dpop.nonce needs dpop.algs: without them no proof is looked at"
        _refuse(profile, ["dpop.algs", "dpop.nonce"], problem)
    unknown = [name for name in profile.scopes.default if name not in profile.scopes.supported]
    if unknown:
        known = ", ".join(profile.scopes.supported) or "none"
        problem = f"scopes.default has {unknown[0]!r}, and scopes.supported only: {known}"
        _refuse(profile, ["scopes.default", "scopes.supported"], problem)


def _check_paths(profile: Profile) -> None:
    taken: dict[str, Place] = {}
    for place in places(profile):
        if not place.facts:  # a page of ours
            continue
        if is_below(place.path.lower(), OWN):
            _refuse_own(profile, place.facts)
        key = place.path if profile.routing.case_sensitive else place.path.lower()
        other = taken.setdefault(key, place)
        if other.endpoint != place.endpoint:
            facts = [*place.facts, *other.facts]
            if not profile.routing.case_sensitive:
                facts.append("routing.case_sensitive")
            both = f"the endpoints {other.endpoint} and {place.endpoint}"
            _refuse(profile, facts, f"{both} cannot both be at {place.path}")
    if any(is_below(prefix.lower(), OWN) for prefix in profile.api.prefixes):
        _refuse_own(profile, ["api.prefixes"])


def _refuse_own(profile: Profile, facts: Sequence[str]) -> None:
    """What a profile of ours has there is known to be free."""
    if any(_is_configured(profile, path) for path in facts):
        _refuse(profile, facts, f"must not be below {OWN}, where mockidp has pages of its own")


def _is_configured(profile: Profile, path: str) -> bool:
    return path in profile.evidence and profile.evidence[path].status == CONFIGURED


def _refuse(profile: Profile, facts: Sequence[str], problem: str) -> None:
    """Blame what a user has set, and not what the profile had before."""
    path = next((path for path in facts if _is_configured(profile, path)), facts[0])
    section, _, key = path.partition(".")
    fact = profile.evidence.get(path)
    origin = (fact.origin or fact.source) if fact else profile.name
    value = getattr(getattr(profile, section), key)
    shown = list(value) if isinstance(value, tuple) else value
    raise ConfigError.at(origin, path, shown, problem)
