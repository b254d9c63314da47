"""The fields of the form: what cannot be used is said under the field, and nothing comes of it."""

import pytest

import okxlab
from okxlab.errors import InputError, SpecError

BAD = [
    ("low", "abc", "low is 'abc', which is not a number."),
    ("low", "", "low is '', which is not a number."),
    ("low", "nan", "low is 'nan', which is not a number."),
    ("low", "-1", "low is '-1', which is not positive."),
    ("low", "85000.05", "low is 85000.05, which is off the tick 0.1."),
    ("low", "99999999", "low is 99999999 and high is"),
    ("high", "1,000", "high is '1,000', which is not a number."),
    ("grids", "2.5", "grids is '2.5', which is not a whole number."),
    ("grids", "1", "grids is 1, and a grid has at least 2 intervals."),
    ("grids", "5000", "grids is 5000, more than twice"),
    ("investment", "1", "An investment of 1 USDT in 10 grids"),
    ("symbol", "BTC", "'BTC' is not a symbol."),
    ("symbol", "NOPE-USDT", "lists no instrument 'NOPE-USDT'"),
]


@pytest.fixture(scope="module")
def kept(session):
    """Give one form for the tests of this file: they only type, and their refusals stay under Place."""
    return okxlab.GridForm(session)


@pytest.fixture
def sketch(kept):
    """Give the form with a grid that can be, and without a result."""
    kept.spec = okxlab.GridSpec("BTC-USDT", low="85470.4", high="94467.4", grids=10, investment=1_000)
    kept.days.value = "7"
    return kept


@pytest.mark.parametrize(("field", "text", "sentence"), BAD)
def test_field_when_it_cannot_be_used_says_so_under_it_and_nothing_leaves(sketch, session, field, text, sentence):
    """The sentence stands under the field, there is no plan, and the place button sends nothing."""
    sketch.value = {field: text}
    sketch.buttons["place"].click()

    assert sketch.wait()
    assert sentence in sketch.errors[field]
    assert sketch.plan is None
    assert "confirm" not in sketch.buttons
    assert okxlab.open_orders(session).empty


def test_fields_when_two_are_wrong_say_so_both(form):
    """One wrong field does not hide another."""
    form.value = {"low": "x", "investment": "y"}
    form.wait()

    assert set(form.errors) == {"low", "investment"}


def test_field_when_corrected_takes_its_sentence_back(form):
    """A sentence goes with its cause, and the plan comes back."""
    form.value = {"grids": "0"}
    form.wait()
    form.value = {"grids": "5"}
    form.wait()

    assert form.errors == {}
    assert form.plan.spec.grids == 5


@pytest.mark.parametrize("field", ["symbol", "low", "grids"])
def test_field_when_its_text_is_markup_shows_it_as_text(sketch, page, field):
    """Markup from a field is inert wherever the form repeats it."""
    sketch.value = {field: "<script>alert(1)</script>"}
    sketch.wait()

    assert "<script" not in page(sketch).lower()
    assert "&lt;script&gt;" in page(sketch).lower()


def test_low_when_emptied_is_not_filled_again(sketch):
    """Who clears a field wants it clear."""
    sketch.value = {"low": ""}
    sketch.wait()

    assert sketch.value["low"] == ""
    assert "low" in sketch.errors


def test_spec_when_the_fields_hold_none_raises(sketch):
    """Reading a grid that is not there is an error, with its sentence."""
    sketch.value = {"grids": "1"}

    with pytest.raises(SpecError, match="at least 2 intervals"):
        _ = sketch.spec


@pytest.mark.parametrize("values", [{"lowest": 1}, {"spacing": "cubic"}])
def test_value_when_it_names_no_field_raises(sketch, values):
    """A misspelt field is not swallowed."""
    with pytest.raises(InputError):
        sketch.value = values


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "366", "seven", "<b>1</b>"])
def test_days_when_they_are_none_say_so(sketch, text):
    """Days are a whole number in bounds, or a sentence stands in the sketch."""
    sketch.days.value = text
    sketch.buttons["backtest"].click()
    sketch.wait()

    assert f"Days is {text!r}" in sketch.errors["backtest"]
    assert sketch.result is None
