"""The file from which a shell completes the names of a site; it finds the file by a rule that it can follow itself.

The rule, in `names_file`, is the same in the scripts under terminal/completion/ and in docs/completion.md.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from opsctl.settings.cache import make_own_folder, own_content
from opsctl.settings.places import SYSTEM_CONFIG, cache_folder, user_config

FORMAT = 1
"""A new one where an old script could misread the lines."""

MOST_BYTES = 16 * 1024 * 1024
OTHER_SITES = ("OPSCTL_SITE", "OPSCTL_STORE_PATH", "OPSCTL_STORE_URL")
"""The variables that make settings mean another site or store."""


def names_file(environment: Mapping[str, str], config: str = "", system: Path = SYSTEM_CONFIG) -> Path:
    """Where the names are kept of the site that these settings mean, whether the file exists or not.

    Below the user's cache folder: "completion-1", then the path of the settings file as it was named (from the working
    folder as the shell calls it, where it is relative), then each variable of OTHER_SITES that is set; with "%" before
    every slash, so that no name of a folder is "..", or the name of a file as well.
    """
    whole = config or environment.get("OPSCTL_CONFIG") or _found(environment, system)
    if not whole.startswith("/"):
        whole = f"{_working_folder(environment)}/{whole}"  # as it is: a Path would tidy what the shell does not
    for variable in OTHER_SITES:
        if environment.get(variable):
            whole += f"/{variable}={environment[variable]}"
    return Path(f"{cache_folder(environment)}/completion-{FORMAT}{whole.replace('/', '%/')}")


def renew(file: Path, learn: Callable[[str], str]) -> None:
    """Write what `learn` makes of the file's text, where that is something else; what can't be written stays."""
    before = _text(file)
    after = learn(before)
    if after == before:
        return
    from opsctl.settings.text_file import replace_with  # loads tempfile

    try:
        make_own_folder(file.parent)
        replace_with(file, after.encode())
    except (OSError, ValueError):  # ValueError: characters that no file can have
        return


def _text(file: Path) -> str:
    try:
        return (own_content(file, MOST_BYTES) or b"").decode()
    except (OSError, ValueError):
        return ""


def _found(environment: Mapping[str, str], system: Path) -> str:
    own = user_config(environment)
    return str(own if os.path.lexists(own) else system)


def _working_folder(environment: Mapping[str, str]) -> str:
    """As `pwd` tells it: with the symbolic links by which the person came here."""
    named = environment.get("PWD", "")
    try:
        is_here = named.startswith("/") and os.path.samefile(named, ".")  # noqa: PTH121  # a Path would tidy it
    except OSError:
        is_here = False
    return named if is_here else os.getcwd()  # noqa: PTH109
