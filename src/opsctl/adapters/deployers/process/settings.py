"""The settings of a process deployer: `[services.NAME.deployer]` with `kind = "process"` in the site file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

from opsctl.adapters.deployers.settings_values import Reader, a_folder, read, seconds, texts, told, url_path
from opsctl.core.errors import UsageError
from opsctl.core.nearest import did_you_mean
from opsctl.core.vector import placeholders

PLACES = ("service", "environment")
CAUSES = ("operation", "person")
_VECTOR = "a list of texts"
_LONGEST_CHANGE_SECONDS = 86_400


def _braces(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{{{name}}}`" for name in names)


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """Your own tool does it: a script, Ansible, Terraform, make. `docs/process.md` says what it must keep to.

    Each vector is a program and its arguments, run without a shell; what stands in braces is filled in and stays in its
    word. `deploy` and `state` must be given.
    """

    deploy: tuple[str, ...] = field(
        default=(),
        metadata=told(
            _VECTOR, f"Brings a version into service. May hold {_braces((*PLACES, *CAUSES, 'version'))}. Must be given."
        ),
    )
    state: tuple[str, ...] = field(
        default=(),
        metadata=told(
            _VECTOR,
            "Writes what is there now to standard output, as JSON (`docs/process-state.schema.json`). "
            f"May hold {_braces(PLACES)}. Must be given.",
        ),
    )
    rollback: tuple[str, ...] = field(
        default=(),
        metadata=told(
            _VECTOR,
            "Brings an earlier release back; by default `deploy` with its version. "
            f"May hold {_braces((*PLACES, *CAUSES, 'version', 'release'))}, the last one its number.",
        ),
    )
    scale: tuple[str, ...] = field(
        default=(),
        metadata=told(
            _VECTOR,
            f"Brings it to a number of replicas; without it, `scale` says that it can't. "
            f"May hold {_braces((*PLACES, *CAUSES, 'replicas'))}.",
        ),
    )
    list_versions: tuple[str, ...] = field(
        default=(),
        metadata=told(
            _VECTOR,
            "Writes the versions that can be deployed, one a line, newest first; without it, any is tried. "
            f"May hold {_braces(PLACES)}.",
        ),
    )
    folder: Path | None = field(
        default=None,
        metadata=told("text", "Where all of them run, and programs such as `./deploy` are; relative to the site file."),
    )
    health: str = field(
        default="/healthz", metadata=told("text", "The path that `status` asks of each endpoint that `state` tells.")
    )
    limit_seconds: float = field(
        default=1800.0, metadata=told("a number, up to 86400", "How long a change may take before it is ended.")
    )
    state_seconds: float = field(
        default=10.0, metadata=told("a number, up to 3600", "How long `state` and `list_versions` may take.")
    )
    healthy_seconds: float = field(
        default=60.0,
        metadata=told(
            "a number, up to 3600", "How long after a change `state` may take to show it in service and ready."
        ),
    )
    grace_seconds: float = field(
        default=10.0,
        metadata=told("a number, up to 3600", "How long a program that is ended may take, before it is killed."),
    )

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], *, service: str, environment: str) -> "ProcessSettings":
        """Read the settings. Raises UsageError for a wrong key or value, and says the nearest right one."""
        readers: dict[str, Reader] = {
            "deploy": _vector(*PLACES, *CAUSES, "version"),
            "state": _vector(*PLACES),
            "rollback": _vector(*PLACES, *CAUSES, "version", "release"),
            "scale": _vector(*PLACES, *CAUSES, "replicas"),
            "list_versions": _vector(*PLACES),
            "folder": a_folder,
            "health": url_path,
            "limit_seconds": partial(seconds, most=_LONGEST_CHANGE_SECONDS),
            "state_seconds": seconds,
            "healthy_seconds": seconds,
            "grace_seconds": seconds,
        }
        assert set(readers) == {one.name for one in fields(cls)}
        where = f"the process deployer of {service} in {environment}"
        settings = cls(**read(mapping, readers, where))
        _check_together(settings, where)
        return settings


def _vector(*known: str) -> Callable[[str, Any], tuple[str, ...]]:
    """A reader of an argument vector with placeholders of those names."""

    def reader(key: str, value: Any) -> tuple[str, ...]:
        vector = texts(key, value)
        for name in (name for word in vector for name in placeholders(word)):
            if name not in known:
                raise UsageError(f"{{{name}}} in {key} stands for nothing.", do=did_you_mean(name, known))
        return vector

    return reader


def _check_together(settings: ProcessSettings, where: str) -> None:
    for key in ("deploy", "state"):
        if not getattr(settings, key):
            raise UsageError(f"{where} has no {key}.", do=f'Give it {key} = ["PROGRAM", "ARGUMENT"].')
    if "{version}" not in " ".join(settings.deploy):
        raise UsageError(f"deploy of {where} says nothing about the version.", do="Put {version} where it belongs.")
    if settings.folder is None:
        for key in ("deploy", "state", "rollback", "scale", "list_versions"):
            program = next(iter(getattr(settings, key)), "")
            if "/" in program and not Path(program).is_absolute():
                raise UsageError(f"{key} runs {program}, and nothing says where that is.", do='Give folder = "FOLDER".')
