"""Where settings, caches and indexes live, from the environment alone: never from the working folder.

Follows the XDG Base Directory specification: a relative path in its variables is ignored.
"""

from collections.abc import Mapping
from pathlib import Path

from opsctl.core.errors import UsageError

SYSTEM_CONFIG = Path("/etc/opsctl/opsctl.toml")


def find_config(environment: Mapping[str, str], config: Path | None = None, system: Path = SYSTEM_CONFIG) -> Path:
    """The settings file that counts: `config`, OPSCTL_CONFIG, the user's, then the system's; absolute.

    Raises UsageError where the named one, or any at all, is missing, and where it can't be found out.
    """
    named = (config, "--config") if config else (environment.get("OPSCTL_CONFIG"), "OPSCTL_CONFIG")
    if named[0]:
        return _named(Path(named[0]), named[1])
    candidates = (user_config(environment), system)
    for candidate in candidates:
        if _is_there(candidate):
            return candidate
    raise UsageError(
        f"There are no settings yet: neither {candidates[0]} nor {candidates[1]} exists.",
        means="Nothing was done.",
        do="Write them with `opsctl init`, or look around first with `opsctl demo`.",
        reason="no_settings",
    )


def _named(path: Path, origin: str) -> Path:
    if _is_there(path):
        return path.absolute()
    raise UsageError(
        f"There is no settings file {path} (from {origin}).",
        means="Nothing was done.",
        do=f"Correct {origin}, or write one with `opsctl init` or `opsctl demo`.",
        reason="no_settings",
    )


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        # A file that may be there must not be passed over for another one.
        raise UsageError(
            f"{path} can't be reached: {(error.strerror or 'unknown reason').lower()}.",
            means="Nothing was done.",
            do=f"Make its folder readable for you (see: ls -ld {path.parent}), or name another file with --config.",
            reason="settings",
        ) from error
    return True


def user_config(environment: Mapping[str, str]) -> Path:
    """The person's own settings file, whether it exists or not."""
    return _folder(environment, "XDG_CONFIG_HOME", ".config") / "opsctl.toml"


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Where things that can be made again are kept, whether it exists or not."""
    return _folder(environment, "XDG_CACHE_HOME", ".cache")


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where things that cannot be made again are kept, whether it exists or not."""
    return _folder(environment, "XDG_STATE_HOME", ".local/state")


def script_file(environment: Mapping[str, str], shell: str) -> Path:
    """Where a person's own completion script of opsctl belongs, whether it exists or not.

    Bash: README of bash-completion 2; fish: its documentation, "Where to put completions". Zsh names no such folder;
    this one follows the name of the system's.
    """
    data, config = (environment, "XDG_DATA_HOME", ".local/share"), (environment, "XDG_CONFIG_HOME", ".config")
    match shell:
        case "bash":
            named = environment.get("BASH_COMPLETION_USER_DIR", "").partition(":")[0]
            return (Path(named) if named.startswith("/") else _base(*data) / "bash-completion") / "completions/opsctl"
        case "fish":
            return _base(*config) / "fish/completions/opsctl.fish"
        case _:
            return _base(*data) / "zsh/site-functions/_opsctl"


def home(environment: Mapping[str, str]) -> Path:
    """The person's home folder: HOME, else what the operating system says."""
    named = environment.get("HOME", "")
    return Path(named) if named.startswith("/") else Path("~").expanduser()


def _folder(environment: Mapping[str, str], variable: str, otherwise: str) -> Path:
    return _base(environment, variable, otherwise) / "opsctl"


def _base(environment: Mapping[str, str], variable: str, otherwise: str) -> Path:
    named = environment.get(variable, "")
    return Path(named) if named.startswith("/") else home(environment) / otherwise
