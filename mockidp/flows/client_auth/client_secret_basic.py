"""Id and secret in an HTTP Basic header (RFC 6749, section 2.3.1; RFC 7617)."""

from __future__ import annotations

from mockidp.flows.client_auth.method import CarriesCredentials, Presented, fits
from mockidp.profiles.schema import Profile


class ClientSecretBasic:
    name = "client_secret_basic"

    def find(self, profile: Profile, request: CarriesCredentials) -> Presented | None:
        raw = request.basic
        if raw is None or not raw.user or not fits(profile, raw.user, raw.password):
            return None
        # RFC 6749, 2.3.1 wants both encoded before base64; not every client does, and not
        # every server.
        decoding = profile.client_auth.basic_decoding
        readings = [raw] if decoding != "form" else []
        if decoding != "raw":
            readings.append(raw.form_decoded())
        return Presented(
            method=self.name,
            client_ids=tuple(dict.fromkeys(reading.user for reading in readings)),
            secrets=tuple(dict.fromkeys(r.password for r in readings if r.password)),
        )
