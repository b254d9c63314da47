"""Text fields and buttons as every form has them: labelled, with a stable class, bordered."""

from collections.abc import Callable

import ipywidgets

from okxlab.widgets.handlers import Show, attempt

LABEL_WIDTH = "88px"


def text_field(label: str, name: str, value: str, *, width: str = "100%") -> ipywidgets.Text:
    """Give a labelled text field with the class ``okx-<name>``; every key typed reaches Python."""
    text = ipywidgets.Text(
        value=value,
        description=label,
        continuous_update=True,
        style={"description_width": LABEL_WIDTH},
        layout=ipywidgets.Layout(width=width),
    )
    text.add_class(f"okx-{name}")
    return text


def button(label: str, name: str, *, kind: str = "") -> ipywidgets.Button:
    """Give a button with the class ``okx-<name>``; ``kind`` is one of ipywidgets' button styles."""
    made = ipywidgets.Button(
        description=label, tooltip=label, button_style=kind, layout=ipywidgets.Layout(width="auto", min_width="110px")
    )
    made.add_class(f"okx-{name}")
    return made


def on_click(pressed: ipywidgets.Button, action: Callable[[], None], show: Show, unexpected: str) -> None:
    """Have ``action`` run at each click; an error it ends with goes to ``show``."""
    pressed.on_click(lambda _: attempt(action, show, unexpected))


def row(*children: ipywidgets.Widget) -> ipywidgets.Box:
    """Give a row that wraps where it is narrow."""
    layout = ipywidgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="4px 8px")
    return ipywidgets.Box(children, layout=layout)


def section(name: str, *children: ipywidgets.Widget) -> ipywidgets.VBox:
    """Give a part of a form, set off from the one above."""
    made = ipywidgets.VBox(children, layout=ipywidgets.Layout(width="100%"))
    made.add_class("okx-section")
    made.add_class(f"okx-{name}")
    return made


def html(name: str, value: str = "") -> ipywidgets.HTML:
    """Give a place for HTML that `okxlab.widgets.views` made, with the class ``okx-<name>``."""
    made = ipywidgets.HTML(value)
    made.add_class(f"okx-{name}")
    return made
