"""The configuration of a server on Raft storage, and the certificate that it shows.

Rules of the file
- A server listens on TLS with a certificate that it signed for itself, for the loopback alone; that one is its CA too.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

LOOPBACK = "127.0.0.1"


def raft_config(listener: Mapping[str, Any], *, cluster: str, address: str, data: str) -> dict[str, Any]:
    """`address` is what clients call it by, `data` the directory it writes to."""
    return {
        "api_addr": address,
        "cluster_addr": f"https://{cluster}",
        "disable_mlock": True,  # a container or an ordinary user may not lock memory, and nothing here is worth it
        "ui": False,
        # 1 is the quickest election that Raft allows; the default of 5 is for slow networks.
        "storage": {"raft": {"path": data, "node_id": "only", "performance_multiplier": 1}},
        "listener": {"tcp": {"cluster_address": cluster, **listener}},
    }


def tls_of(certificate: str, private_key: str) -> dict[str, Any]:
    """A listener's part about TLS, by the paths of its certificate and key; without these there is none."""
    if not certificate:
        return {"tls_disable": True}
    return {"tls_cert_file": certificate, "tls_key_file": private_key}


def loopback_certificate() -> tuple[str, str]:
    """A certificate for the loopback and its private key, in PEM; good for a day."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a Vault of a test")])
    begins, ends = now - timedelta(minutes=5), now + timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begins, ends)
    hosts = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address(LOOPBACK))])
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    made = builder.add_extension(hosts, critical=False).sign(key, hashes.SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM).decode(), pem.decode()
