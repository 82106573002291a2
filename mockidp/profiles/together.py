"""What facts must keep between them: each may be right alone, and a provider still be none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockidp.oauth.paths import OWN, is_below
from mockidp.profiles.evidence import CONFIGURED
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
    if profile.dpop.nonce == "required" and not profile.dpop.algs:
        problem = "dpop.nonce needs dpop.algs: without them no proof is looked at"
        _refuse(profile, ["dpop.algs", "dpop.nonce"], problem)
    unknown = [name for name in profile.scopes.default if name not in profile.scopes.supported]
    if unknown:
        known = ", ".join(profile.scopes.supported) or "none"
        problem = f"scopes.default has {unknown[0]!r}, and scopes.supported only: {known}"
        _refuse(profile, ["scopes.default", "scopes.supported"], problem)


def places(profile: Profile) -> Iterator[tuple[str, Sequence[str], str]]:
    """Where the endpoints of the provider are: the endpoint, the facts that say so, the path."""
    p = profile
    users = ("authorize.response_types",) if p.authorize.response_types else ()
    found: list[tuple[str, Sequence[str], Sequence[str]]] = [
        ("token", ("token.path",), (p.token.path,)),
        ("token", ("token.aliases",), p.token.aliases),
        ("par", ("par.path",), (p.par.path,)),
        ("userinfo", ("userinfo.path",), (p.userinfo.path,)),
        ("introspection", ("introspection.path",), (p.introspection.path,)),
        ("revocation", ("revocation.path",), (p.revocation.path,)),
        (
            "device_authorization",
            ("device_authorization.path",),
            (p.device_authorization.path,),
        ),
        ("end_session", ("logout.path",), (p.logout.path,)),
        ("check_session", ("session_management.path",), (p.session_management.path,)),
        ("registration", ("registration.path",), (p.registration.path,)),
        ("jwks", ("jwks.path",), (p.jwks.path,)),
        ("discovery", ("discovery.path",), (p.discovery.path,)),
        ("discovery", ("oauth_metadata.path",), (p.oauth_metadata.path,)),
    ]
    if users:
        found += [
            ("authorize", ("authorize.path", *users), (p.authorize.path,)),
            ("authorize", ("authorize.aliases", *users), p.authorize.aliases),
        ]
    if p.device_authorization.path:
        facts = ("device_authorization.verification_path", "device_authorization.path")
        found.append(("device", facts, (p.device_authorization.verification_path,)))
    if at := p.protected_resource.path:
        facts = ("protected_resource.path", "api.prefixes")
        paths = (at, *(at + prefix for prefix in p.api.prefixes))
        found.append(("protected_resource", facts, paths))
    for endpoint, said_by, paths_of_it in found:
        for path in filter(None, paths_of_it):
            yield endpoint, said_by, path


def _check_paths(profile: Profile) -> None:
    taken: dict[str, tuple[str, Sequence[str]]] = {}
    for endpoint, said_by, path in places(profile):
        if is_below(path.lower(), OWN):
            _refuse_own(profile, said_by)
        key = path if profile.routing.case_sensitive else path.lower()
        other, other_facts = taken.setdefault(key, (endpoint, said_by))
        if other != endpoint:
            facts = [*said_by, *other_facts]
            if not profile.routing.case_sensitive:
                facts.append("routing.case_sensitive")
            problem = f"the endpoints {other} and {endpoint} cannot both be at {path}"
            _refuse(profile, facts, problem)
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
