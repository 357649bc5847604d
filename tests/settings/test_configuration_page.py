"""docs/configuration.md: complete, and its examples work."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from opsctl.adapters.deployers.local.settings import LocalSettings
from opsctl.adapters.deployers.process.settings import ProcessSettings
from opsctl.settings.local import OTHER_VARIABLES, VARIABLES, load
from opsctl.settings.local_file import LocalFile
from opsctl.settings.site_model import SiteFile
from opsctl.terminal.commands.site_file import read_site_file

PAGE = (Path(__file__).parents[2] / "docs/configuration.md").read_text()
LOCAL, SITE = PAGE.split("## The site file")


def examples(text: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", text, re.DOTALL)


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and every model in it."""
    yield model
    for info in model.model_fields.values():
        for one in (info.annotation, *get_args(info.annotation)):
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from models(one)


def test_the_examples_of_the_settings_file_are_one_that_works(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "opsctl.toml"
    file.write_text("\n".join(examples(LOCAL)))
    settings = load(environment, file)
    # A store has a path or a url.
    assert [name for name, origin in settings.origins.items() if origin == "default"] == ["store.url"]


def test_the_examples_of_the_site_file_are_one_that_works(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text("\n".join(examples(SITE)))
    site = read_site_file(file, "acme")
    assert site.services["order-service"].deployers["production"]["replicas"] == 2
    assert site.rules


@pytest.mark.parametrize("model", [*models(LocalFile), *models(SiteFile)], ids=lambda model: model.__name__)
def test_every_setting_has_its_row_and_its_words(model: type[BaseModel]) -> None:
    for name, info in model.model_fields.items():
        assert info.description, name
        assert re.search(rf"`{name}`|\[{name}|\.{name}|\[\[{name}", PAGE), name


def test_every_table_has_an_example() -> None:
    headers = re.findall(r"^### `\[+([a-z]+)", PAGE, re.MULTILINE)
    assert {"store", "runtime", "environments", "people", "teams", "services", "rules"} <= set(headers)
    for section in PAGE.split("\n### ")[1:]:
        assert "```toml" in section, section.splitlines()[0]


def test_every_variable_and_every_setting_of_a_deployer_is_there() -> None:
    settings = (one.name for kind in (LocalSettings, ProcessSettings) for one in fields(kind))
    for name in (*VARIABLES.values(), *OTHER_VARIABLES, *settings):
        assert f"`{name}`" in PAGE
