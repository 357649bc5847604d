"""An incident, step by step; each step is what one terminal does: a word, and what goes out because of it."""

from collections.abc import Callable

from tests.core.payments import brought
from tests.core.team import Colleagues
from tests.real.crash_scenario import Step

from opsctl.core.operation import State


def say(line: str) -> Callable[[Colleagues], None]:
    def act(team: Colleagues) -> None:
        team.ask("@oncall", line)
        brought(team)

    return act


INCIDENT_LINES = {
    "create": 'incident create "Payment processing failures" --severity sev1',
    "update": 'incident update "Root cause identified: Stripe API key expired"',
    "assign": "incident assign @bob",
    "resolve": 'incident resolve "Stripe API key rotated, payments flowing"',
}
INCIDENT_STEPS = tuple(Step(name, say(line), State.SUCCEEDED) for name, line in INCIDENT_LINES.items())
