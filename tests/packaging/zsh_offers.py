#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# zsh_offers.py FOLDER LINE: types the line at a zsh on a terminal of its own, which has the completions
# of the folder, and prints what it lists, one a line.
import os
import pty
import re
import select
import sys
import time

folder, line = sys.argv[1:]
SETUP = f"""
PS1='> ' PS2= RPS1= LISTMAX=0
unsetopt zle_bracketed_paste prompt_sp prompt_cr
fpath=({folder} $fpath)
autoload -Uz compinit && compinit -D -u
zstyle ':completion:*' list-separator '|'
zstyle ':completion:*' verbose yes
print 're''ady'
"""

pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", COLUMNS="200", LINES="200")
    os.execvp("zsh", ["zsh", "-f", "-i"])


def read_until(pattern, limit):
    """What comes until the pattern is in it, or nothing for as long as the limit says."""
    text, end = "", time.monotonic() + limit
    while time.monotonic() < end and not re.search(pattern, text):
        if select.select([terminal], [], [], 0.05)[0]:
            text += os.read(terminal, 65536).decode(errors="replace")
    return text


os.write(terminal, SETUP.replace("\n", "\r").encode())
# Not before it prompts again: what is typed earlier, the terminal itself takes for the end of the input.
if "ready" not in read_until(r"\bready\b\s+> ", 60):
    sys.exit("zsh does not answer")
# Control-D lists at the end of a line, but not while more is being typed; then the line is thrown away.
os.write(terminal, line.encode() + b"\x04")
text = read_until(r"\n(.|\n)*\n(.|\n)*" + re.escape(line), 30)
os.write(terminal, b"\x15print 'do''ne'\r")
text += read_until(r"\bdone\b", 60)
os.write(terminal, b"exit\r")
os.close(terminal)
os.waitpid(pid, 0)
for offered in re.split(r"\r?\n|\r| {2,}", text):
    word = offered.split(" ")[0].rstrip("/=").strip()
    if word and "\x1b" not in word:
        print(word)
