"""What a store says about itself, as frames."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

import numpy as np
import pandas as pd

from okxlab.errors import InputError
from okxlab.store.manifest import Manifest
from okxlab.store.series import Series, moments


def named(folders: Iterable[str]) -> list[Series]:
    """Give the series that folders are of; a folder of anything else is none."""
    found = []
    for folder in folders:
        parts = folder.split("/")
        with suppress(InputError):
            if len(parts) in {3, 4}:
                found.append(Series(*parts))
    return found


def spans(manifest: Manifest) -> pd.DataFrame:
    """Give what is covered, one row a span."""
    start, end, source = _columns(manifest.covered)
    return pd.DataFrame({"start": start, "end": end, "source": source})


def absent(manifest: Manifest) -> pd.DataFrame:
    """Give the holes inside what is covered, one row a hole."""
    holes = manifest.holes()
    start, end, source = _columns(holes)
    bars = np.array([(b - a) // manifest.series.step for a, b, _ in holes], dtype=np.int64)
    reason = pd.Series([_reason(manifest, a) for a, _, _ in holes], dtype="str")
    return pd.DataFrame({"start": start, "end": end, "bars": bars, "source": source, "reason": reason})


def coverage(manifests: Sequence[Manifest]) -> pd.DataFrame:
    """Give what there is, one row a series."""
    return pd.DataFrame(
        {
            **{
                name: pd.Series([getattr(one.series, name) for one in manifests], dtype="str")
                for name in ("exchange", "kind", "symbol", "timeframe")
            },
            "first": _moments([one.parts[0].first if one.parts else None for one in manifests]),
            "last": _moments([one.parts[-1].last if one.parts else None for one in manifests]),
            "rows": _counts(sum(part.rows for part in one.parts) for one in manifests),
            "files": _counts(len(one.parts) for one in manifests),
            "bytes": _counts(sum(part.bytes for part in one.parts) for one in manifests),
            "spans": _counts(len(one.covered) for one in manifests),
            "gaps": _counts(len(one.holes()) for one in manifests),
            "encoding": pd.Series([_encoding(one) for one in manifests], dtype="str"),
            "source": pd.Series([", ".join(sorted({s for _, _, s in one.covered})) for one in manifests], dtype="str"),
        }
    )


def _columns(rows: Sequence[tuple[int, int, str]]) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex, pd.Series]:
    source = pd.Series([by for _, _, by in rows], dtype="str")
    return moments([start for start, _, _ in rows]), moments([end for _, end, _ in rows]), source


def _reason(manifest: Manifest, start: int) -> str:
    if not manifest.parts or start < manifest.parts[0].first:
        return "before the first bar"
    return "after the last bar" if start > manifest.parts[-1].last else "between bars"


def _encoding(manifest: Manifest) -> str:
    """Write each column's digits: one number, several where files differ, ``float`` where values stand as they are."""
    seen: dict[str, set[str]] = {}
    for part in manifest.parts:
        for name, digits in part.encoding.items():
            seen.setdefault(name, set()).add("float" if digits is None else str(digits))
    plain = {"id", "side"}
    return ", ".join(f"{name} {'/'.join(sorted(how))}" for name, how in seen.items() if name not in plain)


def _moments(ms: list[int | None]) -> pd.Series:
    return pd.Series(pd.to_datetime(pd.array(ms, dtype="Int64"), unit="ms", utc=True)).dt.as_unit("us")


def _counts(numbers: Iterable[int]) -> pd.Series:
    return pd.Series(list(numbers), dtype="int64")
