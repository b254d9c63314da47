"""The npm package, installed outside the tree at its first use."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_HERE = Path(__file__).parent


def installed() -> Path:
    """Give a folder that holds the client and what it needs, made once for each state of this one."""
    sources = [_HERE / "package.json", _HERE / "client.mjs"]
    state = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "okxlab" / f"npm-{state}"
    if not cache.is_dir():
        cache.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=cache.parent))
        for path in sources:
            shutil.copy(path, draft)
        _install(draft)
        _keep(draft, cache)
    return cache


def _install(folder: Path) -> None:
    command = ["npm", "install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        shutil.rmtree(folder)
        raise RuntimeError(f"npm could not install okx-api: {done.stderr.strip()[-800:]}")


def _keep(draft: Path, cache: Path) -> None:
    """Put a finished folder in its place, unless another run was faster."""
    try:
        draft.rename(cache)
    except OSError:
        shutil.rmtree(draft)
        if not cache.is_dir():
            raise
