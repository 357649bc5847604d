"""What deployers refuse in the same words, whichever platform they speak to."""

from collections.abc import Collection

from opsctl.core.errors import ActionFailed, UsageError
from opsctl.core.nearest import did_you_mean


def never_deployed(service: str, environment: str) -> ActionFailed:
    """The error for scaling what was never deployed."""
    return ActionFailed(
        f"{service} was never deployed in {environment}.",
        means="Nothing was changed.",
        do=f"Deploy it first: opsctl deploy {service} VERSION {environment}",
        reason="not_deployed",
    )


def absurd_replicas(service: str, environment: str, replicas: int, choose: str) -> UsageError:
    """The error for a number of replicas that it can't have; `choose` is what it can."""
    return UsageError(
        f"{service} cannot have {replicas} replicas in {environment}.", means="Nothing was changed.", do=choose
    )


def unknown_version(service: str, version: str, known: Collection[str]) -> UsageError:
    """The error for a version that is not there; `known` are those that are."""
    return UsageError(
        f"There is no version {version} of {service}.",
        means="Nothing was changed.",
        do=did_you_mean(version, known),
        reason="unknown_version",
    )
