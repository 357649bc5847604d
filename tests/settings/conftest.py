"""A person's machine in a folder: home, settings file, site file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from opsctl.core.errors import UsageError
from opsctl.core.published_site import PublishedSite
from opsctl.settings.site_file import read_site

KEYS = {"kind", "versions", "known_versions", "command", "health", "ports", "replicas"}
COMMANDS = ("deploy", "scale", "incident create", "site publish")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home")}


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "opsctl.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def site(tmp_path: Path) -> Callable[[str], PublishedSite]:
    """Reads a site file of that text; its deployers take what KEYS names."""

    def check(kind: str, settings: object, service: str, environment: str) -> None:
        assert isinstance(settings, dict)
        if kind != "local":
            raise UsageError(f"There is no deployer {kind!r}.", do="There is: local.")
        if settings.get("replicas", 1) < 0:
            raise UsageError(f"replicas of {service} in {environment} must not be negative.", do="Use 0 or more.")
        for key in settings.keys() - KEYS:
            raise UsageError(f"{key} is no setting of local.")

    def read(text: str) -> PublishedSite:
        path = tmp_path / "site.toml"
        path.write_text(text)
        return read_site(path, commands=COMMANDS, check=check)

    return read
