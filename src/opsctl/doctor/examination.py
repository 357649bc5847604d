"""The examination: part after part, each looked at whatever was found before it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from opsctl import wiring
from opsctl.commands.reading import read
from opsctl.core.context import Context, Interruption
from opsctl.core.errors import OpsctlError
from opsctl.core.setup_facts import Examined
from opsctl.core.store import Store
from opsctl.doctor import machine, record, relay
from opsctl.doctor.findings import failed, well
from opsctl.doctor.platforms import platforms
from opsctl.wiring import setting_up

if TYPE_CHECKING:
    from opsctl.settings.local import Settings

WITHOUT_STORE = "Nothing can be changed or recorded without it. What runs goes on."


def examine(environment: Mapping[str, str], config: str, as_handle: str = "") -> Iterator[Examined]:
    """Every part with how it is. Raises UsageError where the settings are missing or wrong."""
    settings = wiring.settings_of(environment, config)
    yield well("settings", str(settings.file))
    yield machine.keyring(setting_up.secrets_of(settings, environment))
    if isinstance(settings.store, Path):
        yield machine.disk(settings.beside)
    try:
        store = wiring.open_store(settings)
    except OpsctlError as error:
        yield failed("store", error, WITHOUT_STORE)
        return
    with closing(store):
        context = wiring.open_context(settings, store, read, Interruption(), environment=environment)
        chat = partial(_chat, store, context, settings, environment)
        yield from _of_store(store, chat, wiring.relay_address(settings), as_handle)
        try:
            yield from platforms(context)
        except OpsctlError as error:
            yield failed("site", error)


def _chat(store: Store, context: Context, settings: "Settings", environment: Mapping[str, str]) -> Examined:
    if context.platform is None:
        return relay.chat(store)
    from opsctl.doctor.slack import in_short  # loads what a room needs nothing of
    from opsctl.wiring.slack import slack_client

    return in_short(context, slack_client(settings, environment))


def _of_store(store: Store, chat: Callable[[], Examined], address: str, as_handle: str) -> Iterator[Examined]:
    looks: tuple[tuple[str, Callable[[], Examined]], ...] = (
        ("store", lambda: record.store(store)),
        ("journal", lambda: record.journal(store)),
        ("operations", lambda: record.operations(store)),
        ("clock", lambda: machine.clock(store)),
        ("chat", chat),
        ("outbox", lambda: record.outbox(store)),
        ("incidents", lambda: record.incidents(store)),
        ("relay", lambda: relay.relay(store, address, as_handle)),
    )
    for part, look in looks:
        try:
            yield look()
        except OpsctlError as error:
            yield failed(part, error)
