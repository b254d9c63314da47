"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

InWorkspace = Annotated[Path | None, typer.Option("--workspace", help="A folder in the workspace; default this one.")]
