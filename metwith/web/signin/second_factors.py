"""How allauth keeps second factors: encrypted with the installation's key, like every other secret."""

from __future__ import annotations

from typing import override

from allauth.mfa.adapter import DefaultMFAAdapter

from metwith.lib import secrets


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """The secret of an authenticator app, and the seed that recovery codes are made from. A passkey's row holds a public key alone."""

    @override
    def encrypt(self, text: str) -> str:
        return secrets.encrypt_for(secrets.SECOND_FACTORS, text)

    @override
    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt_for(secrets.SECOND_FACTORS, encrypted_text)
