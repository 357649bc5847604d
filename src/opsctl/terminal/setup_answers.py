"""What the commands that set opsctl up tell, as lines and tables."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote
from shutil import which
from typing import assert_never

from opsctl.core import setup_facts
from opsctl.core.canonical import JSON
from opsctl.core.masking import MASK
from opsctl.core.setup_facts import SetupFact
from opsctl.terminal.ink import Ink, Tone
from opsctl.terminal.text import clean, pad

_PART_COLUMNS = 11


def draw(answer: SetupFact, out: Ink, err: Ink) -> None:
    """Draw an answer: the facts on `out`, words about them on `err`."""
    match answer:
        case setup_facts.Checked():
            _checked(answer, out)
        case setup_facts.SettingsShown():
            _settings(answer, out)
        case setup_facts.SecretsListed():
            _secrets(answer, out, err)
        case setup_facts.SecretKept():
            out.line((Tone.GOOD, "✓ "), f"{answer.name} is in the keyring.")
            if answer.overridden_by:
                err.line((Tone.CARE, f"! {answer.overridden_by} is set, and wins over it. Unset it."))
        case setup_facts.SecretRemoved():
            out.line((Tone.GOOD, "✓ "), f"{answer.name} is removed from the keyring.")
        case setup_facts.SiteDifference():
            _difference(answer, out, err)
        case setup_facts.FileMade():
            out.line((Tone.GOOD, "✓ "), f"made {answer.path}")
        case setup_facts.SiteShown():
            _json(answer.site, out)
        case setup_facts.SlackManifest():
            _json(answer.manifest, out)
        case setup_facts.PlaygroundRuns():
            _how_to_go_on(answer, out)
        case setup_facts.PlaygroundStopped():
            out.line(f"Stopped the playground in {answer.folder}. Its folder stays; opsctl demo starts it again.")
        case setup_facts.VersionShown():
            out.line(f"opsctl {answer.version}")
        case setup_facts.Examined():
            _examined(answer, out)
        case _ as never:
            assert_never(never)


def _json(content: Mapping[str, JSON], out: Ink) -> None:
    for line in json.dumps(content, indent=2, ensure_ascii=False).split("\n"):
        out.write(f"{clean(line)}\n")


_MARKS = {
    setup_facts.Condition.WELL: (Tone.GOOD, "✓ "),
    setup_facts.Condition.CARE: (Tone.CARE, "! "),
    setup_facts.Condition.DOWN: (Tone.BAD, "✗ "),
}


def _examined(answer: setup_facts.Examined, out: Ink) -> None:
    out.line(_MARKS[answer.condition], pad(answer.part, _PART_COLUMNS), clean(answer.found))
    for line in filter(None, (answer.works, answer.do)):
        out.line("  ", pad("", _PART_COLUMNS), clean(line))


def _checked(answer: setup_facts.Checked, out: Ink) -> None:
    mark = (Tone.BAD, "✗ ") if answer.mistakes else (Tone.GOOD, "✓ ") if answer.where else (Tone.QUIET, "- ")
    note = f" ({answer.note})" if answer.where and answer.note else answer.note
    out.line(mark, pad(answer.part, _PART_COLUMNS), answer.where, (Tone.QUIET, note))
    for mistake in answer.mistakes:
        # The file stands above; a mistake on no line of it has no place to tell.
        place = f"{mistake.line}:{mistake.column}: " if mistake.line else ""
        out.line("  ", f"{place}{mistake.what}" if mistake.file == answer.where else str(mistake))


def _settings(answer: setup_facts.SettingsShown, out: Ink) -> None:
    out.line((Tone.QUIET, "Settings file: "), answer.file)
    rows = [(row.name, row.value, _origin(row.origin, answer.file)) for row in answer.rows]
    rows += [(f"secret {secret.name}", MASK, secret.origin) for secret in answer.secrets]
    out.table(("SETTING", "VALUE", "FROM"), rows)


def _origin(origin: str, file: str) -> str:
    """The file stands above already."""
    line = origin.removeprefix(f"{file}:")
    return origin if line == origin else f"line {line}"


def _secrets(answer: setup_facts.SecretsListed, out: Ink, err: Ink) -> None:
    if answer.rows:
        out.table(("SECRET", "FROM"), [(secret.name, secret.origin) for secret in answer.rows])
    else:
        err.line((Tone.QUIET, f"No secrets are kept for the site {answer.site}."))


def _difference(answer: setup_facts.SiteDifference, out: Ink, err: Ink) -> None:
    for fact in answer.facts:
        out.line(fact)
    if not answer.facts:
        err.line((Tone.QUIET, "Nothing would change."))


def _how_to_go_on(answer: setup_facts.PlaygroundRuns, out: Ink) -> None:
    out.line()
    out.line("The room, in a browser; each link works once, for two minutes (a new one: opsctl room open):")
    for person, link in answer.links:
        out.line(f"  {person}  {link}")
    out.line("Go on by hand:")
    for command in _own_path():
        out.line(f"  {command}")
    out.line(f"  export OPSCTL_CONFIG={quote(answer.config)}")
    out.line("  opsctl status")
    out.line("  opsctl deploy payment-service v2.4.1 production     # you are @alice; then, as the lead:")
    out.line("  opsctl approvals --as @bob")
    out.line("Stop it:")
    out.line(f"  opsctl demo stop --folder {quote(answer.folder)}")


def _own_path() -> Iterator[str]:
    """How to make `opsctl` mean this one, where the shell would not find it."""
    here = Path(sys.executable).parent
    found = which("opsctl")
    if not found or Path(found).resolve().parent != here:
        yield f"export PATH={quote(str(here))}:$PATH"
