"""A security key of software: it answers as a browser with a key would, or wrongly where a test wants it."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

USER_IS_PRESENT, HOLDS_A_KEY = 0x01, 0x40


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class SoftKey:
    """One key pair for one site. `origin` is what the browser says of the page; `count` grows with each answer."""

    origin: str = "https://noa.example"
    rp_id: str = "noa.example"
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: str) -> str:
        """Return what a browser sends for the options of a registration."""
        numbers = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public_key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        held = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public_key
        data = self._authenticator_data(USER_IS_PRESENT | HOLDS_A_KEY) + held
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._sent(
            clientDataJSON=self._client_data("webauthn.create", options),
            attestationObject=attestation,
            transports=["usb"],
        )

    def get(self, options: str) -> str:
        """Return what a browser sends for the options of a sign-in."""
        self.count += 1
        data, client_data = self._authenticator_data(USER_IS_PRESENT), self._client_data("webauthn.get", options)
        signed = data + hashlib.sha256(client_data).digest()
        return self._sent(
            clientDataJSON=client_data,
            authenticatorData=data,
            signature=self._key.sign(signed, ec.ECDSA(hashes.SHA256())),
        )

    def _authenticator_data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _sent(self, **response: bytes | list[str]) -> str:
        said = {name: base64url(value) if isinstance(value, bytes) else value for name, value in response.items()}
        own_id = base64url(self.id)
        return json.dumps({"id": own_id, "rawId": own_id, "type": "public-key", "response": said})
