"""A store on a server: what may stand under [store], and what it becomes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from opsctl.settings.local import load
from opsctl.settings.mistakes import InvalidSettings

Write = Callable[[str], Path]

URL = "postgresql://opsctl@db.example.com/opsctl?sslmode=verify-full"


def test_a_store_is_a_database_where_it_has_a_url(config: Write, environment: dict[str, str]) -> None:
    path = config(f'site = "acme"\n[store]\nurl = "{URL}"\n')
    for _ in range(2):  # as it is validated, and as it is remembered
        settings = load(environment, path)
        assert settings.store == URL
        assert settings.folder == Path(environment["HOME"], ".local/state/opsctl/acme/local")
        assert settings.beside == settings.folder.parent


def test_the_environment_moves_the_store_from_a_file_to_a_server_and_back(
    config: Write, environment: dict[str, str]
) -> None:
    in_file = config('site = "acme"\n[store]\npath = "opsctl.db"\n')
    assert load(environment | {"OPSCTL_STORE_URL": URL}, in_file).store == URL
    on_server = config(f'site = "acme"\n[store]\nurl = "{URL}"\n')
    assert load(environment | {"OPSCTL_STORE_PATH": "/var/o.db"}, on_server).store == Path("/var/o.db")


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (f'path = "o.db"\nurl = "{URL}"', "a path and a url: keep one"),
        ('id = "st-1"', r"\[store\] path is missing"),
        ('url = "mysql://x/y"', "postgresql://USER@HOST/DATABASE"),
        ('url = "postgresql://me:hunter2@db/x"', "opsctl secrets set store-password"),
        ('url = "postgresql://me@db/x?password=hunter2"', "opsctl secrets set store-password"),
    ],
)
def test_what_is_no_place_for_a_store_is_told_and_no_password_with_it(
    config: Write, environment: dict[str, str], lines: str, what: str
) -> None:
    with pytest.raises(InvalidSettings, match=what) as raised:
        load(environment, config(f'site = "acme"\n[store]\n{lines}\n'))
    assert "hunter2" not in str(raised.value.mistakes)
