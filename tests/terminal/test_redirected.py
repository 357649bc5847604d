"""What is left of a line whose output goes into a file: all that was asked for."""

import subprocess
import sys
from pathlib import Path


def typed(environment: dict[str, str], *words: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "opsctl", *words], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr


def test_the_story_of_an_operation_and_the_plan_of_a_dry_run_are_results(site: dict[str, str]) -> None:
    listed, _ = typed(site, "operations")
    operation = listed.splitlines()[1].split()[0]
    story, err = typed(site, "operations", operation)
    assert err == ""
    assert "would be published for the first time" in story
    assert "publishing" in story
    assert "succeeded" in story
    plan, err = typed(site, "deploy", "my-service", "v1", "staging", "--dry-run")
    assert err == ""
    assert "release   nothing → v1" in plan
    assert "nothing was changed" in plan


def test_what_happens_to_a_change_is_progress_and_how_it_ended_the_result(site: dict[str, str]) -> None:
    file = Path(site["OPSCTL_CONFIG"]).with_name("site.toml")
    file.write_text(file.read_text().replace('channel = "#', 'channel = "#other-'))
    out, err = typed(site, "site", "publish", str(file), "--yes")
    assert "succeeded" in out
    assert "would be announced in #other-" in err
    assert "would be announced" not in out
