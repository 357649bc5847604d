"""The file that shells complete names from: which one, and that it is whole, its owner's, and never an error."""

import os
import threading
from pathlib import Path

import pytest

from opsctl.settings.names_file import names_file, renew


@pytest.fixture
def file(environment: dict[str, str]) -> Path:
    return names_file(environment, "/etc/site.toml")


def test_the_rule_is_the_documented_one() -> None:
    page = Path(__file__).parents[2] / "docs/completion.md"
    found = names_file({"HOME": "/home/alice"}, "/home/alice/.config/opsctl/opsctl.toml")
    assert f"\n~/{found.relative_to('/home/alice')}\n" in page.read_text()


def test_settings_of_different_files_have_different_names(environment: dict[str, str]) -> None:
    configs = ["/a/b.toml", "/a%/b.toml", "/a/%b.toml", "/a", "/a/b.toml/c", "/../a/b.toml", "/a/../b.toml"]
    assert len({names_file(environment, config) for config in configs}) == len(configs)


def test_a_name_stays_below_the_cache_folder_whatever_the_settings_file_is_called(environment: dict[str, str]) -> None:
    found = names_file(environment, "/../../../../../etc/passwd")
    assert ".." not in found.parts
    assert found.is_relative_to(Path(environment["HOME"], ".cache/opsctl/completion-1%"))


def test_variables_that_mean_another_site_or_store_lead_to_another_file(environment: dict[str, str]) -> None:
    variables: list[dict[str, str]] = [{}, {"OPSCTL_SITE": "a"}, {"OPSCTL_SITE": "b"}, {"OPSCTL_STORE_PATH": "/a.db"}]
    assert len({names_file(environment | some, "/site.toml") for some in variables}) == len(variables)
    assert names_file(environment | {"OPSCTL_SITE": ""}, "/site.toml") == names_file(environment, "/site.toml")


def test_the_settings_are_those_that_a_run_would_take(environment: dict[str, str]) -> None:
    own = Path(environment["HOME"], ".config/opsctl/opsctl.toml")
    system = Path("/etc/opsctl/opsctl.toml")
    assert names_file(environment) == names_file(environment, str(system))
    own.parent.mkdir(parents=True)
    own.symlink_to("nowhere")
    assert names_file(environment) == names_file(environment, str(own))
    assert names_file(environment | {"OPSCTL_CONFIG": "/b"}) == names_file(environment, "/b")
    assert names_file(environment | {"OPSCTL_CONFIG": "/b"}, "/c") == names_file(environment, "/c")


def test_a_relative_name_counts_from_the_folder_as_the_shell_calls_it(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    monkeypatch.chdir(real)
    for working, means in ((link, link), (tmp_path, real), ("", real), ("link", real)):
        found = names_file(environment | {"PWD": str(working)}, "./site.toml")
        assert found == names_file(environment, f"{means}/./site.toml")


def test_a_working_folder_that_is_gone_matters_only_to_relative_names(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert names_file(environment, "/site.toml").name == "site.toml"


def test_what_was_learned_is_written_for_its_owner_alone(file: Path) -> None:
    renew(file, lambda before: f"{before}new\n")
    assert file.read_text() == "new\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_where_nothing_was_learned(file: Path) -> None:
    renew(file, lambda _: "same\n")
    before = file.stat().st_ino
    renew(file, lambda text: text)
    assert file.stat().st_ino == before  # it would be put in the place of the old one
    other = file.with_name("other")
    renew(other, lambda text: text)
    assert not other.exists()


def test_what_others_may_have_written_is_not_gone_on_with(file: Path) -> None:
    renew(file, lambda _: "mine\n")
    file.chmod(0o666)
    renew(file, lambda before: f"new after {before!r}\n")
    assert file.read_text() == "new after ''\n"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00"])
def test_broken_content_is_as_good_as_none(file: Path, content: bytes) -> None:
    renew(file, lambda _: "x")
    file.write_bytes(content)
    renew(file, lambda _: "new\n")
    assert file.read_text() == "new\n"


@pytest.mark.parametrize("cache", ["/dev/null", "/proc/nowhere"])
def test_a_folder_that_cannot_be_written_is_no_error(environment: dict[str, str], cache: str) -> None:
    renew(names_file(environment | {"XDG_CACHE_HOME": cache}, "/site.toml"), lambda _: "new\n")


def test_a_path_that_is_too_long_is_no_error(environment: dict[str, str]) -> None:
    for config in ("/" + "a" * 300, "/a" * 3000):
        renew(names_file(environment, config), lambda _: "new\n")


def test_text_that_no_file_can_hold_is_no_error(file: Path) -> None:
    renew(file, lambda _: "\udcff")
    assert not file.exists()


def test_a_reader_never_sees_half_of_it(file: Path) -> None:
    texts = {f"{letter * 200_000}\n" for letter in "abc"}
    renew(file, lambda _: max(texts))
    is_over = threading.Event()

    def write() -> None:
        for _ in range(100):
            for text in texts:
                renew(file, lambda _, text=text: text)
        is_over.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not is_over.is_set():
        assert file.read_text() in texts
    writer.join()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_leaves_nothing_in_the_cache_of_somebody_else(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    file = names_file(environment | {"XDG_CACHE_HOME": str(folder)}, "/site.toml")
    renew(file, lambda _: "new\n")
    assert list(folder.iterdir()) == []
