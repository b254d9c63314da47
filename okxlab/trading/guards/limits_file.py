"""``limits.toml`` of the workspace: read when it changes, so that a running strategy obeys it with its next order."""

import os
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from okxlab.errors import ConfigError
from okxlab.model import exact, instrument_id
from okxlab.trading.guards.limits import BUILT_IN, COUNTED, OLDEST_RULES, Limits, among

LIMITS_FILE = "limits.toml"


_ANY = "*"
_met: set[Path] = set()  # what this process has seen: none of it is absent because it is gone


def _amount(value: Any) -> Decimal:
    return exact(value)


def _symbol(value: Any) -> str:
    return _ANY if value == _ANY else instrument_id(str(value))


_Money = Annotated[Decimal, BeforeValidator(_amount), Field(ge=0)]
_Fraction = Annotated[Decimal, BeforeValidator(_amount), Field(ge=0, lt=1)]


class _Table(BaseModel):
    """What may stand in a table, each value a limit; what is left out stays as it is built in."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    price_band: _Fraction | None = None
    rest_band: _Money | None = None
    reference_age: Annotated[float, Field(gt=0, le=OLDEST_RULES)] | None = None
    rules_age: Annotated[float, Field(gt=0, le=OLDEST_RULES)] | None = None
    order: _Money | None = None
    open: _Money | None = None
    position: _Money | None = None
    day: _Money | None = None
    fees: _Money | None = None
    market_fee: _Fraction | None = None
    loss: _Money | None = None
    orders_per_minute: Annotated[int, Field(ge=0)] | None = None
    open_orders: Annotated[int, Field(ge=0)] | None = None
    instruments: list[Annotated[str, BeforeValidator(_symbol)]] | None = None

    def over(self, built_in: Limits, where: str) -> Limits:
        """Give these limits where they are set, the others as they are."""
        told: dict[str, Any] = {
            name: getattr(self, name) for name in _Table.model_fields if name in self.model_fields_set
        }
        if "instruments" in told:
            told["instruments"] = None if _ANY in told["instruments"] else frozenset(told["instruments"])
        return replace(built_in, **told, where=where)


class _ProfileTable(_Table):
    strategies: dict[str, _Table] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    paper: _ProfileTable = _ProfileTable()
    demo: _ProfileTable = _ProfileTable()
    live: _ProfileTable = _ProfileTable()


class LimitsFile:
    """The limits of one profile and strategy, as ``limits.toml`` has them now.

    Parameters
    ----------
    file
        ``limits.toml``; where it never was the built-in limits hold.
    profile
        ``paper``, ``demo`` or ``live``: which table.
    strategy
        A table ``[live.strategies.grid]`` is for the strategy ``grid`` and each whose name begins with ``grid-``; the
        longest name that fits goes first. What it says of one order (``order``, bands, ages, ``instruments``) holds
        in the place of ``[live]``; what it says of all of them (``open``, ``position``, ``day``, ``fees``, ``loss``,
        ``orders_per_minute``, ``open_orders``) is counted over those strategies together, and holds beside
        ``[live]``, which is counted over the whole account. ``instruments = ["*"]`` allows all.
    """

    def __init__(self, file: Path, profile: str, strategy: str) -> None:
        self._file = file
        self._profile = profile
        self._strategy = strategy
        self._read: tuple[object, Limits] | None = None

    def __call__(self) -> Limits:
        """Give the limits that hold now.

        Raises
        ------
        ConfigError
            When the file cannot be read, is not TOML, holds what it must not, or was there and is gone.
        """
        version = self._version()
        if self._read is None or self._read[0] != version:
            self._read = None  # what is damaged now was not read before
            limits = BUILT_IN[self._profile] if version is None else self._parsed()
            self._read = version, limits
        return self._read[1]

    def _version(self) -> tuple[int, int, int] | None:
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            if self._file in _met or self._file.is_symlink():
                raise self._gone() from None
            return None
        except OSError as error:
            raise self._unreadable(error) from None
        _met.add(self._file)
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _parsed(self) -> Limits:
        try:
            tables = _File.model_validate(tomllib.loads(self._file.read_text(encoding="utf-8")))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(
                f"{self._file} is not TOML: {error}.", "Mend that line; no order leaves before."
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreadable(error) from None
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            what = (
                "is none that okxlab knows" if first["type"] == "extra_forbidden" else f"cannot be used: {first['msg']}"
            )
            raise ConfigError(
                f"The limit {name} in {self._file} {what}.", "Correct or remove it; no order leaves before."
            ) from None
        table: _ProfileTable = getattr(tables, self._profile)
        limits = table.over(BUILT_IN[self._profile], f"[{self._profile}] in {self._file}")
        mine = self._named(table)
        if mine is None:
            return limits
        none: dict[str, Any] = dict.fromkeys(COUNTED)
        uncounted = replace(limits, **none, strategies=mine, account=limits)
        return table.strategies[mine].over(uncounted, f"[{self._profile}.strategies.{mine}] in {self._file}")

    def _named(self, table: _ProfileTable) -> str | None:
        return max((name for name in table.strategies if among(self._strategy, name)), key=len, default=None)

    def _gone(self) -> ConfigError:
        return ConfigError(
            f"{self._file} was there and is gone.",
            "Put it back, or an empty one for the built-in limits; no order leaves before.",
        )

    def _unreadable(self, error: OSError | UnicodeDecodeError) -> ConfigError:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        return ConfigError(
            f"{self._file} cannot be read ({reason}).",
            "Save it as UTF-8, readable for yourself; no order leaves before.",
        )
