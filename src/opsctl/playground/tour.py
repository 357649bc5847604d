"""The narrated tour: two people at work, every step a real `opsctl` command with its real output."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TextIO, TypeAlias

from opsctl.core.errors import ActionFailed
from opsctl.playground import relay
from opsctl.playground.folder import SICK, Playground

ALICE, BOB = "@alice", "@bob"
_QUIET, _STRONG, _END = "\033[2m", "\033[1m", "\033[0m"

_Ended: TypeAlias = "subprocess.Popen[str] | subprocess.CompletedProcess[str]"


class Tour:
    """Says what happens and lets it happen."""

    def __init__(self, playground: Playground, out: TextIO, *, is_coloured: bool) -> None:
        self._playground = playground
        self._out = out
        self._is_coloured = is_coloured
        self._environment = {**os.environ, "OPSCTL_CONFIG": str(playground.config)}

    def play(self) -> None:
        """The whole tour. Raises ActionFailed where a step does not end as it should."""
        self.say("Deploy to staging: nobody has to agree, everybody will see it.")
        self.step(ALICE, "deploy", "order-service", "v2.4.1", "staging")
        self.say("What runs where?")
        self.step(ALICE, "status", "order-service")
        self.say("What did it write?")
        self.step(ALICE, "logs", "order-service", "--last", "5m", "--environment", "staging", "--limit", "5")
        self.say("A command that this site brings itself, under the same rules, in the same record.")
        self.step(ALICE, "flush-cache", "order-service", "staging")
        self.say("Production needs the lead of the team. Alice asks and waits; Bob reacts in the room, on its page.")
        self.step_that_waits("deploy", "order-service", "v2.4.1", "production", is_answered_in_room=True)
        self.say("The room saw all of it, from the terminal too.")
        self.step(BOB, "room", "--channel", "deployments", "--limit", "2")
        self.say("More replicas need no approval, but in production you have to mean it (--yes, or type the name).")
        self.step(ALICE, "scale", "order-service", "3", "production", "--yes")
        self.say("Fewer replicas do need approval. Bob may give it in the terminal as well.")
        self.step_that_waits("scale", "order-service", "2", "production")
        self.say(f"{SICK} never becomes healthy. It never takes over either: what runs keeps running.")
        self.step(ALICE, "deploy", "order-service", SICK, "staging", exit_code=1)
        self.step(ALICE, "status", "order-service", "--environment", "staging")
        self.say("Rolling back is an emergency action: no approval, straight to the release before.")
        self.step(ALICE, "rollback", "order-service", "production", "--yes")
        self.say(
            "Something is wrong. Bob opens an incident in the room; it gets a channel, and the status page tells it."
        )
        self.say_in_room("#ops", 'incident create "Payment processing failures" --severity sev1', "Paged:")
        self.say_in_room("#ops", 'incident update "Root cause identified: Stripe API key expired"', "Status:")
        self.say_in_room("#ops", 'incident resolve "Stripe API key rotated, payments flowing"', "Postmortem")
        self.say("Who did what? It is all in the journal, and the journal proves that nobody changed it.")
        self.step(BOB, "audit", "--limit", "12")
        self.step(BOB, "audit", "verify")

    def open_room(self) -> None:
        """Start the relay, so that the room is open."""
        relay.start(self._playground, self._environment)

    def link(self, person: str) -> str:
        """A link that opens the room as that person, as `room open` prints it."""
        return self._quietly(person, "room", "open").strip()

    def prepare(self) -> None:
        """Publish the site and bring every service to life, as the people of the playground would."""
        if self._run(ALICE, "site", "show").returncode != 0:
            self._quietly(ALICE, "site", "publish", str(self._playground.site_file))
        with ThreadPoolExecutor(max_workers=3) as pool:
            list(pool.map(lambda place: self._first_deploy(*place), self._lifeless()))

    def revive(self) -> None:
        """Bring back what was stopped: any change puts the processes right, and this one changes nothing else."""
        rows = self._status()
        ill = [row for row in rows if row["problem"] and row["wanted"]]
        with ThreadPoolExecutor(max_workers=3) as pool:
            list(pool.map(self._scale_as_it_is, ill))

    def _scale_as_it_is(self, row: dict[str, Any]) -> None:
        self._quietly(ALICE, "scale", row["service"], str(row["wanted"]), row["environment"], "--yes")

    def _lifeless(self) -> list[tuple[str, str]]:
        return [(row["service"], row["environment"]) for row in self._status() if row["version"] is None]

    def _status(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self._quietly(ALICE, "status", "--output", "json"))["rows"]
        return rows

    def say(self, words: str) -> None:
        """A line of the narrator."""
        self._line("", f"\n{self._styled(_STRONG, words)}")

    def step(self, person: str, *words: str, exit_code: int = 0) -> None:
        """One command, as `person` types it."""
        label = self._prompt(person, words)
        process = self._start(person, words)
        self._stream(process, label)
        self._check(process, words, exit_code)

    def step_that_waits(self, *words: str, is_answered_in_room: bool = False) -> None:
        """A command of Alice's that Bob has to approve while it waits."""
        label = self._prompt(ALICE, words)
        process = self._start(ALICE, words)
        asked = self._until_asked(process, label)
        if is_answered_in_room:
            self._react(BOB, asked[1], "✅")
        else:
            self.step(BOB, "approvals")
            self.step(BOB, *asked)
        self._stream(process, label)
        self._check(process, words, 0)

    def _react(self, person: str, operation: str, emoji: str) -> None:
        seen = relay.react(self.link(person), operation, emoji)
        self._line(self._label(person), f"{emoji}  in the room, on: {seen}")

    def say_in_room(self, channel: str, line: str, answer: str) -> None:
        """A command that Bob types on the room's page, and what everybody sees there."""
        typed = self._styled(_STRONG, f"/{line}")
        self._line(self._label(BOB), f"{typed}  in the room")
        for told in relay.say(self.link(BOB), channel, f"/{line}", answer).splitlines():
            self._line(self._label("@room"), told)

    def _label(self, person: str) -> str:
        return self._styled(_QUIET, f"{person.removeprefix('@'):>5} │ ")

    def _prompt(self, person: str, words: Sequence[str]) -> str:
        typed = " ".join(("opsctl", *words, *(("--as", person) if person != ALICE else ())))
        label = self._label(person)
        self._line("", f"{label}{self._styled(_STRONG, '$ ' + typed)}")
        return label

    def _first_deploy(self, service: str, environment: str) -> None:
        versions = ("v2.3.9", "v2.4.0") if service == "order-service" and environment == "production" else ("v2.4.0",)
        for version in versions:
            words = ("deploy", service, version, environment)
            if environment != "production":
                self._quietly(ALICE, *words)
                continue
            process = self._start(ALICE, words)
            self._quietly(BOB, *self._until_asked(process))
            output, _ = process.communicate()
            self._check(process, words, 0, output)

    def _until_asked(self, process: "subprocess.Popen[str]", label: str = "") -> list[str]:
        """Draw what Alice sees until she is told what others approve with; returns the words of that command."""
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if label:
                self._line(label, line.rstrip("\n"))
            if "opsctl approve " in line:
                return line.partition("opsctl ")[2].split()
        process.wait()
        raise ActionFailed("A command that should wait for approval ended.", log_tail=tuple(seen))

    def _quietly(self, person: str, *words: str) -> str:
        done = self._run(person, *words)
        self._check(done, words, 0, done.stdout + done.stderr)
        return done.stdout

    def _run(self, person: str, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            _vector(person, words),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def _start(self, person: str, words: Sequence[str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            _vector(person, words),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _stream(self, process: "subprocess.Popen[str]", label: str) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._line(label, line.rstrip("\n"))
        process.wait()

    @staticmethod
    def _check(process: _Ended, words: Sequence[str], exit_code: int, output: str = "") -> None:
        if process.returncode != exit_code:
            raise ActionFailed(
                f"opsctl {' '.join(words)} ended with {process.returncode}, not {exit_code}.",
                means="The tour stops here; the playground stays.",
                log_tail=tuple(output.splitlines()[-20:]),
            )

    def _line(self, label: str, text: str) -> None:
        self._out.write(f"{label}{text}\n")
        self._out.flush()

    def _styled(self, style: str, text: str) -> str:
        return f"{style}{text}{_END}" if self._is_coloured else text


def _vector(person: str, words: Sequence[str]) -> list[str]:
    # Alice is whoever runs the playground; only the others are spoken for.
    as_person = () if person == ALICE else ("--as", person)
    return [sys.executable, "-m", "opsctl", *words, *as_person]
