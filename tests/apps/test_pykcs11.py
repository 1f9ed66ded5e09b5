#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyKCS11: a script as applications are written, with sessions, states, searches, keys and their destruction.

Knows the Python binding; each check prints one line of TAP.
"""
import os
import subprocess
import sys
import tempfile

try:
    import PyKCS11
    from PyKCS11 import CKM_ECDSA_SHA256, CKM_SHA256_RSA_PKCS, Mechanism, PyKCS11Error, PyKCS11Lib
except ImportError:
    print("1..0 # SKIP PyKCS11 is not installed (Debian: python3-pykcs11)")
    sys.exit(77)

MODULE, TOOL = os.environ["CONCLAVE_MODULE"], os.environ["CONCLAVE_TOOL"]
P256 = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
RO, RW = PyKCS11.CKF_SERIAL_SESSION, PyKCS11.CKF_SERIAL_SESSION | PyKCS11.CKF_RW_SESSION
results = []


def check(name, good):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {name}")


def refused(name, code, call, *arguments):
    try:
        call(*arguments)
    except PyKCS11Error as error:
        check(name, error.value == code)
    else:
        check(name, False)


def state(session):
    return session.getSessionInfo().state


def make_token(folder):
    for name, pin in (("so", "87654321"), ("user", "123456")):
        with open(f"{folder}/{name}", "w", encoding="ascii") as file:
            file.write(pin + "\n")
    subprocess.run([TOOL, "init", "--test", "--label", "test-python", "--so-pin-file", f"{folder}/so", "--pin-file",
                    f"{folder}/user"], check=True, stdout=subprocess.DEVNULL)


def key_pair(session, mechanism, public, private, label):
    common = [(PyKCS11.CKA_TOKEN, PyKCS11.CK_TRUE), (PyKCS11.CKA_LABEL, label), (PyKCS11.CKA_ID, [1, 2])]
    return session.generateKeyPair(common + public, common + private, mecha=mechanism)


def check_states(lib, slot):
    reader, writer = lib.openSession(slot, RO), lib.openSession(slot, RW)
    check("two sessions are public", (state(reader), state(writer)) == (PyKCS11.CKS_RO_PUBLIC_SESSION, PyKCS11.CKS_RW_PUBLIC_SESSION))
    refused("a wrong PIN", PyKCS11.CKR_PIN_INCORRECT, writer.login, "999999")
    refused("the SO beside a read-only session", PyKCS11.CKR_SESSION_READ_ONLY_EXISTS, writer.login, "87654321", PyKCS11.CKU_SO)
    writer.login("123456")
    check("one login, both sessions are the user's", (state(reader), state(writer)) == (PyKCS11.CKS_RO_USER_FUNCTIONS, PyKCS11.CKS_RW_USER_FUNCTIONS))
    refused("a second login", PyKCS11.CKR_USER_ALREADY_LOGGED_IN, reader.login, "123456")
    reader.logout()
    check("one logout, both are public", (state(reader), state(writer)) == (PyKCS11.CKS_RO_PUBLIC_SESSION, PyKCS11.CKS_RW_PUBLIC_SESSION))
    reader.closeSession()
    writer.login("87654321", PyKCS11.CKU_SO)
    check("the SO, alone with a read/write session", state(writer) == PyKCS11.CKS_RW_SO_FUNCTIONS)
    refused("no read-only session beside the SO", PyKCS11.CKR_SESSION_READ_WRITE_SO_EXISTS, lib.openSession, slot, RO)
    writer.logout()
    writer.closeSession()
    refused("a closed session", PyKCS11.CKR_SESSION_HANDLE_INVALID, writer.getSessionInfo)


def check_keys(lib, slot):
    session, other = lib.openSession(slot, RW), lib.openSession(slot, RO)
    session.login("123456")
    text = b"a text to sign"
    public, private = key_pair(session, PyKCS11.MechanismECGENERATEKEYPAIR, [(PyKCS11.CKA_EC_PARAMS, P256)], [], "ec")
    signature = session.sign(private, text, Mechanism(CKM_ECDSA_SHA256, None))
    check("an ECDSA signature of 64 bytes", len(signature) == 64)
    check("that the token verifies", session.verify(public, text, signature, Mechanism(CKM_ECDSA_SHA256, None)))
    check("in the other session too", other.verify(public, text, signature, Mechanism(CKM_ECDSA_SHA256, None)))
    check("but not for another text", not session.verify(public, b"other", signature, Mechanism(CKM_ECDSA_SHA256, None)))
    rsa_public, rsa_private = key_pair(session, PyKCS11.MechanismRSAGENERATEKEYPAIR,
                                       [(PyKCS11.CKA_MODULUS_BITS, 2048), (PyKCS11.CKA_PUBLIC_EXPONENT, (1, 0, 1))], [], "rsa")
    signature = session.sign(rsa_private, text, Mechanism(CKM_SHA256_RSA_PKCS, None))
    check("an RSA signature", session.verify(rsa_public, text, signature, Mechanism(CKM_SHA256_RSA_PKCS, None)))
    encrypted = session.encrypt(rsa_public, b"secret", Mechanism(PyKCS11.CKM_RSA_PKCS, None))
    check("RSA there and back", bytes(session.decrypt(rsa_private, encrypted, Mechanism(PyKCS11.CKM_RSA_PKCS, None))) == b"secret")
    refused("a private value stays in", PyKCS11.CKR_ATTRIBUTE_SENSITIVE, strict_value, session, private)
    check("a search by label", [o.to_dict()["CKA_LABEL"] for o in other.findObjects([(PyKCS11.CKA_LABEL, "ec")])] == ["ec", "ec"])
    check("two private keys for the user", len(other.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY)])) == 2)
    session.logout()
    check("none after logout", other.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY)]) == [])
    session.login("123456")
    refused("a handle of the first login stays dead", PyKCS11.CKR_KEY_HANDLE_INVALID, session.sign, private, text,
            Mechanism(CKM_ECDSA_SHA256, None))
    for found in session.findObjects([(PyKCS11.CKA_ID, (1, 2))]):
        session.destroyObject(found)
    check("nothing is left", session.findObjects() == [])
    session.logout()
    lib.closeAllSessions(slot)
    refused("every session is closed", PyKCS11.CKR_SESSION_HANDLE_INVALID, other.getSessionInfo)


def strict_value(session, key):
    """The binding shows what may not be seen as None; the code behind it is what is wanted."""
    if session.getAttributeValue(key, [PyKCS11.CKA_VALUE]) == [None]:
        raise PyKCS11Error(PyKCS11.CKR_ATTRIBUTE_SENSITIVE)


def main():
    with tempfile.TemporaryDirectory(prefix="conclave-apps.") as folder:
        os.environ["CONCLAVE_STORE"] = f"sqlite:{folder}/store"
        make_token(folder)
        lib = PyKCS11Lib()
        lib.load(MODULE)
        slot = lib.getSlotList(tokenPresent=True)[0]
        check("the token", lib.getTokenInfo(slot).label.strip() == "test-python")
        check_states(lib, slot)
        check_keys(lib, slot)
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
