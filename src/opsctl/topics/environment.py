"""`help environment`: the environment variables that count, as the settings read them."""

from opsctl.core import usage
from opsctl.settings.local import OTHER_VARIABLES, VARIABLES


def page(start: str) -> str:  # noqa: ARG001  # they belong to the process, wherever it is spoken to
    """The page."""
    settings = [(variable, f"The setting {setting}; it wins over the file.") for setting, variable in VARIABLES.items()]
    others = [(variable, about.replace("`", "")) for variable, about in OTHER_VARIABLES.items()]
    others.append(("TZ", "The zone that times are read and shown in; without it the system's."))
    width = max(len(name) for name, _ in (*settings, *others))
    return "\n\n".join((usage.section("Settings", settings, width), usage.section("Other variables", others, width)))
