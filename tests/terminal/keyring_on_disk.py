"""A keyring for tests that keeps secrets in the file KEYRING_FILE; KEYRING_FAILS names an error that quotes them."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class Keyring(KeyringBackend):  # type: ignore[no-untyped-call]  # its metaclass has no types
    priority = 1.0  # type: ignore[assignment]  # as keyring's own documentation does it

    def get_password(self, service: str, username: str) -> str | None:
        found: str | None = self._kept().get(f"{service} {username}")
        return found

    def set_password(self, service: str, username: str, password: str) -> None:
        if "KEYRING_FAILS" in os.environ:
            kind = {"KeyError": KeyError, "RuntimeError": RuntimeError, "OSError": OSError}[os.environ["KEYRING_FAILS"]]
            raise kind(f"cannot keep {password!r} for {username}")
        self._file().write_text(json.dumps(self._kept() | {f"{service} {username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        kept = self._kept()
        del kept[f"{service} {username}"]
        self._file().write_text(json.dumps(kept))

    def _file(self) -> Path:
        return Path(os.environ["KEYRING_FILE"])

    def _kept(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self._file().read_text()) if self._file().exists() else {}
        return found
