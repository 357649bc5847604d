"""Real interactive shells on a pseudo-terminal: a line is typed, TAB is pressed, the shell tells what came of it."""

import fcntl
import os
import pty
import shlex
import shutil
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "completions"
TELL = "\x18\x10"  # Ctrl-X Ctrl-P, bound below: tell what stands on the line

BASH = """\
PS1='> '
bind 'set completion-query-items 0' 'set page-completions off' 'set bell-style none'
source {scripts}/opsctl.bash
spied() {{ __opsctl "$@"; printf '%s\\0' "${{COMPREPLY[@]}}" >{out}/choices; }}
complete -o nosort -F spied opsctl
tell() {{ printf %s "$READLINE_LINE" >{out}/line; : >{out}/told; }}
bind -x '"\\C-x\\C-p": tell'
opsctl() {{ printf '%s\\0' "$@" >{out}/words; }}
PATH={nowhere}
: >{out}/told
"""

ZSH = """\
PS1='> '
fpath=({scripts} $fpath)
autoload -Uz compinit && compinit -u -d {out}/dump
compadd() {{
  if (( ! ${{@[(I)-[OAD]]}} )); then
    local -a hits
    builtin compadd -O hits "$@"
  fi
  (( ! $#hits )) || print -rNn -- "${{hits[@]}}" '' >>{out}/choices
  local at=${{@[(I)-d]}}
  (( ! at )) || print -rNn -- "${{(P@)@[at+1]}}" '' >>{out}/shown
  builtin compadd "$@"
}}
tell() {{ print -rn -- "$BUFFER" >{out}/line; : >{out}/told; }}
zle -N tell
bindkey -e
bindkey '^X^P' tell
LISTMAX=10000
opsctl() {{ printf '%s\\0' "$@" >{out}/words; }}
PATH={nowhere}
: >{out}/told
"""

FISH = """\
source {scripts}/opsctl.fish
function fish_prompt; end
function tell; commandline >{out}/line; echo >{out}/told; end
bind \\cx\\cp tell
function opsctl; printf '%s\\0' $argv >{out}/words; end
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
set -gx PATH {nowhere}
echo >{out}/told
"""


@dataclass
class Shell:
    """One running shell. `environment` is what it starts with; `folder` is its own, to work in."""

    name: str
    folder: Path
    environment: Mapping[str, str]
    wrapper: tuple[str, ...] = ()
    _heard: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        if shutil.which(self.name) is None:
            pytest.skip(f"needs {self.name}")
        for place in ("out", "nowhere", "home"):
            (self.folder / place).mkdir(parents=True, exist_ok=True)
        self._out("told").unlink(missing_ok=True)  # by a shell that was here before
        self._keys, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *self.wrapper, *self._vector()],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=self.folder,
            env={"TERM": "xterm", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], **self._own(), **self.environment},
        )
        os.close(terminal)
        self._drained = threading.Thread(target=self._drain, daemon=True)
        self._drained.start()
        self._wait()

    def complete(self, line: str, tabs: int = 1) -> str:
        """What stands on the line after TAB."""
        self._tell(line + "\t" * tabs)
        os.write(self._keys, b"\x05\x15")  # to the end, and away with it
        return self._out("line").read_text().rstrip("\n")

    def offers(self, line: str, tabs: int = 1) -> list[str]:
        """What the shell is offered for the word before the cursor, in that order."""
        if self.name == "fish":
            return [one.partition("\t")[0] for one in self._fish_offers(line)]
        self.complete(line, tabs)
        return self._told("choices")

    def describes(self, line: str) -> list[str]:
        """What the shell shows for it, with descriptions."""
        if self.name == "fish":
            return self._fish_offers(line)
        if self.name == "bash":
            return self.offers(line, tabs=3)  # the first may add what all have in common, the second may ring the bell
        self.complete(line)
        return self._told("shown")

    def means(self, line: str) -> list[str]:
        """The words that a command is given which stands on the line after TAB."""
        self._tell(f"{line}\t\n")
        return self._told("words")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._drained.join(60)
        assert not self._drained.is_alive(), "something still holds the terminal open"
        os.close(self._keys)  # not before nobody reads it: its number may be another file's at once

    @property
    def heard(self) -> str:
        """All that it has written to its terminal."""
        return self._heard.decode(errors="replace")

    def _vector(self) -> list[str]:
        texts = {"bash": BASH, "zsh": ZSH, "fish": FISH}
        places = {"scripts": SCRIPTS, "out": self.folder / "out", "nowhere": self.folder / "nowhere"}
        text = texts[self.name].format(**{name: shlex.quote(str(place)) for name, place in places.items()})
        rc = self.folder / ".zshrc" if self.name == "zsh" else self.folder / "rc"
        rc.write_text(text)
        vectors = {
            "bash": ["bash", "--noprofile", "--rcfile", str(rc), "-i"],
            "zsh": ["zsh", "-i"],
            "fish": ["fish", "--no-config", "--interactive", "--init-command", f"source {rc}"],
        }
        return vectors[self.name]

    def _own(self) -> dict[str, str]:
        return {"HOME": str(self.folder / "home"), "ZDOTDIR": str(self.folder), "PWD": str(self.folder)}

    def _tell(self, keys: str) -> None:
        for told in ("told", "line", "choices", "shown", "words"):
            self._out(told).unlink(missing_ok=True)
        os.write(self._keys, (keys + TELL).encode())
        self._wait()

    def _fish_offers(self, line: str) -> list[str]:
        quoted = line.replace("\\", "\\\\").replace("'", "\\'")
        command = f" complete -C '{quoted}' >{self.folder}/out/choices; echo >{self.folder}/out/told\n"
        self._out("told").unlink(missing_ok=True)
        os.write(self._keys, command.encode())
        self._wait()
        return self._out("choices").read_text().splitlines()

    def _told(self, name: str) -> list[str]:
        file = self._out(name)
        return [one for one in file.read_text().split("\0") if one] if file.exists() else []

    def _out(self, name: str) -> Path:
        return self.folder / "out" / name

    def _wait(self) -> None:
        end = time.monotonic() + 20
        while not self._out("told").exists():
            assert time.monotonic() < end, self.heard[-3000:]
            time.sleep(0.005)

    def _drain(self) -> None:
        try:
            while piece := os.read(self._keys, 65536):
                self._heard += piece
        except OSError:
            return
