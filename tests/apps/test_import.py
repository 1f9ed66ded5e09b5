#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`conclave import softhsm`: tokens in the form of SoftHSMv2, made here byte by byte, and what must not be taken.

Knows the form from doc/migrating.md; each check prints one line of TAP. test_import_softhsm.py has SoftHSM itself.
"""
import hashlib
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

TOOL = os.environ["CONCLAVE_TOOL"]
PIN, SO_PIN = b"1234", b"5678ABCD"
BOOL, ULONG, BYTES, MAP, ULONGS = 1, 2, 3, 4, 5
CLASS, TOKEN, PRIVATE, LABEL, VALUE, KEY_TYPE, ID = 0x0, 0x1, 0x2, 0x3, 0x11, 0x100, 0x102
SIGN, LOCAL, MECHANISM, UNWRAP_TEMPLATE, ALLOWED, START_DATE = 0x108, 0x163, 0x166, 0x40000212, 0x40000600, 0x110
OS_LABEL, OS_SERIAL, OS_FLAGS, OS_SO_PIN, OS_USER_PIN = range(0x80005349, 0x8000534E)
USER_PIN_LOCKED = 0x00040000
MASTER = bytes(range(32))
results = []


def check(name, good, output=""):
    results.append(bool(good))
    if not good:
        print("".join(f"# {line}\n" for line in output.splitlines()), end="")
    print(f"{'ok' if good else 'not ok'} {len(results)} - {name}")


# --- the form ---------------------------------------------------------------------------------------------------------


def encrypt(key, plain):
    iv = os.urandom(16)
    done = subprocess.run(["openssl", "enc", "-aes-256-cbc", "-K", key.hex(), "-iv", iv.hex()], input=plain, check=True, capture_output=True)
    return iv + done.stdout


def blob(pin):
    salt = os.urandom(8)
    key = salt + pin
    for _ in range(1500 + salt[7]):
        key = hashlib.sha256(key).digest()
    return salt + encrypt(key, b"RJR" + MASTER)


def item(kind, form, value):
    head = struct.pack(">QQ", kind, form)
    if form == BOOL:
        return head + (b"\xff" if value else b"\0")
    if form == ULONG:
        return head + struct.pack(">Q", value)
    if form == ULONGS:
        return head + struct.pack(f">Q{len(value)}Q", len(value), *value)
    if form == MAP:
        value = b"".join(item(*one) for one in value)
    return head + struct.pack(">Q", len(value)) + value


def image(items):
    return struct.pack(">Q", 7) + b"".join(item(*one) for one in items)


def about(label=b"test-made".ljust(32), serial=b"0123456789abcdef", flags=0x42D, user=PIN):
    items = [(OS_LABEL, BYTES, label), (OS_SERIAL, BYTES, serial), (OS_FLAGS, ULONG, flags), (OS_SO_PIN, BYTES, blob(SO_PIN))]
    return items + ([(OS_USER_PIN, BYTES, blob(user))] if user else [])


def secret_key(label, private=True, extra=()):
    seal = (lambda value: encrypt(MASTER, value)) if private else (lambda value: value)
    return [(CLASS, ULONG, 4), (TOKEN, BOOL, True), (PRIVATE, BOOL, private), (LABEL, BYTES, seal(label)), (VALUE, BYTES, seal(b"k" * 16)),
            (KEY_TYPE, ULONG, 0x1F), (ID, BYTES, seal(b"\x01")), (SIGN, BOOL, True), *extra]


def write_token(folder, token, objects):
    folder.mkdir(parents=True)
    (folder / "token.object").write_bytes(image(token))
    for name, items in objects.items():
        (folder / f"{name}.object").write_bytes(items if isinstance(items, bytes) else image(items))
    return folder


# --- the same in a database: words of the machine, of 4 or 8 bytes, the lowest first -----------------------------------


def words(numbers, size):
    return b"".join(number.to_bytes(size, "little") for number in numbers)


def parts(items, size):
    encoded = b""
    for kind, form, value in items:
        encoded += words([kind], size) + struct.pack("<I", form)
        if form == BOOL:
            encoded += bytes([value])
        elif form == ULONG:
            encoded += words([value], size)
        else:
            raw = words(value, size) if form == ULONGS else value
            encoded += words([len(raw)], size) + raw
    return encoded


TABLES = {BOOL: "boolean", ULONG: "integer", BYTES: "binary", MAP: "array", ULONGS: "binary"}


def write_database(folder, token, objects, size=8):
    folder.mkdir(parents=True)
    path = folder / "sqlite3.db"
    with sqlite3.connect(path) as db:
        db.execute("create table object (id integer primary key autoincrement)")
        for table in ("text", "integer", "binary", "array", "boolean", "datetime", "real"):
            db.execute(f"create table attribute_{table} (value, type integer, object_id integer references object(id), id integer primary key)")
        for number, items in enumerate([token, *objects], 1):
            db.execute("insert into object (id) values (?)", (number,))
            for kind, form, value in items:
                value = parts(value, size) if form == MAP else words(value, size) if form == ULONGS else value
                db.execute(f"insert into attribute_{TABLES[form]} (value, type, object_id) values (?, ?, ?)", (value, kind, number))
    db.close()
    return folder


# --- runs -------------------------------------------------------------------------------------------------------------


class World:
    """A scratch folder with PIN files; each import goes into a store of its own unless told."""

    def __init__(self, top):
        self.top, self.stores = Path(top), 0
        for name, pin in (("pin", PIN), ("so", SO_PIN), ("wrong", b"9999"), ("other-so", b"another so")):
            (self.top / name).write_bytes(pin + b"\n")

    def run(self, *words, store=None):
        environment = {**os.environ, "CONCLAVE_TEST_TOKENS": "1", "CONCLAVE_LOG": "info:stderr"}
        environment["CONCLAVE_STORE"] = f"sqlite:{store or self.store()}"
        done = subprocess.run([TOOL, *words], env=environment, cwd=self.top, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def store(self):
        self.stores += 1
        return self.top / f"store{self.stores}"

    def take(self, folder, *options, pin="pin", so="so", store=None):
        user = ["--pin-file", pin] if pin else ["--no-user"]
        return self.run("import", "softhsm", str(folder), "--so-pin-file", so, *user, *options, store=store)

    def refused(self, name, folder, status, words, **options):
        store = self.store()
        code, output = self.take(folder, store=store, **options)
        check(name, code == status and words in output, f"{code}\n{output}")
        check(f"{name}: nothing is made", "test-made" not in self.run("slots", store=store)[1])


def forms(world):
    template = [(CLASS, ULONG, 4), (SIGN, BOOL, True), (ID, BYTES, b"\x05")]
    extra = [(LOCAL, BOOL, False), (MECHANISM, ULONG, 0xFFFFFFFF), (ALLOWED, ULONGS, [0x251, 0x1087]), (UNWRAP_TEMPLATE, MAP, template),
             (START_DATE, BYTES, b"20260101"), (0x80001234, BYTES, b"?"), (0x107, ULONG, 1)]
    folder = write_token(world.top / "forms/token", about(), {"a": secret_key(b"sealed", True, extra), "b": secret_key(b"open", False)})
    store = world.store()
    code, output = world.take(folder, store=store)
    check("a token comes over", code == 0 and "imported: token 'test-made', serial number 0123456789abcdef, slot 0, 2 objects" in output, output)
    taken = next(line for line in output.splitlines() if line.startswith("  taken:"))
    check("with mechanisms, a template, a date, and a number of 32 bits that is not known",
          all(f"CKA_{name}" in taken for name in ("ALLOWED_MECHANISMS", "UNWRAP_TEMPLATE", "START_DATE", "VALUE", "LABEL")), output)
    check("an unknown attribute is told and left out", "CKA_0x80001234 (the standard has no such attribute)" in output, output)
    check("and one of a strange form", "CKA_UNWRAP (its value has not the form" in output, output)
    check("the SO PIN is the same", "its SO PIN is that of SoftHSM" in output, output)
    code, output = world.run("verify", "--token", "test-made", "--pin-file", "pin", store=store)
    check("all is authentic, and opened by the PIN", "2 objects authentic, 0 damaged, 0 missing" in output, output)
    code, output = world.take(folder, store=store)
    check("not twice", code == 1 and "is in the store already" in output, output)
    code, output = world.run("import", "softhsm", "forms", "--list")
    check("--list takes nothing", code == 0 and "softhsm: token 'test-made', serial number 0123456789abcdef, 2 objects" in output, output)


def pins(world):
    folder = write_token(world.top / "pins", about(), {"a": secret_key(b"sealed"), "b": secret_key(b"open", False)})
    world.refused("a wrong PIN", folder, 4, "the user PIN is not the one in SoftHSM", pin="wrong")
    code, output = world.take(folder, so="other-so")
    check("another SO PIN", code == 0 and "its SO PIN is another than in SoftHSM" in output and "2 objects" in output, output)
    code, output = world.take(folder, pin=None, so="other-so")
    check("no PIN opens: public objects only, as is told", code == 0 and "1 private objects are left out" in output and ", 1 objects" in output,
          output)
    store = world.store()
    code, output = world.take(folder, pin=None, store=store)
    check("the SO's own PIN opens, too", code == 0 and ", 2 objects" in output, output)
    code, output = world.run("pin", "init", "--so-pin-file", "so", "--new-pin-file", "pin", store=store)
    check("and then gives the user a PIN", code == 0, output)
    check("that sees them", "sealed" in world.run("objects", "--pin-file", "pin", store=store)[1])
    locked = write_token(world.top / "locked", about(flags=0x42D | USER_PIN_LOCKED), {"a": secret_key(b"sealed")})
    world.refused("a locked PIN", locked, 4, "the user PIN is locked in SoftHSM", so="other-so")
    check("with the SO's it comes over", world.take(locked)[0] == 0)
    world.refused("no user PIN there", write_token(world.top / "none", about(user=None), {}), 4, "there is no user PIN in SoftHSM")


def unsaid(world):
    """Neither CKA_TOKEN nor CKA_PRIVATE: a token object, and private."""
    silent = [one for one in secret_key(b"silent") if one[0] not in (TOKEN, PRIVATE)]
    wrong = [(TOKEN, BOOL, False) if one[0] == TOKEN else one for one in secret_key(b"fleeting", False)]
    store = world.store()
    code, output = world.take(write_token(world.top / "unsaid", about(), {"a": silent, "b": wrong}), store=store)
    check("objects that do not say where they are come, too", code == 0 and "changed: CKA_TOKEN" in output, output)
    shown = [world.run("objects", *login, store=store)[1] for login in ((), ("--pin-file", "pin"))]
    check("one of them is public", "fleeting" in shown[0] and "silent" not in shown[0], shown[0])
    check("and one is private", "silent" in shown[1], shown[1])


def names(world):
    folder = write_token(world.top / "names", about(label=b"test-m\xff\xfe", serial=b"short"), {})
    code, output = world.take(folder)
    check("names that cannot be had here are others, as is told", code == 0 and "token 'test-m??'" in output and "could not stay" in output, output)
    strange = write_token(world.top / "gost", about(), {"a": [(CLASS, ULONG, 3), (PRIVATE, BOOL, False), (KEY_TYPE, ULONG, 0x80000001)],
                                                        "b": secret_key(b"open", False)})
    code, output = world.take(strange)
    check("a key of a type that is not here is left out, and the exit status says so",
          code == 1 and "a.object: private: left out: CKR_ATTRIBUTE_VALUE_INVALID" in output and ", 1 objects" in output, output)


def damage(world):
    good = image(secret_key(b"sealed"))
    huge = good[:8] + struct.pack(">QQQ", VALUE, BYTES, 2**64 - 1)
    many = good[:8] + struct.pack(">QQQ", ALLOWED, ULONGS, 2**61 + 1)
    cases = {"cut short": good[:-1], "cut in a head": good[:20], "an absurd length": huge, "an absurd count": many, "an unknown form":
             good[:8] + struct.pack(">QQ", CLASS, 9), "empty": b"", "no class": image([(LABEL, BYTES, b"x")]), "not under the key":
             image([(CLASS, ULONG, 4), (VALUE, BYTES, b"v" * 32)])}
    for name, content in cases.items():
        folder = write_token(world.top / name, about(), {"bad": content, "good": secret_key(b"sealed")})
        world.refused(f"an object that is damaged: {name}", folder, 1, "bad.object is damaged")
    token = image(about())
    for name, content in {"cut": token[:-3], "without PINs": image(about()[:2]), "no form": b"x" * 40}.items():
        folder = write_token(world.top / f"token {name}", about(), {})
        (folder / "token.object").write_bytes(content)
        world.refused(f"a token file that is damaged: {name}", folder, 1, "token.object is damaged")
    folder = write_token(world.top / "fifo", about(), {})
    os.mkfifo(folder / "pipe.object")
    world.refused("a pipe instead of a file", folder, 1, "pipe.object is damaged")
    folder = write_token(world.top / "link", about(), {})
    (folder / "link.object").symlink_to("/dev/zero")
    world.refused("a link instead of a file", folder, 1, "link.object cannot be opened")


def database(world):
    template = [(CLASS, ULONG, 4), (SIGN, BOOL, True), (ID, BYTES, b"\x05"), (ALLOWED, ULONGS, [0x251])]
    for size, unknown in ((8, -1), (4, 0xFFFFFFFF)):
        extra = [(LOCAL, BOOL, False), (MECHANISM, ULONG, unknown), (ALLOWED, ULONGS, [0x251, 0x1087]), (UNWRAP_TEMPLATE, MAP, template)]
        folder = write_database(world.top / f"db{size}", about(), [secret_key(b"sealed", True, extra), secret_key(b"open", False)], size)
        before, store = snapshot(folder), world.store()
        code, output = world.take(folder, store=store)
        check(f"a database with words of {size} bytes", code == 0 and "object 2: secret 'sealed'" in output and ", 2 objects" in output, output)
        taken = next((line for line in output.splitlines() if line.startswith("  taken:")), "")
        check("with mechanisms, a template, and a number that is not known",
              all(f"CKA_{name}" in taken for name in ("ALLOWED_MECHANISMS", "UNWRAP_TEMPLATE", "KEY_GEN_MECHANISM", "VALUE")), output)
        check("it is as it was", snapshot(folder) == before)
        code, output = world.run("verify", "--token", "test-made", "--pin-file", "pin", store=store)
        check("all is authentic", "2 objects authentic, 0 damaged, 0 missing" in output, output)
    bad = write_database(world.top / "dbmap", about(), [secret_key(b"x", False, [(UNWRAP_TEMPLATE, MAP, template)])])
    with sqlite3.connect(bad / "sqlite3.db") as db:
        db.execute("update attribute_array set value = substr(value, 1, 30)")
    db.close()
    world.refused("a template that is cut short in a database", bad, 1, "sqlite3.db is damaged, or is no database of SoftHSM: object 2")
    content = (world.top / "db8/sqlite3.db").read_bytes()
    middle = len(content) // 2
    for name, value in {"text": b"no database at all", "cut": content[:middle], "noise": content[:4096] + os.urandom(len(content) - 4096)}.items():
        folder = write_token(world.top / f"database {name}", about(), {})
        (folder / "token.object").unlink()
        (folder / "sqlite3.db").write_bytes(value)
        world.refused(f"a database that is damaged: {name}", folder, 1, "sqlite3.db")
    view = world.top / "view"
    view.mkdir()
    with sqlite3.connect(view / "sqlite3.db") as db:
        db.execute("create view object as with recursive n(id) as (select 1 union all select id + 1 from n) select id from n")
        for table in ("integer", "binary", "array", "boolean"):
            db.execute(f"create view attribute_{table} as select id as object_id, 0 as type, 0 as value from object")
    db.close()
    world.refused("a database whose tables are none, and endless", view, 1, "sqlite3.db")


def command_line(world):
    for name, words, status in (("of another kind", ["nss", "."], 2), ("from nowhere", ["softhsm"], 2), ("from no folder", ["softhsm", "no"], 2),
                                ("from a folder without tokens", ["softhsm", "stores"], 3), ("from two places", ["softhsm", ".", "--config", "c"], 2)):
        (world.top / "stores").mkdir(exist_ok=True)
        code, output = world.run("import", *words)
        check(f"import {name}", code == status, f"{code}\n{output}")
    (world.top / "softhsm2.conf").write_text(f"# where\nlog.level = ERROR\ndirectories.tokendir = {world.top}/two\n", encoding="ascii")
    write_token(world.top / "two/a", about(label=b"test-one"), {})
    write_token(world.top / "two/b", about(label=b"test-two", serial=b"fedcba9876543210"), {})
    for path in (world.top / "two").rglob("*"):
        path.chmod(0o500 if path.is_dir() else 0o400)
    before = snapshot(world.top / "two")
    code, output = world.run("import", "softhsm", "--config", "softhsm2.conf", "--so-pin-file", "so", "--pin-file", "pin")
    check("all tokens of a configuration, from folders that cannot be written", code == 0 and "'test-one'" in output and "'test-two'" in output, output)
    check("which are as they were", before == snapshot(world.top / "two"))
    code, output = world.run("import", "softhsm", "two", "--token", "test-two", "--so-pin-file", "so", "--pin-file", "pin")
    check("one of them", code == 0 and "'test-one'" not in output and "'test-two'" in output, output)


def snapshot(folder):
    return [(str(path), path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None) for path in sorted(folder.rglob("*"))]


def main():
    if shutil.which("openssl") is None:
        print("1..0 # SKIP openssl is not installed (Debian: openssl)")
        return 77
    with tempfile.TemporaryDirectory(prefix="conclave-apps.") as folder:
        world = World(folder)
        for part in (forms, pins, unsaid, names, damage, database, command_line):
            part(world)
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
