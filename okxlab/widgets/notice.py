"""One sentence in a form, escaped: an error under a field, or how work goes on."""

from html import escape
from typing import Literal

import ipywidgets

Kind = Literal["error", "note"]

# Errors are announced at once, notes when the screen reader is free; shape and word tell them apart, not colour alone.
_ROLES: dict[Kind, str] = {"error": "alert", "note": "status"}
_MARKS: dict[Kind, str] = {"error": "⚠ ", "note": ""}


class Notice:
    """A place for a sentence; takes no room while it says nothing.

    Parameters
    ----------
    kind
        ``"error"`` or ``"note"``; the widget has the class ``okx-error`` or ``okx-note``.
    names
        More classes, for tests and styles.

    Examples
    --------
    >>> notice = Notice("error")
    >>> notice.show("low is '<b>'.")
    >>> notice.text, notice.widget.value
    ("low is '<b>'.", '<div role="alert">⚠ low is &#x27;&lt;b&gt;&#x27;.</div>')
    """

    def __init__(self, kind: Kind, *names: str) -> None:
        self._kind: Kind = kind
        self.text = ""
        self.widget = ipywidgets.HTML(layout=ipywidgets.Layout(display="none"))
        for name in (f"okx-{kind}", *names):
            self.widget.add_class(name)

    def show(self, text: str) -> None:
        """Say this instead of what was said; "" says nothing."""
        self.text = text
        self.widget.value = f'<div role="{_ROLES[self._kind]}">{_MARKS[self._kind]}{escape(text)}</div>' if text else ""
        self.widget.layout.display = None if text else "none"
