"""Files that a person edits: read with care, written whole or not at all."""

import os
import stat
from pathlib import Path

from opsctl.core.errors import UsageError

MOST_BYTES = 4 * 1024 * 1024


def read_bytes(path: Path) -> bytes:
    """The content of a regular file of at most 4 MiB. Raises UsageError, also for a folder or a pipe."""
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _unreadable(path, "it is not a regular file")
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, (error.strerror or "it can't be opened").lower()) from error
    if len(content) > MOST_BYTES:
        raise _unreadable(path, "it is larger than 4 MiB")
    return content


def write_new(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that is not there yet, whole or not at all; makes its folder.

    Raises UsageError where something is there already (it stays as it is) or it can't be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = written_beside(path, text.encode(), mode)
    except FileExistsError as error:
        raise _unwritable(path, "its folder is a file") from error
    except OSError as error:
        raise _unwritable(path, (error.strerror or "unknown reason").lower()) from error
    try:
        os.link(draft, path, follow_symlinks=False)  # unlike a rename, this refuses to replace what is there
    except FileExistsError as error:
        raise _unwritable(path, "it exists already", "Move it away first; it was left as it is.") from error
    except OSError as error:
        raise _unwritable(path, (error.strerror or "unknown reason").lower()) from error
    finally:
        draft.unlink()


def put(path: Path, text: str) -> None:
    """Write a file that everybody may read, whole or not at all; makes its folder. Raises UsageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_with(path.resolve(), text.encode(), 0o644)  # a link, as into a repository of settings, stays one
    except OSError as error:
        raise _unwritable(path, (error.strerror or "unknown reason").lower()) from error


def replace_with(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put the content in place of the file, whole or not at all. Raises OSError."""
    draft = written_beside(path, content, mode)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink()
        raise


def written_beside(path: Path, content: bytes, mode: int) -> Path:
    """A new file with that content in the same folder, under a name of its own. Raises OSError and leaves none."""
    import tempfile

    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)


def _unreadable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} can't be read: {why}.",
        means="Nothing was done.",
        do="Make it readable for you, or name another file.",
        reason="settings",
    )


def _unwritable(path: Path, why: str, do: str = "Choose a place that you can write to.") -> UsageError:
    return UsageError(f"{path} can't be written: {why}.", means="Nothing was written.", do=do, reason="settings")
