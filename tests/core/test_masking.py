import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsctl.core.canonical import canonical
from opsctl.core.masking import MASK, know, masked
from opsctl.settings.secrets import Secrets

SECRET = "hunter2-Zq8"

HIDDEN = [
    f"password={SECRET}",
    f"DB_PASSWORD: '{SECRET} x'",
    f"dbPassword={SECRET}&x=1",
    f"export API_KEY={SECRET}; run",
    f'{{"client_secret": "{SECRET}\\"x"}}',
    f'{{\\"password\\": \\"{SECRET}\\"}}',
    f"migrate --db-password {SECRET} --force",
    f"tool --token={SECRET}",
    f"postgres://app:{SECRET}@db.internal:5432/orders",
    f"postgres://app:p@{SECRET}@db/orders",
    f"redis://:{SECRET}@cache:6379/0",
    f"Server=db;User Id=app;Password={SECRET};",
    f"DefaultEndpointsProtocol=https;AccountKey={SECRET}==",
    f"https://blob.example/x?sv=1&sig={SECRET}&se=2",
    f"https://api.example/v1?key={SECRET}",
    f"Authorization: Basic {SECRET}",
    f"authorization: {SECRET}",
    f"curl -H 'X-Api-Key: {SECRET}' https://x",
    f"curl -H 'Authorization: Bearer {SECRET}' https://x",
    f"sent bearer {SECRET} to it",
    f"Set-Cookie: session={SECRET}; HttpOnly",
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
    f"https://hooks.slack.com/services/T000/B000/{SECRET}",
    f"https://discord.com/api/webhooks/123/{SECRET}",
]

TOKENS = [
    "gh" + "p_" + "a1B2" * 9,
    "github" + "_pat_" + "a1B2" * 9,
    "gl" + "pat-" + "a1B2" * 5,
    "xo" + "xb-123456789-" + "a1B2" * 5,
    "xa" + "pp-1-A1-" + "a1B2" * 5,
    "AK" + "IA" + "ABCD2345" * 2,
    "sk" + "_live_" + "a1B2" * 5,
    "sk" + "-proj-" + "a1B2" * 8,
    "ey" + "JhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    "SG" + "." + "a1B2" * 5 + "." + "a1B2" * 9,
    "hv" + "s." + "a1B2" * 7,
    "np" + "m_" + "a1B2" * 9,
    "M" + "a1B2" * 6 + ".a1B2c3." + "a1B2" * 8,
]

ORDINARY = [
    "/deploy order-service v2.4.1 production",
    "v2.4.1-rc.1+build.77",
    "op-7f3k9q",
    "a" * 64,
    "sha256:" + "0f" * 32,
    "550e8400-e29b-41d4-a716-446655440000",
    "token-service",
    "secrets-manager is healthy",
    "the bearer of bad news",
    "basic authentication failed",
    "http://127.0.0.1:8000/health?deep=1",
    "https://user@example.com/x",
    "http://host:8080/list?mail=a@b.example",
    "write to bob@example.com: it is 15:04",
    "3 keys rotated, 2 tokens left",
    "web1/3f2a9c1b7e6d4f00a1b2c3d4e5f60718/550e8400-e29b-41d4-a716-446655440000/4026531836/4711/123456",
    "PWD=/srv/opsctl",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "order-service/production is locked by op-7f3k9q",
    "2026-03-04T15:23:47.000000Z",
    "",
]

FRAGMENTS = st.sampled_from(
    [*HIDDEN, *TOKENS, *ORDINARY, "password", "=", ":", "://", "@", '"', "'", "\\", " ", "\n", "***", "--token", "key"]
)
TEXTS = st.lists(FRAGMENTS | st.text(max_size=5), max_size=6).map("".join)
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("text", HIDDEN)
def test_a_secret_that_is_named_is_masked_and_its_name_stays(text):
    assert SECRET not in str(masked(text))
    assert MASK in str(masked(text))


@pytest.mark.parametrize("token", TOKENS)
def test_a_vendors_token_is_masked_wherever_it_stands(token):
    assert masked(f"it said {token}, then stopped") == f"it said {MASK}, then stopped"


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(text):
    assert masked(text) == text
    assert masked({"command": text, "log_tail": [text]}) == {"command": text, "log_tail": [text]}


@pytest.mark.parametrize(
    "key", ["password", "DB_PASSWORD", "dbPassword", "api-key", "apiKey", "Authorization", "token"]
)
def test_a_key_that_names_a_secret_hides_its_whole_value(key):
    body = {key: SECRET, "more": {key: [SECRET, {"x": SECRET}]}}
    assert SECRET not in canonical(masked(body))


def test_keys_that_only_sound_like_secrets_hide_nothing():
    body = {"key": "order-service/production", "tokens": "5", "is_secret": True, "digest": "b" * 64, "token": None}
    assert masked(body) == body


def test_a_flags_value_in_an_argument_vector_is_masked():
    assert masked(["psql", "--db-password", SECRET, "--quiet"]) == ["psql", "--db-password", MASK, "--quiet"]


def test_a_private_key_spread_over_lines_of_a_log_is_masked_to_its_end():
    tail = ["start", "-----BEGIN PRIVATE KEY-----", "MIIEvQ", "abc", "-----END PRIVATE KEY-----", "done"]
    assert masked(tail) == ["start", MASK, MASK, MASK, MASK, "done"]


@given(VALUES)
@settings(deadline=None)
def test_masking_twice_is_masking_once(value):
    once = masked(value)
    assert masked(once) == once


def test_what_is_known_as_a_secret_is_masked_wherever_it_stands_and_each_of_its_lines():
    know("plain-Words-9\nof-two-Lines")
    assert masked({"command": "/logs x --grep <plain-Words-9>"}) == {"command": "/logs x --grep <***>"}
    assert masked(["and of-two-Lines", "plain"]) == ["and ***", "plain"]


def test_one_known_secret_that_is_part_of_another_leaves_nothing_of_it():
    know("abcXYZ1")
    know("abcXYZ1-and-more")
    assert masked("it is abcXYZ1-and-more") == "it is ***"


def test_a_known_secret_that_could_be_any_word_is_left_alone():
    know("dev")
    know("")
    know("      ")
    assert masked("deploy to dev      now") == "deploy to dev      now"


def test_a_secret_that_was_read_from_the_keyring_is_known():
    class Kept:
        def get_password(self, *_):
            return "from-The-Keyring-7"

    assert masked("from-The-Keyring-7") == "from-The-Keyring-7"
    assert Secrets({}, "acme", Kept()).get("slack-token") == "from-The-Keyring-7"
    assert masked("from-The-Keyring-7") == MASK
