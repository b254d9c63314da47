"""The workspace a report belongs to."""

from pathlib import Path


def workspace_root(workspace: Path | str | None = None) -> Path:
    """Give the top of the workspace that a folder (default: the current one) lies in.

    Raises
    ------
    ConfigError
        When there is no such folder or its ``okxlab.toml`` cannot be used.
    """
    from okxlab.config import find_workspace  # noqa: PLC0415 - settings take a quarter of a second to import

    return find_workspace(workspace).root
