"""The facts a profile may state: their names, types, choices and meaning.

Every leaf is one fact of one provider, with a sentence that the reference page and ``mockidp
providers`` print. The values here are what a user-made profile falls back to where its chain says
nothing; a built-in profile states every leaf itself, with evidence.
"""

from mockidp.profiles.schema.profile import Profile, sections

__all__ = ["Profile", "sections"]
