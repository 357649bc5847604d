"""completions/: the completion scripts, for packages of distributions and for reading."""

from collections.abc import Callable
from functools import partial

from opsctl.terminal.completion.script import Shell, script

FILES: dict[str, Callable[[], str]] = {
    "completions/opsctl.bash": partial(script, Shell.BASH),
    "completions/_opsctl": partial(script, Shell.ZSH),
    "completions/opsctl.fish": partial(script, Shell.FISH),
}
