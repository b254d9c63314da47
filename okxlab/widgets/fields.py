"""The fields of a grid: texts that become a `GridSpec`, and the sentence under each that does not."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import ipywidgets

from okxlab.errors import InputError, OkxlabError, SymbolError
from okxlab.grid import GridSpec
from okxlab.model import Number, exact, instrument_id, plain
from okxlab.widgets.controls import LABEL_WIDTH, text_field
from okxlab.widgets.notice import Notice
from okxlab.widgets.words import Words

TEXTS = ("symbol", "low", "high", "grids", "investment")
SPACINGS = ("arithmetic", "geometric")

_DEFAULTS = {"symbol": "BTC-USDT", "low": "", "high": "", "grids": "10", "investment": "1000"}
# The rooms below begin or fill their sentences with the name of the value they mean.
_NAMED = re.compile(rf"\b({'|'.join(TEXTS)})\b")
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_ABOUT_SYMBOL = re.compile(r"\b(symbol|instrument)\b")


class Fields:
    """The input of a grid form. Text fields, because number fields hold floats and clamp in silence."""

    def __init__(self, words: Words) -> None:
        self._texts = {name: text_field(words(name), name, _DEFAULTS[name]) for name in TEXTS}
        self._spacing = ipywidgets.ToggleButtons(
            options=[(words(name), name) for name in SPACINGS],
            description=words("spacing"),
            style={"description_width": LABEL_WIDTH, "button_width": "110px"},
        )
        self._spacing.add_class("okx-spacing")
        self.errors = {name: Notice("error", f"okx-error-{name}") for name in (*TEXTS, "form")}
        self._suggested = {"low": "", "high": ""}
        rows = [[self._texts[name], self.errors[name].widget] for name in TEXTS]
        self.widget = ipywidgets.VBox([*(part for row in rows for part in row), self._spacing])
        self.widget.add_class("okx-fields")
        self.notice = self.errors["form"].widget

    @property
    def value(self) -> dict[str, str]:
        """What stands in the fields, as text."""
        return {name: text.value.strip() for name, text in self._texts.items()} | {"spacing": self._spacing.value}

    def fill(self, values: Mapping[str, Number]) -> None:
        """Put values into the fields that they name.

        Raises
        ------
        InputError
            When there is no such field, or spacing is neither arithmetic nor geometric.
        """
        wrong = [name for name in values if name not in {*TEXTS, "spacing"}]
        if wrong:
            raise InputError(f"The form has no field {wrong[0]!r}.", f"It has {', '.join((*TEXTS, 'spacing'))}.")
        spacing = values.get("spacing", self._spacing.value)
        if spacing not in SPACINGS:
            raise InputError(f"spacing is {spacing!r}.", "Use 'arithmetic' or 'geometric'.")
        self._spacing.value = spacing
        for name, text in self._texts.items():
            if name in values:
                value = values[name]
                text.value = plain(value) if isinstance(value, Decimal) else str(value)

    def suggest(self, low: Decimal, high: Decimal) -> None:
        """Put a range into low and high where nobody has written anything else."""
        for name, number in (("low", low), ("high", high)):
            text = self._texts[name]
            if text.value.strip() in {"", self._suggested[name]}:
                self._suggested[name] = plain(number)
                text.value = plain(number)

    def symbol(self) -> str:
        """Give the symbol in OKX's spelling.

        Raises
        ------
        SymbolError
            When it cannot be one.
        """
        return instrument_id(self.value["symbol"])

    def spec(self) -> GridSpec:
        """Give the grid that the fields describe.

        Raises
        ------
        InputError
            When a field cannot be read or no grid can be made of them.
        """
        value = self.value
        grids = value["grids"]
        return GridSpec(
            value["symbol"],
            low=value["low"],
            high=value["high"],
            grids=int(grids) if _WHOLE.fullmatch(grids) else grids,  # type: ignore[arg-type]  # GridSpec has the sentence
            investment=value["investment"],
            spacing=value["spacing"],
        )

    def show(self, error: OkxlabError) -> None:
        """Show the sentence of an error under the field it concerns, and of every other field that cannot be read."""
        sentences = self._unreadable()
        name = self._field_of(error)
        sentences.setdefault(name, str(error))
        for field, notice in self.errors.items():
            notice.show(sentences.get(field, ""))

    def clear(self) -> None:
        """Take all sentences away."""
        for notice in self.errors.values():
            notice.show("")

    def observe(self, callback: Callable[[Any], None]) -> None:
        """Have ``callback`` called whenever a field changes, each key typed."""
        for field in (*self._texts.values(), self._spacing):
            field.observe(callback, "value")

    def _unreadable(self) -> dict[str, str]:
        found = {}
        for name in ("low", "high", "investment"):
            try:
                exact(self.value[name], name)
            except InputError as error:
                found[name] = str(error)
        return found

    @staticmethod
    def _field_of(error: OkxlabError) -> str:
        named = _NAMED.search(error.what) if isinstance(error, InputError) else None
        if isinstance(error, SymbolError) or (not named and _ABOUT_SYMBOL.search(error.what)):
            return "symbol"
        return named.group(1) if named else "form"
