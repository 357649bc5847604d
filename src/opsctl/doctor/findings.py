"""How a finding is made: what was found, what works all the same, what to do next."""

from opsctl.core.errors import OpsctlError
from opsctl.core.setup_facts import Condition, Examined


def well(part: str, found: str) -> Examined:
    """Nothing is wrong with it."""
    return Examined(part, Condition.WELL, found)


def care(part: str, found: str, works: str = "", do: str = "") -> Examined:
    """It works, but a person should know something."""
    return Examined(part, Condition.CARE, found, works, do)


def down(part: str, found: str, works: str = "", do: str = "") -> Examined:
    """It does not work."""
    return Examined(part, Condition.DOWN, found, works, do)


def failed(part: str, error: OpsctlError, works: str = "") -> Examined:
    """It does not work, as an error says."""
    return down(part, error.happened, works or error.means, error.do)
