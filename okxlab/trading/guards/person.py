"""Asking the person in front of this process, and nobody else.

In a notebook the front end asks, in a terminal the terminal itself does. Where nobody sits there is nobody to ask: a
kernel of papermill, nbconvert or a schedule takes no input, a service has no terminal. What runs in this process can
pretend much; a program that plays the whole front end can pretend to be a person.
"""

import os
import sys
import termios
import threading
from typing import Any

from okxlab.errors import OrderDenied

_LONGEST = 200


def ask_person(prompt: str) -> str:
    """Show a question and give the line that is typed.

    Raises
    ------
    OrderDenied
        When there is no person to ask.
    """
    if threading.current_thread() is not threading.main_thread():
        raise _nobody("a thread runs beside the person, not under their hand")
    kernel = _kernel()
    return _at_terminal(prompt) if kernel is None else _in_notebook(kernel, prompt)


def _kernel() -> Any:
    """Give the kernel this code runs in; None outside of one."""
    ipython = sys.modules.get("IPython")  # whoever runs in a kernel has it
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None)


def _in_notebook(kernel: Any, prompt: str) -> str:
    # asked of the kernel itself: the name input may be anything by now
    try:
        return str(type(kernel).raw_input(kernel, prompt))
    except NotImplementedError:  # the kernel's own, where the front end takes no input
        raise _nobody("this kernel takes no input: papermill, nbconvert or a schedule runs it") from None


def _at_terminal(prompt: str) -> str:
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY) if os.isatty(0) else None
    except OSError:
        terminal = None
    if terminal is None:
        raise _nobody("this process has no terminal, or its input comes from elsewhere")
    try:
        termios.tcflush(terminal, termios.TCIFLUSH)  # what was typed or pasted before the question answers nothing
        os.write(terminal, prompt.encode())
        return os.read(terminal, _LONGEST).decode(errors="replace").rstrip("\n")
    finally:
        os.close(terminal)


def _nobody(why: str) -> OrderDenied:
    return OrderDenied(
        f"There is no person to ask here: {why}.", "Do this in a notebook or terminal that you type in yourself."
    )
