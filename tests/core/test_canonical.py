import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.soak import times

from opsctl.core.canonical import canonical, digest_of

ascii_text = st.text(st.characters(max_codepoint=0x7F))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | ascii_text
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | ascii_text, inner),
    max_leaves=20,
)


@given(values)
@settings(max_examples=times(300))
def test_every_value_has_the_text_that_the_standard_gives_it(value):
    assert canonical(value) == rfc8785.dumps(value).decode()


@given(st.dictionaries(ascii_text, ascii_text | st.integers(-9, 9) | st.none() | st.lists(st.booleans())))
@settings(max_examples=times(300))
def test_plain_values_have_the_text_that_the_standard_gives_them(value):
    assert canonical(value) == rfc8785.dumps(value).decode()


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), {"a": [2**53]}, float("nan"), float("inf"), "\ud800", {"\udfff": 1}]
)
def test_what_no_other_reader_would_read_the_same_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011  # the library has several
        canonical(value)


@pytest.mark.parametrize("value", [{1: "a"}, {"a": {None: 1}}, b"bytes", {"a": {1, 2}}])
def test_what_json_has_no_form_for_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011
        canonical(value)


def test_a_digest_is_that_of_the_text():
    # printf '{"a":"x","b":1}' | sha256sum
    assert digest_of({"b": 1, "a": "x"}) == "cdab067e9f3beb32d1252cfd63e492592fecbf591b0d08cadb24bb17f3864246"
