"""Settings that were validated once, kept as JSON in the user's cache folder so that they need not be validated again.

The key covers all that the answer depends on, the content included: a changed file is never taken for the old one.
What is found is believed only where nobody else could have written it. A cache that can't be used is no error.
"""

import json
import os
import stat
from binascii import crc32
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FORMAT = 1
MOST_BYTES = 64 * 1024
VALIDATORS = ("chat_tables.py", "local.py", "local_file.py", "names.py", "places.py", "positions.py", "toml_file.py")


def key_of(path: Path, content: bytes, environment: Mapping[str, str]) -> str:
    """The key of an answer: file, content, environment, and the code that validates (its version, in effect).

    It is all of that and no hash of it: loading hashlib takes longer than reading the file.
    """
    code = [_stamp(Path(__file__).with_name(name)) for name in VALIDATORS]
    return repr((FORMAT, code, str(path), sorted(environment.items()), content))


def _stamp(file: Path) -> tuple[str, int, int, int]:
    """Changes with every other installation and every edit, without reading the file or asking for a version."""
    found = file.stat()
    return str(file), found.st_size, found.st_mtime_ns, found.st_ctime_ns


def recall(folder: Path, path: Path, key: str) -> Any:
    """What was remembered for that file under that key, else None."""
    try:
        content = own_content(_cache_file(folder, path))
        found = json.loads(content) if content else None
    except (OSError, ValueError, RecursionError):
        return None
    if isinstance(found, dict) and found.get("key") == key:
        return found.get("value")
    return None


def remember(folder: Path, path: Path, key: str, value: Any) -> None:
    """Remember it, in place of what was remembered for that file before; does nothing where it can't be written."""
    from opsctl.settings.text_file import replace_with

    content = json.dumps({"key": key, "value": value}).encode()
    try:
        make_own_folder(folder)
        replace_with(_cache_file(folder, path), content)
    except OSError:
        return


def _cache_file(folder: Path, path: Path) -> Path:
    # Two files may get the same name here: their keys differ, so that at worst each is validated anew.
    return folder / f"settings-{crc32(os.fsencode(path)):08x}.json"


def own_content(file: Path, most_bytes: int = MOST_BYTES) -> bytes | None:
    """The content of a file, None where anybody else owns it or can write it, or it is too long. Raises OSError."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        is_own = found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
        if not is_own or not stat.S_ISREG(found.st_mode) or found.st_size > most_bytes:
            return None
        return opened.read(most_bytes)


def make_own_folder(folder: Path) -> None:
    """Make the folder; raises PermissionError in somebody else's, so that root leaves nothing in a user's home."""
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if nearest.stat().st_uid != os.geteuid():
        raise PermissionError(nearest)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
