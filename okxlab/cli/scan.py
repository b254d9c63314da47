"""okxlab scan: secrets in files that should hold none."""

from pathlib import Path
from typing import Annotated

import typer

from okxlab.errors import CredentialsError


def scan(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders; default this folder.")] = None,
) -> None:
    """Find OKX keys and secrets in notebooks, logs and other files; ends with an error when there are any."""
    from okxlab.monitor import scan as look  # noqa: PLC0415 - pandas comes with it

    leaks = 0
    for path in paths or [Path()]:
        for row in look(path).to_dict("records"):
            print(f"{row['file']} {row['place']}: {row['kind']} {row['shown']} sha256 {row['digest']}, {row['why']}")
            leaks += row["leak"]
    if leaks:
        raise CredentialsError(
            f"{leaks} secrets lie where they can leak.",
            "Delete those API keys at OKX, make new ones, and take the old ones out of these files.",
        )
