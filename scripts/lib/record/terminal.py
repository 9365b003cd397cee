# A program on a terminal: types what the scene says whenever the program has become quiet, and keeps all that it prints.

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

QUIET = 0.35
LONGEST = 6.0
# What a program asks its terminal, and what a plain one says.
ANSWERS = [
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[>0?c"), b"\x1b[>0;276;0c"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[5n"), b"\x1b[0n"),
    (re.compile(rb"\x1b\]10;\?(\x07|\x1b\\)"), b"\x1b]10;rgb:dddd/dddd/dddd\x1b\\"),
    (re.compile(rb"\x1b\]11;\?(\x07|\x1b\\)"), b"\x1b]11;rgb:1111/1111/1111\x1b\\"),
]


class Recording:
    def __init__(self):
        self.output = bytearray()
        self.resizes = []


class Terminal:
    def __init__(self, command, home, cols, rows):
        self.recording = Recording()
        self.ended = False
        environment = {
            "HOME": home,
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "SHELL": "/bin/bash",
            "USER": "person",
            "PS1": "$ ",
            "PAGER": "less",
        }
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(home)
            os.execve("/bin/bash", ["bash", "--norc", "-c", f"exec {command}"], environment)
        self.resize(cols, rows)

    def resize(self, cols, rows):
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def play(self, steps):
        self.listen()
        for step in steps:
            if self.ended:
                break
            if isinstance(step, tuple):
                self.recording.resizes.append((len(self.recording.output), *step))
                self.resize(*step)
            else:
                os.write(self.descriptor, step.encode())
            self.listen()
        self.close()
        return self.recording

    # Until the program is quiet, which a clock on the screen never lets it be.
    def listen(self):
        last = time.monotonic() + LONGEST
        while time.monotonic() < last and select.select([self.descriptor], [], [], QUIET)[0]:
            try:
                piece = os.read(self.descriptor, 65536)
            except OSError:
                piece = b""
            if not piece:
                self.ended = True
                return
            self.recording.output += piece
            self.answer(piece)

    def answer(self, piece):
        for asked, answer in ANSWERS:
            for _ in asked.findall(piece):
                os.write(self.descriptor, answer)

    def close(self):
        os.close(self.descriptor)
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
