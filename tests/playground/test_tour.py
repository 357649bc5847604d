"""The tour, played whole as a newcomer plays it."""

import re
import subprocess
import sys
import time
from pathlib import Path

OPSCTL = [sys.executable, "-m", "opsctl"]
TOLD = (
    r"alice │ \$ opsctl deploy order-service v2\.4\.1 staging",
    r"  bob │ ✅  in the room, on: 🚀 Deploy order-service v2\.4\.1 to production   \(.+\)",
    r"alice │ ✓ Approved by @bob\.",
    r"alice │ ✗ op-\w+ failed after .+: deploy order-service v2\.5\.0 staging",
    r"alice │ ✓ op-\w+ succeeded.*: rollback order-service production",
    r" room │ 🚨 SEV-1 Incident Created: Payment processing failures",
    r" room │ Incident channel: #inc-\d{8}-payment \(inc-1\)",
    r" room │ Incident commander: @bob",
    r" room │ Status page updated: Investigating",
    r" room │ Paged: payments .+",
    r" room │ 📝 Update posted to status page",
    r" room │ Status: Identified .+",
    r" room │ ✅ Incident resolved after .+",
    r" room │ Status page: Resolved",
    r" room │ Postmortem scheduled for .+ 2 PM .+",
    r"  bob │ ✓ \d+ entries hold; head .+",
    r"  @alice  http://127\.0\.0\.1:\d+/room/#key=alice\..+",
)


def test_the_tour_shows_every_part_and_comes_to_its_end(tmp_path: Path) -> None:
    folder, began = str(tmp_path / "playground"), time.monotonic()
    try:
        toured = subprocess.run([*OPSCTL, "demo", "--folder", folder], capture_output=True, text=True, check=False)
    finally:
        subprocess.run([*OPSCTL, "demo", "stop", "--folder", folder], capture_output=True, check=False)
    assert toured.returncode == 0, toured.stdout + toured.stderr
    assert time.monotonic() - began < 120, "it takes half a minute, and some more where the machine is busy"
    lines = iter(toured.stdout.splitlines())
    for wanted in TOLD:
        assert any(re.fullmatch(wanted, line) for line in lines), f"not told in its place: {wanted}\n{toured.stdout}"
