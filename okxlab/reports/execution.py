"""Executing a notebook: papermill drives it, in a kernel of this very Python whose wire is encrypted.

Reached only when a report runs: papermill, nbclient and jupyter_client take a second to import.
"""

import logging
import os
import re
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines

from okxlab.clock import Clock
from okxlab.reports.notebook_file import read_notebook
from okxlab.reports.process import Process
from okxlab.reports.redaction import Redactor
from okxlab.reports.results import RUN_VARIABLE

ENGINE = "okxlab"
LAST_WORD = 10.0  # seconds a kernel has to answer the interrupt at the time limit before it is killed
_INJECTED, _MARKER = "injected-parameters", "papermill-error-cell-tag"
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_ARROW = re.compile(r"^-+> ?\d+ (.*)$", re.MULTILINE)
_log = logging.getLogger("okxlab.reports")
_log.addHandler(logging.NullHandler())
logging.getLogger("papermill").setLevel(logging.ERROR)  # it warns of parameters its own reading of the cell misses


@dataclass
class Execution:
    """One notebook on its way through a kernel.

    Attributes
    ----------
    source, output
        The notebook to run and the file its executed copy goes to, cell by cell.
    folder, workspace
        The run's folder (the kernel is told it) and the kernel's working directory.
    parameters
        Already checked.
    limit
        Seconds the whole run may take; None for no limit.
    """

    source: Path
    output: Path
    folder: Path
    workspace: Path
    parameters: dict[str, Any]
    clock: Clock
    limit: float | None = None
    progress: bool = False
    redactor: Redactor = field(default_factory=Redactor)
    cell: int = -1
    deadline: float = float("inf")

    def run(self) -> "Failure | None":
        """Execute; give what stopped it, or nothing when every cell ran."""
        if self.limit is not None:
            self.deadline = self.clock.monotonic() + self.limit
        try:
            papermill.execute_notebook(
                _literally(self.source),
                _literally(self.output),
                parameters=self.parameters,
                engine_name=ENGINE,
                kernel_name="python3",
                language="python",
                progress_bar=self.progress,
                execution=self,
            )
        except papermill.PapermillExecutionError as error:
            return self._failure(error.cell_index, error.ename, error.evalue, _line(error.traceback, error.source))
        except (DeadKernelError, CellTimeoutError) as error:
            return self._failure(self.cell, type(error).__name__, str(error).splitlines()[0] if str(error) else "", "")
        if self.overdue():
            return self._failure(self.cell, "TimeoutError", "the cell swallowed the interrupt at the time limit", "")
        return None

    def overdue(self) -> bool:
        """Whether the time limit has passed."""
        return self.clock.monotonic() >= self.deadline

    def left(self) -> float | None:
        """Give the seconds left for the next cell; None without a limit."""
        return None if self.limit is None else max(self.deadline - self.clock.monotonic(), 0.001)

    def _failure(self, executed: int, ename: str, evalue: str, line: str) -> "Failure":
        cell = source_index(read_notebook(self.output), executed)
        return Failure(self.overdue(), cell, self.redactor.text(ename), self._clear(evalue), self._clear(line))

    def _clear(self, text: str) -> str:
        return self.redactor.text(_ANSI.sub("", text))


@dataclass(frozen=True, slots=True)
class Failure:
    """What stopped a notebook; ``cell`` counts the cells of the source notebook from 0."""

    overdue: bool
    cell: int
    ename: str
    evalue: str
    line: str


class Kernel(AsyncKernelManager):
    """A kernel of the running Python, whatever kernels this machine has registered; it refuses to talk in clear."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"transport_encryption": "required", **kwargs})

    @property
    def kernel_spec(self) -> KernelSpec:
        """Give how it is started."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="okxlab report",
            language="python",
            metadata={"supported_encryption": "curve"},
        )


class Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill publishes no types
    """papermill's client, which hides secrets before a cell's output is kept and holds the whole run to one limit."""

    def __init__(self, nb_man: Any, execution: Execution, **kwargs: Any) -> None:
        super().__init__(
            nb_man,
            timeout_func=lambda _cell: execution.left(),
            interrupt_on_timeout=True,
            store_widget_state=False,
            kernel_manager_class=Kernel,
            log=_log,
            **kwargs,
        )
        self.execution = execution
        self.end: threading.Timer | None = None

    def start_new_kernel(self, **kwargs: Any) -> None:
        """Start in the workspace, with the run's folder in the environment."""
        environment = {**os.environ, RUN_VARIABLE: str(self.execution.folder)}
        super().start_new_kernel(**{**kwargs, "cwd": str(self.execution.workspace), "env": environment})
        left = self.execution.left()
        if left is not None:
            self.end = threading.Timer(left + LAST_WORD, Process.of(self.km.provisioner.pid).kill)
            self.end.daemon = True
            self.end.start()

    def execute(self, **kwargs: Any) -> Any:
        """Run all cells, then call off the last word."""
        try:
            return super().execute(**kwargs)
        finally:
            if self.end is not None:
                self.end.cancel()

    def execute_cell(self, cell: Any, cell_index: int, **kwargs: Any) -> Any:
        """Run a cell and remember which."""
        self.execution.cell = cell_index
        return super().execute_cell(cell, cell_index, **kwargs)

    def process_message(self, msg: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Keep a message's output without its secrets."""
        return super().process_message(
            {**msg, "content": self.execution.redactor.tree(msg["content"])}, *args, **kwargs
        )


class Engine(NBClientEngine):  # type: ignore[misc]  # papermill publishes no types
    """papermill's engine with okxlab's client."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
        """Execute the notebook that papermill prepared."""
        return Client(
            nb_man, kwargs["execution"], kernel_name=kernel_name, startup_timeout=kwargs["start_timeout"]
        ).execute()


papermill_engines.register(ENGINE, Engine)


def source_index(executed: Any, index: int) -> int:
    """Give the place in the source notebook of a cell that papermill counts among those it executes."""
    tags = [set(cell.metadata.get("tags", ())) for cell in executed.cells]
    run = [_INJECTED in own for own in tags if _MARKER not in own]
    return index - sum(run[:index]) if index >= 0 else index


def _literally(path: Path) -> str:
    return str(path).replace("{", "{{").replace("}", "}}")


def _line(traceback: list[str], source: str) -> str:
    arrow = _ARROW.search(_ANSI.sub("", "\n".join(traceback)))
    return (arrow[1] if arrow else next(iter(source.strip().splitlines()), "")).strip()
