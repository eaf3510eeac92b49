"""Content Credentials (C2PA): a signed note inside a picture that says a model made it, and with what.

Signed with a certificate that is made here once and stays here: programs show the note and that they do not know who
signed. Whoever has a certificate of their own puts it into the folder `keys` instead.
"""

import os
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.bench import MARK, Bench
from core.cards import Card
from core.disk import explained, part_beside, replace, settle
from core.errors import BadFile, Refused
from core.recipes.picture import SOURCES, read_notes
from core.requests import SealRequest
from core.version import VERSION

CARD = Card(
    name="Content Credentials",
    task="seal",
    about="Signs pictures, so that other programs can tell that a model made them, and with what (C2PA).",
    licence="MIT OR Apache-2.0",
    needs=("c2pa", "cryptography"),
)
CHAIN, KEY = "signer.pem", "signer.key"
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif",
         ".tif": "image/tiff", ".tiff": "image/tiff", ".avif": "image/avif"}
YEARS = 10
KEPT = ("title", "prompt", "seed", "width", "height", "characters", "weights")
"""What a copy takes over from the sidecar of its picture."""
SETTINGS = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"remote_manifest_fetch": False}}
"""Small, and without a look at the net."""


def run(request: SealRequest, bench: Bench) -> None:
    """Signed copies of pictures that were made before signing was switched on."""
    if not request.pictures:
        raise Refused("There is no picture to sign.", "Choose or drop one first.")
    for number, given in enumerate(request.pictures):
        bench.step(number, len(request.pictures), "Signing")
        file = bench.open(given)
        mark = read_notes(file).get(MARK, "")
        if SOURCES not in mark:
            raise Refused(f"{file.name} does not say that a model made it.", "Sign pictures that were drawn here.")
        copy = bench.work / file.name
        shutil.copyfile(file, copy)
        seal(bench.keys, copy, file.suffix, mark)
        bench.save(copy, folder="images", suffix=file.suffix, parents=[given],
                   **{name: value for name, value in bench.record(given).items() if name in KEPT})
    bench.clear_work()
    bench.step(1, 1, "Done")


def seal(keys: Path, file: Path, suffix: str, mark: str) -> None:
    """Put the signed note into a finished picture file, in place. `mark` is what the file says of itself already."""
    import c2pa

    if suffix.lower() not in TYPES:
        raise BadFile(f"A {suffix} file cannot carry a signature.", "Keep it as PNG, JPEG or WebP.")
    chain, key = find_signer(keys)
    signed = part_beside(file)
    try:
        with c2pa.Context.from_dict(SETTINGS) as context, \
                c2pa.Signer.from_info(c2pa.C2paSignerInfo("es256", chain, key, None)) as signer, \
                c2pa.Builder.from_json(tell(mark), context) as builder, \
                file.open("rb") as source, signed.open("w+b") as target:
            builder.sign(signer, TYPES[suffix.lower()], source, target)
            settle(target)
        replace(signed, file)
    except c2pa.C2paError as error:
        raise BadFile("The picture could not be signed.",
                      f"Look at the certificate in {keys.name}. ({error})") from error
    finally:
        signed.unlink(missing_ok=True)


def tell(mark: str) -> dict[str, Any]:
    """What is signed: made by a model, wholly or in part, with this studio. Words and names of people stay out."""
    found = re.search(re.escape(SOURCES) + r"\w+", mark)
    source = found[0] if found else f"{SOURCES}trainedAlgorithmicMedia"
    tool = {"name": "StudioNova", "version": VERSION}
    made = {"action": "c2pa.created", "digitalSourceType": source, "softwareAgent": tool}
    return {"claim_generator_info": [tool], "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [made]}}]}


# --- the certificate --------------------------------------------------------------------------------------------


def find_signer(keys: Path) -> tuple[bytes, bytes]:
    """(certificate chain, private key): what lies in the folder, made now where nothing does."""
    chain, key = keys / CHAIN, keys / KEY
    if not (chain.is_file() and key.is_file()):
        _write_signer(keys)
    with explained(chain):
        return chain.read_bytes(), key.read_bytes()


def _write_signer(keys: Path) -> None:
    """A certificate of this studio's own, and the one that vouches for it, whose key is forgotten at once."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    top_key, own_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    top = _certificate("StudioNova, this computer's own", top_key, None, top_key)
    own = _certificate("StudioNova, unverified signer", own_key, top, top_key)
    pem = serialization.Encoding.PEM
    private = own_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with explained(keys):
        keys.mkdir(parents=True, exist_ok=True)
        for name, content in ((KEY, private), (CHAIN, own.public_bytes(pem) + top.public_bytes(pem))):
            part = part_beside(keys / name)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
            replace(part, keys / name)


def _certificate(name: str, key: Any, top: Any, signed_by: Any) -> Any:
    """Without `top` it vouches for others; with it, it may sign claims."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name),
                     x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
    now = datetime.now(UTC)
    roof = top is None
    use = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                         "encipher_only", "decipher_only"), False)
    made = (x509.CertificateBuilder().subject_name(own).issuer_name(own if roof else top.subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=365 * YEARS))
            .add_extension(x509.BasicConstraints(ca=roof, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(digital_signature=not roof, key_cert_sign=roof, crl_sign=roof, **use),
                           critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key()), critical=False))
    if not roof:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return made.sign(signed_by, hashes.SHA256())
