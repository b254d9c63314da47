"""The border of every callback: whatever goes wrong is shown, nothing is lost.

ipywidgets swallows what a callback raises: JupyterLab shows a counter in the status bar, Voila nothing at all. So every
handler and every background job of a form runs in here.
"""

from collections.abc import Callable

from okxlab.errors import OkxlabError

Show = Callable[[OkxlabError], None]


def attempt(action: Callable[[], None], show: Show, unexpected: str) -> None:
    """Run an action and show the error it ends with; ``unexpected`` is the next step for one nobody foresaw.

    Examples
    --------
    >>> attempt(lambda: None, print, "")
    >>> def fail():
    ...     raise KeyError("low")
    >>> attempt(fail, print, "Try again.")
    KeyError: 'low'. Try again.
    """
    try:
        action()
    except OkxlabError as error:
        show(error)
    except Exception as error:  # noqa: BLE001 - a callback's error is shown nowhere else
        show(OkxlabError(f"{type(error).__name__}: {error}.", unexpected))
