# What is run and what is typed. A step is text to type, or a new size; the next one comes when the program is quiet.

ESC = "\x1b"
UP, DOWN, RIGHT, LEFT = (f"{ESC}[{key}" for key in "ABCD")
PAGE_UP, PAGE_DOWN = f"{ESC}[5~", f"{ESC}[6~"
F3, F10 = f"{ESC}OR", f"{ESC}[21~"

STYLES = """'
for n in range(110): print(f"\\x1b[{n}m{n:4}\\x1b[0m", end="" if n % 10 else "\\n")
for n in range(256): print(f"\\x1b[48;5;{n}m \\x1b[38;5;{255-n}m{n:4}\\x1b[0m", end="" if n % 12 else "\\n")
for n in range(0, 256, 3): print(f"\\x1b[48;2;{n};{255-n};128m \\x1b[0m", end="")
for n in range(6): print(f"\\x1b[4:{n}m\\x1b[58;2;255;{n*40};0mcurly {n}\\x1b[0m", end=" ")
print("\\x1b]8;;https://example.org/a\\x1b\\\\link\\x1b]8;;\\x1b\\\\ \\x1b]8;id=x;https://example.org/b\\x07b1\\x1b]8;;\\x07 \\x1b]8;id=x;https://example.org/b\\x07b2\\x1b]8;;\\x07")
print("\\x1b(0lqqqqk\\x1b(B \\x0e\\x1b)0xxx\\x0f \\x1b#8\\x1b[5;5H\\x1b[1Jhere\\x1b[3;20r\\x1b[?6h\\x1b[2;2Horigin\\x1b[?6l\\x1b[r\\x1b[22;1H")
print("\\x1b]4;1;#ff8800\\x07\\x1b]10;#cccccc\\x07\\x1b]0;styles — ünïcode\\x07\\x1b[22;0t\\x1b]2;other\\x07\\x1b[23;0t\\x1b[?2004h\\x1b[?1002h\\x1b[?1006h\\x1b[5 q\\x1b[>1u")
'"""

PROGRESS = """'
import time
for n in range(101):
    bar = "█" * (n // 4) + "░" * (25 - n // 4)
    print(f"\\r\\x1b[K\\x1b[32m{bar}\\x1b[0m {n:3}% ⠋", end="", flush=True); time.sleep(0.004)
print()
for n in range(40):
    for row in range(4):
        bar = "#" * ((n * (row + 1)) % 41)
        print(f"\\x1b[2Kjob {row}: {bar}")
    print("\\x1b[4A", end="", flush=True); time.sleep(0.005)
print("\\x1b[4B\\x1b[?25h done")
'"""

SCENES = {
    "vim": {
        "run": "vim -N -u NONE --cmd 'syntax on | set nu mouse=a hlsearch ruler showcmd' code.py",
        "what": "edits, searches, splits, selects, completes",
        "steps": ["5GOdef more():\rreturn 1" + ESC, "/self\r", "nn", "VGy", "Gp", ":split hello.md\r", "jjjj", "wwwxxx", "iäöü 日本 👍🏽" + ESC, ":vsplit poem.txt\r", "G", "\x02\x02", ":set list cursorline\r", "\x17\x17", "u", "gg10dd", ":%s/e/E/g\r", ":qa!\r"],
    },
    "vim-unicode": {
        "run": "vim -N -u NONE --cmd 'set encoding=utf-8 nu' hello.md",
        "what": "moves through texts in many scripts",
        "steps": ["jjjjjjjj", "lllllll", "xxx", "0", "wwwww", "iक्षि" + ESC, "yyppp", "G", ":set nowrap\r", "50l", ":set rl\r", ":set norl\r", "dd", ":q!\r"],
    },
    "nvim": {
        "run": "nvim -u NONE -i NONE hello.md",
        "what": "edits, opens a terminal and a floating completion",
        "steps": ["jjjj", "ihello " + ESC, ":set termguicolors number cursorline\r", ":vsplit code.py\r", ":syntax on\r", "Gohe\x0e", ESC, ":help\r", PAGE_DOWN, "/quick\r", ":split | terminal echo in nvim; ls -l --color\r", ":qa!\r"],
    },
    "emacs": {
        "run": "emacs -nw -Q code.py",
        "what": "moves, splits, searches, opens the menu",
        "steps": ["\x0e\x0e\x0e", "\x05 # typed", "\x182", "\x18o", "\x13self", "\x13", "\r", "\x163", "\x18b*scratch*\r", "(message \"hi\")\n", f"{ESC}`", "\x07", "\x16", f"{ESC}>", f"{ESC}v", "\x18\x03n"],
    },
    "htop": {"run": "htop -d 3", "what": "sorts, shows the tree, opens the setup", "steps": [DOWN, DOWN, "t", "P", ESC + "OQ", DOWN, RIGHT, DOWN, "q", "I", "q"]},
    "top": {"run": "top -d 0.4", "what": "changes what it shows", "steps": ["1", "t", "m", "c", "z", "q"]},
    "less": {"run": "less -R -N poem.txt", "what": "pages, searches, goes to the end", "steps": [" ", " ", "/wizards\r", "n", "n", "G", "u", "b", "g", "-S\r", RIGHT, "&fox\r", "h", "q", "q"]},
    "man": {"run": "man bash", "what": "reads a manual", "steps": [" ", " ", "/BUILTIN\r", "n", "G", "b", "q"]},
    "mc": {"run": "mc -a", "what": "walks, views a file, opens menus and a dialog", "steps": [DOWN, DOWN, "\t", DOWN, DOWN, DOWN, F3, PAGE_DOWN, F10, ESC + "9", DOWN, DOWN, ESC + ESC, "ls\r", "\x0f", "\x0f", F10, "\r"]},
    "nano": {"run": "nano hello.md", "what": "edits, searches, opens the help", "steps": [DOWN, DOWN, "typed ünïcode 日本\r", "\x17hello\r", "\x07", PAGE_DOWN, "\x18", "\x0b\x0b\x15", "\x18", "n"]},
    "fzf": {"run": "bash --norc -c 'find . -type f | fzf --preview \"cat {}\" --multi'", "what": "filters, with a preview", "steps": ["f", "i", "l", UP, UP, "\t", "\x7f\x7f\x7f", "md", DOWN, "\r"]},
    "fzf-inline": {"run": "bash --norc -c 'seq 1000 | fzf --height 40% --reverse --border'", "what": "filters below the prompt", "steps": ["1", "2", DOWN, DOWN, UP, "\x7f", ESC]},
    "git-log": {"run": "git -C repo -c color.ui=always log -p --graph --stat", "what": "pages through a history", "steps": [" ", " ", " ", "/wizards\r", "n", "G", "b", "q"]},
    "git-diff": {"run": "bash --norc -c 'cd repo; git --no-pager -c color.ui=always diff; git status; git --no-pager log --oneline --graph --color'", "what": "prints without a pager", "steps": []},
    "tig": {"run": "bash --norc -c 'cd repo && tig'", "what": "walks through commits and their changes", "steps": [DOWN, DOWN, "\r", DOWN, PAGE_DOWN, "q", "h", "q", "t", DOWN, "\r", "q", "q"]},
    "ncdu": {"run": "ncdu --color dark /tmp/person", "what": "walks, shows graphs and information", "steps": [DOWN, "\r", LEFT, "g", "g", "i", "i", "?", "2", "q", "q"]},
    "dialog": {
        "run": "bash --norc -c 'dialog --title Menu --menu Choose 15 50 5 1 one 2 zwei 3 三; dialog --checklist Which 15 50 5 a A on b B off c C on; for n in 10 40 70 100; do echo $n; sleep 0.1; done | dialog --gauge Wait 8 50; dialog --yesno \"Sure? ünïcode\" 8 30; dialog --calendar Day 0 0 1 1 2024; dialog --textbox poem.txt 20 60'",
        "what": "a menu, a list, a gauge, a question, a calendar, a text",
        "steps": [DOWN, DOWN, "\r", DOWN, " ", "\r", "\t", "\r", RIGHT, DOWN, "\r", PAGE_DOWN, PAGE_DOWN, "\r"],
    },
    "python": {"run": "/usr/bin/python3 -q", "what": "types at the prompt", "steps": ["1+1\r", "for n in range(30): print(n, '*' * n)\r\r", "'ünïcode 日本 👩‍👩‍👧'\r", UP, LEFT + LEFT, "x\r", "1/0\r", "help(len)\r", "q", "\x04"]},
    "styles": {"run": f"/usr/bin/python3 -c {STYLES}", "what": "prints each style, colours, underlines, links, charsets, modes", "steps": []},
    "progress": {"run": f"/usr/bin/python3 -c {PROGRESS}", "what": "progress bars", "steps": []},
    "bash": {
        "run": "bash --norc",
        "what": "edits lines, completes, lists, clears",
        "steps": ["ls -la --color\r", "cat hello.md\r", "echo " + "wide 日本語 " * 12 + "\r", UP, LEFT * 20, "inserted", "\x01", "\x05", "\x17", "\r", "ca\t\t", "t po\t", "\r", "\x12echo", "\x07", "clear\r", "seq 100\r", "printf 'e\\u0301 \\U1F469\\u200d\\U1F467 \\u2764\\ufe0f\\n'\r", "\x0c", "exit\r"],
    },
    "zsh": {"run": "zsh -i", "what": "completes with a menu, edits over lines", "steps": ["ls \t\t", "\t", "\r", "echo ünïcode 日本\r", "for i in 1 2 3; do\r", "echo $i; done\r", UP, UP, "\x01x", "\x15", "false\r", "cat h\t\r", "\x0c", "exit\r"]},
    "fish": {"run": "fish --no-config", "what": "suggests, completes, edits", "steps": ["echo hello 日本\r", "ec", RIGHT, "\r", "ls \t", "\t", DOWN, "\r", "cat hello.md\r", "echo " + "long " * 60, "\x01", "\x05", "\r", "false\r", "exit\r"]},
    "tmux": {
        "run": "tmux -L homie-record -f /dev/null new-session 'bash --norc'",
        "what": "splits, zooms, copies, opens the list of windows",
        "steps": ["ls -l --color\r", "\x02%", "cat hello.md\r", "\x02\"", "seq 100\r", "\x02z", "\x02z", "\x02c", "\x02p", "\x02[", PAGE_UP, "q", "\x02w", "q", "\x02t", "q", "\x02:kill-server\r"],
    },
    "lynx": {"run": "lynx -nopause page.html", "what": "reads a page", "steps": [DOWN, " ", " ", "b", "/item\r", "h", "q", "y"]},
    "w3m": {"run": "w3m page.html", "what": "reads a page", "steps": ["\t", " ", " ", "b", "/item\r", "n", "H", "q", "y"]},
    "apt": {
        "run": "bash --norc -c 'apt-get -o Dpkg::Progress-Fancy=1 -o Dpkg::Use-Pty=0 install -y ./nothing.deb; apt-get -o Dpkg::Progress-Fancy=1 remove -y homie-nothing'",
        "what": "installs and removes a package with its progress bar",
        "steps": [""],
    },
    "flood": {"run": "bash --norc -c 'for n in $(seq 800); do echo \"$n $(printf \"%*s\" $((n % 90)) x)\"; done; cat poem.txt hello.md'", "what": "prints without end", "steps": []},
    "vim-resized": {"run": "vim -N -u NONE --cmd 'syntax on' code.py", "what": "is resized while it edits", "sizes": [(80, 24)], "steps": ["jjj", (100, 30), ":split hello.md\r", (60, 15), "ihello" + ESC, (80, 24), ":qa!\r"]},
    "bash-resized": {"run": "bash --norc", "what": "is resized while it prints", "sizes": [(80, 24)], "steps": ["cat hello.md\r", (120, 40), "seq 50\r", "echo " + "long line " * 15, (50, 20), "\r", (80, 24), "ls -l --color\r", "exit\r"]},
    "htop-resized": {"run": "htop -d 5", "what": "is resized", "sizes": [(80, 24)], "steps": [DOWN, (132, 43), DOWN, (40, 12), DOWN, (80, 24), "q"]},
    "tmux-resized": {"run": "tmux -L homie-record -f /dev/null new-session 'bash --norc'", "what": "is resized with two panes", "sizes": [(80, 24)], "steps": ["cat hello.md\r", "\x02%", "seq 60\r", (120, 40), "ls\r", (70, 18), "\x02:kill-server\r"]},
}
