"""The model of opsctl.toml: what may stand in it, and what its values become.

Loads pydantic-settings, which takes longer than most commands: import it only for a file that changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from opsctl.core.setup_facts import Mistake
from opsctl.settings import names
from opsctl.settings.chat_tables import ChatTable, SlackTable
from opsctl.settings.explain import explained
from opsctl.settings.local import RELAY_LISTEN, STORE_SECRET, VARIABLES, RelaySettings, Settings, SlackSettings
from opsctl.settings.mistakes import InvalidSettings
from opsctl.settings.places import home
from opsctl.settings.toml_file import TomlFile, parse


def _path(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise ValueError("a path must not be empty")
    return text


def _identifier(text: str) -> str:
    if not text.isascii() or not text.isprintable() or not 1 <= len(text) <= 100 or " " in text:
        raise ValueError("an id has at most 100 letters, digits and signs, without spaces")
    return text


Name = Annotated[str, AfterValidator(names.name)]
PathText = Annotated[str, AfterValidator(_path)]
Identifier = Annotated[str, AfterValidator(_identifier)]


def _database(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("a store's url is postgresql://USER@HOST/DATABASE")
    if parts.password or "password" in dict(parse_qsl(parts.query)):
        raise ValueError(f"a password does not belong in url: opsctl secrets set {STORE_SECRET}, or ~/.pgpass")
    return text


class StoreTable(BaseModel):
    """Where the site's store is: a file on this machine, or a database that several machines reach.

    With a `url`, TLS and all else is said in its options (`?sslmode=verify-full`), as libpq has them. The password is
    taken from `PGPASSWORD` or `~/.pgpass`, else it is the secret `store-password`. `opsctl store copy` moves a site
    from one to the other. A database needs `pipx inject opsctl 'psycopg[binary]'`.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    path: PathText | None = Field(
        default=None,
        description="The SQLite file; relative to the folder of this settings file.",
        examples=["opsctl.db"],
    )
    url: Annotated[str, AfterValidator(_database)] | None = Field(
        default=None, description="Instead of `path`: the PostgreSQL database, without a password."
    )
    id: Identifier | None = Field(
        default=None,
        description="The store's id; another store at that path is refused.",
        examples=["st-5d1c9a8f0b3e7264"],
    )

    @model_validator(mode="after")
    def _is_one_place(self) -> "StoreTable":
        if (self.path is None) == (self.url is None):
            raise ValueError(
                "[store] path is missing" if self.path is None else "[store] has a path and a url: keep one"
            )
        return self


class RuntimeTable(BaseModel):
    """Where processes that opsctl starts on this machine keep their things."""

    model_config = ConfigDict(extra="forbid", strict=True)

    folder: PathText | None = Field(
        default=None,
        description="Their folder; by default `local` beside the store's file, else in ~/.local/state/opsctl/SITE.",
        examples=["local"],
    )


def _listen(text: str) -> str:
    if text.startswith("unix:"):
        if not text.startswith(("unix:/", "unix:~/")):
            raise ValueError("a unix socket is unix: and a path that begins with / or ~/")
        return text
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal() and int(port) <= 65535):
        raise ValueError("where the relay listens is HOST:PORT, or unix:PATH")
    return text


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("an address is http:// or https:// and a host, without a path")
    return text.rstrip("/")


class RelayTable(BaseModel):
    """How the relay serves the room, the status page and what chat platforms send."""

    model_config = ConfigDict(extra="forbid", strict=True)

    listen: Annotated[str, AfterValidator(_listen)] = Field(
        default=RELAY_LISTEN, description="HOST:PORT, or unix:PATH.", examples=["127.0.0.1:8719"]
    )
    url: Annotated[str, AfterValidator(_url)] | None = Field(
        default=None,
        description="Where people's browsers reach it; by default where it listens.",
        examples=["https://ops.example.com"],
    )
    grace_seconds: Annotated[float, Field(ge=0, le=3600, strict=False)] = Field(
        default=30.0, description="How long a relay that stops lets running operations go on.", examples=[60]
    )


class LocalFile(BaseSettings):
    """opsctl.toml: which site and which store, and personal taste. It holds no rules and no secrets."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        extra="forbid",
        strict=True,
        env_prefix="OPSCTL_",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
    )

    site: Name = Field(description="The id of the site.", examples=["acme"])
    colour: Literal["auto", "always", "never"] = Field(
        default="auto", description="When to use colour.", examples=["never"]
    )
    output: Literal["text", "json"] = Field(default="text", description="What answers look like.", examples=["json"])
    store: StoreTable = Field(description="Where the site's store is.")
    runtime: RuntimeTable = Field(default_factory=RuntimeTable, description="Where local processes keep their things.")
    relay: RelayTable = Field(default_factory=RelayTable, description="How the relay serves.")
    chat: ChatTable = Field(default_factory=ChatTable, description="Where the team talks.")
    slack: SlackTable = Field(default_factory=SlackTable, description="How Slack is spoken to.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings fixes the signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed over: the process's own environment is read by nobody behind the caller's back."""
        return (init_settings,)


def validated(path: Path, content: bytes, environment: Mapping[str, str]) -> Settings:
    """The settings in that file and that environment. Raises InvalidSettings with everything that is wrong."""
    settings, mistakes = examined(path, content, environment)
    if mistakes or settings is None:
        raise InvalidSettings(mistakes)
    return settings


def examined(path: Path, content: bytes, environment: Mapping[str, str]) -> tuple[Settings | None, tuple[Mistake, ...]]:
    """The settings without what is wrong in them, None where too little is right; and everything that is wrong."""
    outside = _from_environment(environment)
    relative = tuple(_relative_paths(outside))
    try:
        file = parse(path, content)
    except InvalidSettings as error:
        # What is missing can't be told of a file that can't be read; what is wrong outside it can.
        file = TomlFile(path, "", {})
        return None, (*error.mistakes, *relative, *(one for one in _examined(file, outside)[1] if not one.line))
    model, mistakes = _examined(file, outside)
    settings = _settings(model, file, outside, home(environment)) if model and not relative else None
    return settings, (*relative, *mistakes)


def _examined(file: TomlFile, outside: Mapping[str, Any]) -> tuple[LocalFile | None, tuple[Mistake, ...]]:
    values = _merged(file.data, outside)
    try:
        return LocalFile(**values), ()
    except ValidationError as error:
        mistakes = tuple(_mistakes(error, file, outside))
        left = _without(values, (detail["loc"] for detail in error.errors()))
    try:
        return LocalFile(**left), mistakes
    except ValidationError:
        return None, mistakes


def _without(values: Mapping[str, Any], places: Iterable[tuple[str | int, ...]]) -> dict[str, Any]:
    """The values but for those at these places; what is wrong inside a list is the list."""
    left = {key: dict(value) if isinstance(value, dict) else value for key, value in values.items()}
    for first, *below in places:
        table = left.get(str(first))
        if below and isinstance(table, dict):
            table.pop(below[0], None)
        else:
            left.pop(str(first), None)
    return left


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    source = EnvSettingsSource(LocalFile)
    source.env_vars = {name.lower(): environment[name] for name in VARIABLES.values() if environment.get(name)}
    return source()


def _merged(file: Mapping[str, Any], outside: Mapping[str, Any]) -> dict[str, Any]:
    """Both, where the environment wins value by value; a store is in one place."""
    merged = dict(file)
    if isinstance(store := file.get("store"), dict) and {"path", "url"} & outside.get("store", {}).keys():
        merged["store"] = {key: value for key, value in store.items() if key not in ("path", "url")}
    for key, value in outside.items():
        below = merged.get(key)
        merged[key] = {**below, **value} if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _has(values: Mapping[str, Any], setting: str) -> bool:
    table, _, key = setting.rpartition(".")
    found = values.get(table, {}) if table else values
    return isinstance(found, Mapping) and key in found


def _mistakes(error: ValidationError, file: TomlFile, outside: Mapping[str, Any]) -> Iterator[Mistake]:
    for keys, what in explained(error, LocalFile):
        setting = ".".join(map(str, keys))
        if setting in VARIABLES and _has(outside, setting):
            yield Mistake(VARIABLES[setting], 0, 0, what)
        else:
            yield file.mistake(keys, "[store] path is missing" if what == "store is missing" else what)


def _relative_paths(outside: Mapping[str, Any]) -> Iterator[Mistake]:
    """A file's relative path is relative to that file; one in the environment would be relative to wherever one is."""
    for setting in ("store.path", "runtime.folder"):
        table, _, key = setting.partition(".")
        text = outside.get(table, {}).get(key, "/")
        if not text.startswith(("/", "~/")):
            yield Mistake(VARIABLES[setting], 0, 0, f"{text!r} must begin with / or ~/")


def _settings(model: LocalFile, file: TomlFile, outside: Mapping[str, Any], home_folder: Path) -> Settings:
    path, folder = model.store.path, model.runtime.folder
    store = _absolute(path, file.path.parent, home_folder) if path else str(model.store.url)
    beside = store.parent if isinstance(store, Path) else home_folder / ".local/state/opsctl" / model.site
    return Settings(
        file=file.path,
        site=model.site,
        store=store,
        store_id=model.store.id,
        folder=_absolute(folder, file.path.parent, home_folder) if folder else beside / "local",
        colour=model.colour,
        output=model.output,
        relay=_relay(model.relay, home_folder),
        chat=model.chat.kind,
        slack=SlackSettings(model.slack.url, model.slack.receive, model.slack.command, model.slack.prefix),
        origins={setting: _origin(setting, file, outside) for setting in VARIABLES},
    )


def _relay(table: RelayTable, home_folder: Path) -> RelaySettings:
    listen = table.listen.replace("unix:~", f"unix:{home_folder}", 1)
    host, _, port = listen.rpartition(":")
    # What listens everywhere is reached from here all the same.
    near = "127.0.0.1" if host in ("0.0.0.0", "[::]") or listen.startswith("unix:") else host  # noqa: S104
    url = table.url or f"http://{near}" + (f":{port}" if port.isdecimal() else "")
    return RelaySettings(listen, url, table.grace_seconds)


def _absolute(text: str, base: Path, home_folder: Path) -> Path:
    return home_folder / text[2:] if text.startswith("~/") else base / text


def _origin(setting: str, file: TomlFile, outside: Mapping[str, Any]) -> str:
    if _has(outside, setting):
        return VARIABLES[setting]
    if _has(file.data, setting):
        return f"{file.path}:{file.place(tuple(setting.split('.')))[0]}"
    return "default"
