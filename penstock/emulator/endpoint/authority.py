"""The certificate authority of the proxy: it vouches for AWS's host names and, by its name constraints, for
no other. It is kept in the state directory, its key readable by the owner only, and trusted by nobody who
is not told to (AWS_CA_BUNDLE).
"""

import datetime
import os
import ssl
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "api.aws")
_YEARS = datetime.timedelta(days=3650)


class Authority:
    """Makes TLS contexts for AWS's hosts. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True, mode=0o700)
        self._folder = folder
        self._lock = threading.Lock()
        self._contexts: dict[str, ssl.SSLContext] = {}
        if not self.bundle.exists():
            self._make()
        self._key = _load_key(folder / "authority.key")
        self._certificate = x509.load_pem_x509_certificate(self.bundle.read_bytes())

    @property
    def bundle(self) -> Path:
        """The certificate that clients must trust (PEM)."""
        return self._folder / "authority.pem"

    def context(self, host: str) -> ssl.SSLContext:
        """A server's TLS context for a host name in AWS's domains."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._issue(host)
            return self._contexts[host]

    def _make(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        _write_private(self._folder / "authority.key", key)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Penstock emulator, this machine only")])
        constraints = x509.NameConstraints([x509.DNSName(domain) for domain in AWS_DOMAINS], None)
        certificate = (
            _builder(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(constraints, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        temporary = self.bundle.with_suffix(".new")
        temporary.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        temporary.replace(self.bundle)

    def _issue(self, host: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self._key.public_key()
        certificate = (
            # A common name holds 64 characters at most; the alternative name is what counts.
            _builder(
                x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])]),
                self._certificate.subject,
                key.public_key(),
            )
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # ssl reads certificates from files only.
        file = self._folder / f"host-{threading.get_ident()}.pem"
        try:
            _write_private(file, key, certificate.public_bytes(serialization.Encoding.PEM))
            context.load_cert_chain(file)
        finally:
            file.unlink(missing_ok=True)
        return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + _YEARS)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _write_private(file: Path, key: ec.EllipticCurvePrivateKey, *more: bytes) -> None:
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        output.write(content + b"".join(more))


def _load_key(file: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey), "the authority makes keys of this kind"
    return key
