"""A site to measure in."""

import os
import subprocess
import sys
from pathlib import Path


def make_site(place: Path) -> dict[str, str]:
    """Make a site with a published service; returns the environment variables that lead to it, and to its caches."""
    # Without Python's own switches: they may forbid bytecode files, and then compiling is measured.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"XDG_CACHE_HOME": str(place / "cache"), "OPSCTL_CONFIG": str(place / "opsctl.toml")}
    opsctl = [sys.executable, "-m", "opsctl"]
    subprocess.run([*opsctl, "init", "--yes", "--folder", str(place)], env=environment, check=True, capture_output=True)
    publish = [*opsctl, "site", "publish", str(place / "site.toml")]
    subprocess.run(publish, env=environment, check=True, capture_output=True)
    return environment
