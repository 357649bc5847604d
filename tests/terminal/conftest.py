"""A site of one's own for a line that is typed in a shell."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def site(tmp_path: Path) -> dict[str, str]:
    """The environment of a shell in which `opsctl` means a site that `init` made and that is published."""
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "OPSCTL_CONFIG": str(tmp_path / "opsctl.toml"),
    }
    opsctl = [sys.executable, "-m", "opsctl"]
    subprocess.run([*opsctl, "init", "--yes", "--folder", str(tmp_path)], env=environment, check=True)
    subprocess.run([*opsctl, "site", "publish", str(tmp_path / "site.toml")], env=environment, check=True)
    return environment
