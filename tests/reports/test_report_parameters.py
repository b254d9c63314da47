import json

import pytest

from okxlab.errors import ParameterError, ReportError
from okxlab.reports.parameters import check_parameters, read_parameters


@pytest.fixture
def declare(tmp_path):
    def write(source, *, cells=1):
        cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": source}
        path = tmp_path / "declared.ipynb"
        path.write_text(json.dumps({"cells": [cell] * cells}), encoding="utf-8")
        return path

    return write


def test_read_parameters_when_the_cell_is_tagged_gives_names_kinds_defaults_and_help(notebooks):
    """Every line of the cell becomes one parameter, an equals sign in its comment included."""
    found = {parameter.name: parameter for parameter in read_parameters(notebooks / "ok.ipynb")}

    assert list(found) == ["symbol", "levels", "fee", "dry", "symbols", "due"]
    assert found["symbol"].kinds == ("str",)
    assert found["symbol"].help == "instrument, at least 1 (>= 1)"
    assert found["levels"].default == 10
    assert found["symbols"].kinds == ("list[str]",)
    assert found["due"].kinds == ("str", "None")


def test_read_parameters_when_no_cell_is_tagged_gives_none(notebooks):
    """A notebook without the tag has nothing to set."""
    assert read_parameters(notebooks / "no_parameters.ipynb") == ()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os", "Line 1"),
        ("a = 1\nb: int", "Line 2"),
        ("a = 1 + 1j", "type complex"),
        ("a = {}", "type dict"),
        ("a: 'list[' = []", "type"),
        ("a = open('x')", "computed"),
        ("a: dict = {}", "type dict"),
        ("a: int = 'x'", "takes int"),
        ("a = (", "not Python"),
        ("api_secret = ''", "speaks of a secret"),
        ("a = b = 1", "Line 1"),
    ],
)
def test_read_parameters_when_a_line_is_not_a_plain_declaration_refuses(declare, source, said):
    """Only name: type = literal may stand in the cell."""
    with pytest.raises(ParameterError, match=said):
        read_parameters(declare(source))


def test_read_parameters_when_two_cells_are_tagged_refuses(declare):
    """The runner would take the first and forget the second."""
    with pytest.raises(ParameterError, match="2 cells"):
        read_parameters(declare("a = 1", cells=2))


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"cells": [1]}', '{"cells": [{"metadata": {"tags": ["parameters"]}}]}']
)
def test_read_parameters_when_the_file_is_not_a_notebook_says_so(tmp_path, content):
    """Damaged files are one sentence, not a traceback."""
    path = tmp_path / "damaged.ipynb"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ReportError, match="cannot be read as a notebook"):
        read_parameters(path)


def test_check_parameters_when_texts_are_given_converts_to_the_declared_types(notebooks):
    """What a command line gives arrives in the notebook's own types."""
    texts = ["levels=12", "fee=0.0005", "dry=false", "symbols=BTC-USDT, ETH-USDT", "due=none", "symbol=a=b"]

    assert check_parameters(notebooks / "ok.ipynb", texts) == {
        "levels": 12,
        "fee": 0.0005,
        "dry": False,
        "symbols": ["BTC-USDT", "ETH-USDT"],
        "due": None,
        "symbol": "a=b",
    }


def test_check_parameters_when_an_int_meets_a_float_widens_it(notebooks):
    """A whole number is a good float."""
    checked = check_parameters(notebooks / "ok.ipynb", {"fee": 1})

    assert checked == {"fee": 1.0}
    assert isinstance(checked["fee"], float)


def test_check_parameters_when_a_name_is_unknown_suggests_the_nearest(notebooks):
    """A slip of the pen must not run with the defaults."""
    with pytest.raises(ParameterError, match=r"no parameter 'level'\. Did you mean 'levels'\?"):
        check_parameters(notebooks / "ok.ipynb", {"level": 3})


@pytest.mark.parametrize(
    "params",
    [
        {"levels": "12"},
        {"levels": True},
        {"levels": 1.0},
        {"dry": 1},
        {"fee": "0.1"},
        {"fee": float("nan")},
        {"fee": True},
        {"symbols": "BTC-USDT"},
        {"symbols": [1]},
        {"symbol": None},
        {"symbol": "\ud800"},
        ["levels=ten"],
        ["levels=1.5"],
        ["fee=nan"],
        ["dry=maybe"],
        ["levels=" + "9" * 5000],
    ],
)
def test_check_parameters_when_a_value_has_the_wrong_type_refuses(notebooks, params):
    """A wrong type passes papermill until a cell happens to crash."""
    with pytest.raises(ParameterError, match="takes"):
        check_parameters(notebooks / "ok.ipynb", params)


@pytest.mark.parametrize("name", ["api_key", "secret", "OKX_PASSPHRASE", "password", "access_token", "key", "apikey"])
def test_check_parameters_when_a_name_speaks_of_a_secret_refuses(notebooks, name):
    """A parameter is written into the notebook twice and into the page; keys must not get there."""
    with pytest.raises(ParameterError, match="speaks of a secret"):
        check_parameters(notebooks / "ok.ipynb", {name: "x"})


@pytest.mark.parametrize("value", ["0A1B2C3D" * 4, "12345678-90ab-cdef-1234-567890abcdef"])
def test_check_parameters_when_a_value_has_the_shape_of_a_key_refuses(notebooks, value):
    """A key under an innocent name is still a key, and the message does not repeat it."""
    with pytest.raises(ParameterError, match="looks like an API key") as refusal:
        check_parameters(notebooks / "ok.ipynb", {"symbols": [value]})

    assert value not in str(refusal.value)


def test_check_parameters_when_a_value_holds_a_secret_of_the_environment_refuses(notebooks, monkeypatch):
    """What the environment keeps secret does not become a parameter either."""
    monkeypatch.setenv("OKX_PASSPHRASE", "correct horse")

    with pytest.raises(ParameterError, match="looks like an API key"):
        check_parameters(notebooks / "ok.ipynb", {"symbol": "say correct horse"})


@pytest.mark.parametrize("texts", [["levels"], ["levels=1", "levels=2"]])
def test_check_parameters_when_a_text_is_no_pair_or_comes_twice_refuses(notebooks, texts):
    """A command line is read strictly."""
    with pytest.raises(ParameterError):
        check_parameters(notebooks / "ok.ipynb", texts)
