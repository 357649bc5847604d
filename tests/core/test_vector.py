import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsctl.core.errors import UsageError
from opsctl.core.vector import alone, filled, placeholders

HOSTILE = (
    "$(x)",
    "; rm -rf /",
    "a b",
    "a\nb",
    "{other}",
    "{{x}}",
    "`x`",
    "*",
    "\\1",
    r"\g<0>",
    "'",
    '"',
    "",
    "ü",
    "%s",
)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_one_word_whatever_it_holds(value: str) -> None:
    values = {"x": value, "other": "stolen"}
    assert filled(("tool", "{x}", "--name={x}", "a{x}b{other}"), values) == (
        "tool",
        value,
        f"--name={value}",
        f"a{value}bstolen",
    )


@pytest.mark.parametrize("value", ["-", "-x", "--rm", "--name=x", "-1"])
def test_a_value_can_not_become_an_option_of_the_program(value: str) -> None:
    for vector in (("tool", "{x}"), ("tool", "{empty}{x}"), ("tool", "{x}suffix", "--")):
        with pytest.raises(UsageError, match="starts with a dash"):
            filled(vector, {"x": value, "empty": ""})
    assert filled(("tool", "--", "{x}"), {"x": value}) == ("tool", "--", value)
    assert filled(("tool", "--name={x}", "-n{x}"), {"x": value}) == ("tool", f"--name={value}", f"-n{value}")


def test_a_dashes_only_value_does_not_open_the_way_for_the_next() -> None:
    with pytest.raises(UsageError, match="starts with a dash"):
        filled(("tool", "{x}", "{y}"), {"x": "--", "y": "--rm"})


def test_a_word_whose_value_is_not_given_is_left_out() -> None:
    assert filled(("tool", "--name={x}", "{x}", "end"), {"x": None}) == ("tool", "end")


def test_a_lone_placeholder_may_stand_for_words_of_its_own() -> None:
    stand_ins = {"x": ("-n", "{x}"), "quick": ("--quick",)}
    vector = ("tool", "{x}", "{quick}", "x={x}")
    assert filled(vector, {"x": "5", "quick": ""}, stand_ins) == ("tool", "-n", "5", "--quick", "x=5")
    assert filled(vector, {"x": None, "quick": None}, stand_ins) == ("tool",)
    with pytest.raises(UsageError, match="starts with a dash"):
        filled(vector, {"x": "-5", "quick": None}, stand_ins)


@pytest.mark.parametrize("word", ["{{.Names}}", "{{x}}", "{ x }", "{}", "{X}", "${x", "{a:b}"])
def test_what_is_no_placeholder_stays_as_it_is(word: str) -> None:
    assert placeholders(word) == []
    assert filled(("docker", word), {"x": "1"}) == ("docker", word)


def test_a_placeholder_that_nothing_is_known_of_stays_as_it_is() -> None:
    assert filled(("tool", "{service}/{unknown}"), {"service": "api"}) == ("tool", "api/{unknown}")
    assert alone("{unknown}") == "unknown"
    assert alone("x{unknown}") is None


@given(st.lists(st.sampled_from(["{x}", "{y}", "a{x}", "--a={y}", "--", "b"])), st.text(), st.text())
def test_however_it_is_filled_no_word_comes_and_no_option_but_the_sites_own(vector: list[str], x: str, y: str) -> None:
    try:
        made = filled(("tool", *vector), {"x": x, "y": y})
    except UsageError:
        return
    assert len(made) == len(vector) + 1
    own = vector.index("--") if "--" in vector else len(vector)
    assert [w for w in made[1 : own + 1] if w.startswith("-")] == [
        w.replace("{y}", y) for w in vector[:own] if w.startswith("-")
    ]
