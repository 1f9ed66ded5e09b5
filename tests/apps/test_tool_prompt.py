#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command `conclave` at a terminal: it asks for PINs, shows none of them, and asks before it destroys.

Knows pseudo-terminals; each check prints one line of TAP.
"""
import os
import pty
import re
import select
import sys
import tempfile
import time

TOOL = os.environ["CONCLAVE_TOOL"]
PATIENCE = 60  # seconds, for a slow machine
results = []


def check(name, good, seen=""):
    results.append(bool(good))
    if not good:
        print("# " + repr(seen))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {name}")


class Terminal:
    """One run of the tool with a terminal of its own; answers what is asked, in this order."""

    def __init__(self, *arguments):
        self.seen = ""
        self.child, self.fd = pty.fork()
        if self.child == 0:
            os.execv(TOOL, [TOOL, *arguments])

    def read(self):
        if not select.select([self.fd], [], [], PATIENCE)[0]:
            raise TimeoutError(self.seen)
        try:
            piece = os.read(self.fd, 4096)
        except OSError:
            piece = b""
        self.seen += piece.decode()
        return piece != b""

    def answer(self, question, text):
        deadline = time.monotonic() + PATIENCE
        start = len(self.seen)
        while not re.search(question, self.seen[start:]):
            if not self.read() or time.monotonic() > deadline:
                raise EOFError(self.seen)
        os.write(self.fd, text.encode() + b"\n")
        return self

    def finish(self):
        while self.read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


def check_init():
    run = Terminal("init", "--test", "--label", "test-prompt")
    run.answer("new SO PIN: ", "so-secret").answer("once more: ", "so-secret")
    run.answer("new user PIN: ", "user-secret").answer("once more: ", "user-secret")
    status = run.finish()
    check("init asks for both PINs, twice each", status == 0 and "test-prompt" in run.seen, run.seen)
    check("no PIN is shown", "secret" not in run.seen, run.seen)


def check_mismatch():
    run = Terminal("init", "--test", "--label", "test-other")
    run.answer("new SO PIN: ", "so-secret").answer("once more: ", "so-secrets")
    status = run.finish()
    check("two different PINs are refused", status == 4 and "not the same" in run.seen, run.seen)


def check_backup():
    path = os.path.join(os.path.dirname(os.environ["CONCLAVE_STORE"].split(":", 1)[1]), "backup")
    run = Terminal("backup", path)
    run.answer("new passphrase of the backup: ", "pass-secret").answer("once more: ", "pass-secret")
    check("backup asks for a passphrase twice", run.finish() == 0 and "is written" in run.seen, run.seen)
    check("a bar is painted on a terminal, and taken away", re.search(r"\rbackup \[[#.]+\] +\d+%", run.seen)
          and "\r\033[K" in run.seen, run.seen)
    check("the passphrase is not shown", "secret" not in run.seen, run.seen)
    run = Terminal("restore", "--list", path).answer("passphrase of the backup: ", "pass-secret")
    check("restore asks once", run.finish() == 0 and "token 'test-prompt'" in run.seen, run.seen)


def check_login():
    run = Terminal("generate", "aes:256", "--label", "key").answer("user PIN: ", "user-secret")
    check("generate asks once", run.finish() == 0 and "aes:256 key" in run.seen, run.seen)
    run = Terminal("objects", "--login").answer("user PIN: ", "wrong-secret")
    check("a wrong PIN", run.finish() == 4 and "CKR_PIN_INCORRECT" in run.seen, run.seen)
    run = Terminal("objects", "--login").answer("user PIN: ", "")
    check("an empty PIN", run.finish() == 4, run.seen)
    run = Terminal("objects", "--login").answer("user PIN: ", "p" * 300)
    check("a PIN too long", run.finish() == 2, run.seen)


def check_delete():
    run = Terminal("delete", "--label", "key").answer("user PIN: ", "user-secret").answer(r"for ever\? ", "n")
    check("no is no", run.finish() == 1 and "destroyed: " not in run.seen, run.seen)
    run = Terminal("delete", "--label", "key").answer("user PIN: ", "user-secret").answer(r"for ever\? ", "y")
    check("yes destroys", run.finish() == 0 and "destroyed: secret 'key'" in run.seen, run.seen)


def main():
    with tempfile.TemporaryDirectory(prefix="conclave-apps.") as folder:
        os.environ["CONCLAVE_STORE"] = f"sqlite:{folder}/store"
        check_init()
        check_mismatch()
        check_backup()
        check_login()
        check_delete()
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
