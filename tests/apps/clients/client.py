# SPDX-License-Identifier: Apache-2.0
"""Python with python-pkcs11: keys as objects, iterators over parts, its exceptions. Prints TAP.

Leaves signatures and keys in the current folder, for the script to have them verified by others.
"""
import hashlib
import hmac
import os
import sys
from pathlib import Path

import pkcs11
from pkcs11 import KDF, MGF, Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_ecdsa_signature, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

TEXT = b"a text of more than one block of AES, and not a multiple"
results = []


def check(name, good):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {name}")


def refused(name, error, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except error:
        check(name, True)
    except pkcs11.PKCS11Error as other:
        print(f"# {other!r}")
        check(name, False)
    else:
        check(name, False)


def log_in_wrongly(token):
    with token.open(user_pin="999999"):
        pass


def make_keys(session):
    curve = session.create_domain_parameters(
        KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True)
    curve.generate_keypair(store=True, label="ec")
    session.generate_keypair(KeyType.RSA, 2048, store=True, label="rsa")
    session.generate_key(KeyType.AES, 256, store=True, label="aes")
    for label in ("ec", "rsa"):
        pair = [session.get_key(object_class=kind, label=label) for kind in (ObjectClass.PUBLIC_KEY, ObjectClass.PRIVATE_KEY)]
        check(f"{label}: the pair is found again", [key.label for key in pair] == [label, label])


def check_signatures(session, label, mechanism):
    private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=label)
    public = session.get_key(object_class=ObjectClass.PUBLIC_KEY, label=label)
    signature = private.sign(TEXT, mechanism=mechanism)
    check(f"{label}: verifies", public.verify(TEXT, signature, mechanism=mechanism))
    check(f"{label}: refuses another text", not public.verify(TEXT[1:], signature, mechanism=mechanism))
    parts = private.sign((TEXT[:17], TEXT[17:]), mechanism=mechanism)
    check(f"{label}: in parts", public.verify(TEXT, parts, mechanism=mechanism))
    if label == "ec":
        signature, der = encode_ecdsa_signature(signature), encode_ec_public_key(public)
    else:
        # The key without the frame that names its algorithm.
        der = encode_rsa_public_key(public)
    Path(f"{label}.sig").write_bytes(signature)
    Path(f"{label}.der").write_bytes(der)


def check_rsa_cipher(session):
    private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label="rsa")
    public = session.get_key(object_class=ObjectClass.PUBLIC_KEY, label="rsa")
    check("OAEP", private.decrypt(public.encrypt(TEXT)) == TEXT)
    sha256 = {"mechanism": Mechanism.RSA_PKCS_OAEP, "mechanism_param": (Mechanism.SHA256, MGF.SHA256, None)}
    check("OAEP with SHA-256", private.decrypt(public.encrypt(TEXT, **sha256), **sha256) == TEXT)


def check_aes(session):
    key = session.get_key(key_type=KeyType.AES, label="aes")
    iv = session.generate_random(128)
    sealed = key.encrypt(TEXT, mechanism_param=iv)
    check("AES-CBC", sealed != TEXT and key.decrypt(sealed, mechanism_param=iv) == TEXT)
    parts = b"".join(key.encrypt((TEXT[:21], TEXT[21:]), mechanism_param=iv))
    check("in parts as at once", parts == sealed)
    refused("a ciphertext cut short", pkcs11.EncryptedDataLenRange, key.decrypt, sealed[:-1], mechanism_param=iv)
    secret = session.generate_key(KeyType.AES, 128, template={Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False})
    back = key.unwrap_key(ObjectClass.SECRET_KEY, KeyType.AES, key.wrap_key(secret),
                          template={Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False})
    check("a key wrapped and unwrapped", back[Attribute.VALUE] == secret[Attribute.VALUE])
    refused("a key's value is not read", pkcs11.AttributeSensitive, lambda: key[Attribute.VALUE])


def check_agreement(session):
    curve = session.create_domain_parameters(
        KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True)
    (our_public, ours), (their_public, theirs) = curve.generate_keypair(), curve.generate_keypair()
    template = {Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False}
    one, two = (private.derive_key(KeyType.AES, 256, mechanism_param=(KDF.NULL, None, public[Attribute.EC_POINT]), template=template)
                for private, public in ((ours, their_public), (theirs, our_public)))
    check("ECDH, both sides", one[Attribute.VALUE] == two[Attribute.VALUE])


def check_digests(session):
    check("SHA-256", session.digest(TEXT, mechanism=Mechanism.SHA256) == hashlib.sha256(TEXT).digest())
    key = session.create_object({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.GENERIC_SECRET,
                                 Attribute.VALUE: TEXT[:32], Attribute.SIGN: True})
    mac = key.sign(TEXT, mechanism=Mechanism.SHA256_HMAC)
    check("HMAC", mac == hmac.digest(TEXT[:32], TEXT, "sha256"))


def scenario():
    token = pkcs11.lib(os.environ["CONCLAVE_MODULE"]).get_token(token_label="test-apps")
    check("the token is found", token.label == "test-apps")
    refused("a wrong PIN", pkcs11.PinIncorrect, log_in_wrongly, token)
    with token.open(user_pin="123456", rw=True) as session:
        make_keys(session)
        check_signatures(session, "ec", Mechanism.ECDSA_SHA256)
        check_signatures(session, "rsa", Mechanism.SHA512_RSA_PKCS)
        check_rsa_cipher(session)
        check_aes(session)
        check_agreement(session)
        check_digests(session)
    Path("text").write_bytes(TEXT)
    with token.open() as session:
        check("without login there is no private key", not list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})))


try:
    scenario()
except Exception as error:  # pylint: disable=broad-except
    print(f"# {error!r}")
    check("the scenario runs to its end", False)
    raise
sys.exit(0 if all(results) else 1)
