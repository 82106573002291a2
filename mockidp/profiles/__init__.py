"""What the providers do, as data.

A profile is a TOML file that extends a *manner* (what a server product has in common) or another
profile. ``schema`` says which facts there are, ``load`` reads and checks the files, ``evidence``
keeps how each fact is known. Nothing else in mockidp names a provider.
"""

from __future__ import annotations

#: The built-in profiles in the order of their arrival: `mockidp serve` gives each system a fixed
#: key by its
#: place here, so new profiles go to the end.
PROFILES = (
    "openid",
    "groupdocs-total",
    "groupdocs-translation",
    "easytranslate",
    "easytranslate-sandbox",
    "proz",
)

#: What a profile may extend besides another profile: the habits of a server product.
MANNERS = ("openid-strict", "identityserver", "passport", "bshaffer")
