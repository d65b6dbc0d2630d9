"""Runs a program at a terminal and answers it: terminal.py STEPS PROGRAM [ARGUMENT …], with STEPS a JSON list of [text to wait for, keys]."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

LIMIT = 60
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()][0-9A-B]|\x1b[=>78]")


def plain(raw):
    return ESCAPES.sub("", raw.decode("utf-8", "replace"))


def more(terminal):
    """What has been printed since; None at the end."""
    if not select.select([terminal], [], [], LIMIT)[0]:
        return None
    try:
        return os.read(terminal, 65536) or None
    except OSError:
        return None


def main():
    steps, command = json.loads(sys.argv[1]), sys.argv[2:]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 250, 0, 0))
    raw, answered = b"", 0
    for text, keys in steps:
        while text not in plain(raw[answered:]):
            new = more(terminal)
            if new is None:
                print(plain(raw))
                sys.exit(f"waited in vain for {text!r}")
            raw += new
        answered = len(raw)
        time.sleep(0.05)
        os.write(terminal, keys.encode())
    while (new := more(terminal)) is not None:
        raw += new
    print(plain(raw))
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


main()
