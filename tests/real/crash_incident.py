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


INCIDENT_STEPS = (
    Step("create", say('incident create "Payment processing failures" --severity sev1'), State.SUCCEEDED),
    Step("update", say('incident update "Root cause identified: Stripe API key expired"'), State.SUCCEEDED),
    Step("assign", say("incident assign @bob"), State.SUCCEEDED),
    Step("resolve", say('incident resolve "Stripe API key rotated, payments flowing"'), State.SUCCEEDED),
)
