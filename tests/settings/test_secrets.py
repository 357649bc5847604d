import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as PretendingKeyring
from keyring.errors import KeyringLocked

from opsctl.core.errors import UsageError
from opsctl.settings.secrets import Secrets


class MemoryKeyring:
    """A keyring that ends with the test."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class LockedKeyring(MemoryKeyring):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"{service} {username} xoxb-1234 is what it would have said")


@pytest.fixture
def secrets(environment: dict[str, str]) -> Secrets:
    return Secrets(environment, "acme", MemoryKeyring())


def test_a_secret_that_was_set_is_found_listed_and_removed(secrets: Secrets) -> None:
    secrets.set_secret("slack-token", "xoxb-1234\n")
    assert secrets.get("slack-token") == "xoxb-1234"
    assert secrets.list() == (("slack-token", "keyring"),)
    secrets.remove("slack-token")
    assert secrets.list() == ()
    with pytest.raises(UsageError, match="There is no secret slack-token for the site acme"):
        secrets.get("slack-token")


def test_the_environment_wins_and_needs_no_keyring(environment: dict[str, str]) -> None:
    given = Secrets(environment | {"OPSCTL_SECRET_SLACK_TOKEN": "from-outside"}, "acme", NoKeyring())  # type: ignore[no-untyped-call]
    assert given.get("slack-token") == "from-outside"
    assert given.list() == (("slack-token", "OPSCTL_SECRET_SLACK_TOKEN"),)


def test_one_site_does_not_see_the_secrets_of_another(secrets: Secrets, environment: dict[str, str]) -> None:
    secrets.set_secret("slack-token", "xoxb-1234")
    other = Secrets(environment, "beta", secrets.keyring)
    assert other.list() == ()
    with pytest.raises(UsageError):
        other.get("slack-token")
    other.set_secret("slack-token", "xoxb-5678")
    assert secrets.get("slack-token") == "xoxb-1234"


def test_a_value_is_in_no_file(secrets: Secrets, environment: dict[str, str]) -> None:
    secrets.set_secret("slack-token", "xoxb-1234")
    (index,) = (file for file in Path(environment["HOME"]).rglob("*") if file.is_file())
    assert json.loads(index.read_text()) == {"acme": ["slack-token"]}
    assert index.stat().st_mode & 0o777 == 0o600


def test_where_there_is_no_keyring_the_variable_is_named(environment: dict[str, str]) -> None:
    secrets = Secrets(environment, "acme", NoKeyring())  # type: ignore[no-untyped-call]
    for act in (
        lambda: secrets.set_secret("slack-token", "xoxb-1234"),
        lambda: secrets.get("slack-token"),
        lambda: secrets.remove("slack-token"),
    ):
        with pytest.raises(UsageError) as raised:
            act()
        assert raised.value.reason == "no_keyring"
        assert "OPSCTL_SECRET_SLACK_TOKEN" in raised.value.do


def test_a_keyring_that_only_pretends_to_keep_things_is_not_believed(environment: dict[str, str]) -> None:
    secrets = Secrets(environment, "acme", PretendingKeyring())  # type: ignore[no-untyped-call]
    with pytest.raises(UsageError, match="There is no keyring"):
        secrets.set_secret("slack-token", "xoxb-1234")
    assert secrets.list() == ()


def test_what_a_keyring_says_in_its_error_is_not_passed_on(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError) as raised:
        Secrets(environment, "acme", LockedKeyring()).get("slack-token")
    assert "xoxb" not in " ".join(raised.value.lines)
    assert raised.value.happened == "The keyring is locked."
    assert raised.value.reason == "keyring_locked"


@pytest.mark.parametrize("name", ["", "Slack", "a_b", "-a", "a-", "a b", "../x", "a" * 64, "a\n"])
def test_a_name_that_has_no_variable_is_refused(name: str, secrets: Secrets) -> None:
    for act in (lambda: secrets.set_secret(name, "x"), lambda: secrets.get(name), lambda: secrets.remove(name)):
        with pytest.raises(UsageError, match="can't be the name of a secret"):
            act()


@pytest.mark.parametrize("value", ["", "\n", "  ", "a\0b"])
def test_an_empty_secret_is_refused(value: str, secrets: Secrets) -> None:
    with pytest.raises(UsageError, match="is empty"):
        secrets.set_secret("slack-token", value)


def test_removing_what_is_not_there_names_the_nearest(secrets: Secrets) -> None:
    secrets.set_secret("slack-token", "x")
    with pytest.raises(UsageError) as raised:
        secrets.remove("slack-tokn")
    assert raised.value.do == "Did you mean slack-token?"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"acme": 3}', '{"acme": [1]}', "\0"])
def test_a_broken_index_costs_the_list_and_not_the_secrets(
    content: str, secrets: Secrets, environment: dict[str, str]
) -> None:
    secrets.set_secret("slack-token", "x")
    Path(environment["HOME"], ".local/state/opsctl/secrets.json").write_text(content)
    assert secrets.list() == ()
    assert secrets.get("slack-token") == "x"
    secrets.set_secret("pager-key", "y")
    assert secrets.list() == (("pager-key", "keyring"),)


def test_an_index_that_cannot_be_written_is_a_clear_error(environment: dict[str, str]) -> None:
    secrets = Secrets(environment | {"XDG_STATE_HOME": "/dev/null"}, "acme", MemoryKeyring())
    with pytest.raises(UsageError, match=r"The list of secrets /dev/null/opsctl/secrets.json can't be used"):
        secrets.set_secret("slack-token", "x")


def test_keyring_is_loaded_only_when_the_environment_has_no_answer(tmp_path: Path) -> None:
    program = (
        "import sys; from opsctl.settings.secrets import Secrets\n"
        "Secrets({'OPSCTL_SECRET_A': 'x', 'HOME': '/nowhere'}, 'acme').get('a'); print('keyring' in sys.modules)\n"
        "try: Secrets({'HOME': '/nowhere'}, 'acme').get('a')\n"
        "except Exception as error: print(type(error).__name__, error.reason)"
    )
    outside = os.environ | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "HOME": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", program], env=outside, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["False", "UsageError no_keyring"]
