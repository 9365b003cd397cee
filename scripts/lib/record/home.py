# The home that the programs see: texts in many scripts, a repository with a history, a page, a package.

import contextlib
import os
import pathlib
import shutil
import subprocess

PLACE = pathlib.Path("/tmp/person")
WORDS = "the quick brown fox jumps over a lazy dog while seven wizards box quietly".split()
SCRIPTS = """# Hello in many scripts

| language | hello | note |
|---|---|---|
| Deutsch | Grüß Gott | äöü ß |
| 日本語 | こんにちは、世界 | 全角 ﾊﾝｶｸ |
| 한국어 | 안녕하세요 | 각 (jamo) |
| हिन्दी | नमस्ते दुनिया | क्षि |
| ไทย | สวัสดีชาวโลก | กำ |
| עברית | שָׁלוֹם | right to left |
| emoji | 👋🏽 👩‍👩‍👧‍👦 ❤️ 🇩🇪🇯🇵 ☎ | clusters |
| marks | e\u0301 n\u0303 a\u0308\u0304 Z̵̢̛ | combining |
| maths | ∑∫√ ≤≥ 𝒜𝓑 | |
"""


@contextlib.contextmanager
def home():
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(mode=0o755)
    (PLACE / "hello.md").write_text(SCRIPTS)
    (PLACE / "poem.txt").write_text("".join(line(number) for number in range(300)))
    (PLACE / "code.py").write_text(CODE)
    (PLACE / "page.html").write_text(PAGE)
    (PLACE / ".zshrc").write_text("PS1='%F{green}%~%f %# '\nRPS1='%F{blue}[%?]%f'\nautoload -Uz compinit; compinit -u\n")
    (PLACE / ".hushlogin").touch()
    for folder in ["src/deep/er", "docs", "build", "日本"]:
        (PLACE / folder).mkdir(parents=True)
        (PLACE / folder / "file.txt").write_text(line(len(folder)) * 40)
    repository(PLACE / "repo")
    package(PLACE / "package")
    try:
        yield str(PLACE)
    finally:
        shutil.rmtree(PLACE, ignore_errors=True)


def line(number):
    words = [WORDS[(number * 7 + at * 5) % len(WORDS)] for at in range(3 + number % 17)]
    return f"{number:3} {' '.join(words)}\n"


def repository(folder):
    folder.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(PLACE)}
    for role in ["AUTHOR", "COMMITTER"]:
        environment |= {f"GIT_{role}_NAME": "Ada Løvelace", f"GIT_{role}_EMAIL": "ada@example.org"}

    def git(*arguments, day=1):
        dates = {f"GIT_{role}_DATE": f"2024-01-{day:02} 12:00:00 +0000" for role in ["AUTHOR", "COMMITTER"]}
        subprocess.run(["git", *arguments], cwd=folder, env=environment | dates, check=True, capture_output=True)

    git("init", "--initial-branch=main")
    for day in range(1, 21):
        if day == 8:
            git("checkout", "-b", "side")
        if day == 12:
            git("checkout", "main")
        lines = [line(number + day * (number % 5 == 0)) for number in range(30 + day)]
        (folder / f"file{day % 4}.txt").write_text("".join(lines))
        (folder / "code.py").write_text(CODE.replace("40", str(day)))
        git("add", ".")
        git("commit", "-m", f"Change {WORDS[day % len(WORDS)]} — ünïcode №{day}", day=day)
        if day == 15:
            git("merge", "-X", "ours", "side", "-m", "Merge side", day=day)
    (folder / "file1.txt").write_text("changed\n" + SCRIPTS)


# A package of its own, so that nothing is fetched.
def package(folder):
    control = folder / "DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text("Package: homie-nothing\nVersion: 1\nArchitecture: all\nMaintainer: Ada <ada@example.org>\nDescription: nothing\n")
    script = folder / "DEBIAN/postinst"
    script.write_text("#!/bin/sh\nfor step in 1 2 3 4 5 6; do echo \"Step $step of nothing\"; sleep 0.1; done\n")
    script.chmod(0o755)
    subprocess.run(["dpkg-deb", "--build", str(folder), str(PLACE / "nothing.deb")], check=True, capture_output=True)


CODE = '''"""An example with a little of everything."""
import sys


class Counter:
    # Counts up to a limit.
    def __init__(self, limit: int = 40) -> None:
        self.limit = limit

    def run(self):
        for number in range(self.limit):
            print(f"{number:>4}: {'*' * (number % 20)}", file=sys.stderr)


if __name__ == "__main__":
    Counter().run()
'''

PAGE = """<html><head><title>A page — ünïcode</title></head><body><h1>A page</h1>
<p>With <b>bold</b>, <i>italic</i>, <a href="#end">a link</a> and 日本語 text.</p>
<table border=1><tr><th>one</th><th>two</th></tr><tr><td>1</td><td>zwei</td></tr></table>
<ul>""" + "".join(f"<li>item {number} {line(number)}</li>" for number in range(60)) + """</ul>
<form><input name=a value="text"><input type=submit></form><p id=end>The end.</p></body></html>"""
