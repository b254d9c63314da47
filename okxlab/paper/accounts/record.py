"""Accounts, keys and positions as they are kept on disk: their fields by name, decimals as texts."""

from dataclasses import Field, fields
from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.keys import ApiKey
from okxlab.paper.accounts.position import Position
from okxlab.paper.exact import plain
from okxlab.paper.products.borrowing import margin_pair
from okxlab.paper.products.instrument import Instrument

_OF_THE_PROCESS = {"open", "resting", "named", "positions", "watched"}  # told by other records, or by who is connected


def write_account(account: Account) -> dict[str, Any]:
    """Give an account's record: its settings."""
    return {field.name: _out(getattr(account, field.name)) for field in fields(account) if _kept(field)}


def read_account(record: dict[str, Any]) -> Account:
    """Give the account of a record, without orders and positions."""
    return Account(**{field.name: _in(field, record[field.name]) for field in fields(Account) if field.name in record})


def write_key(key: ApiKey) -> dict[str, Any]:
    """Give a key's record, its secret included."""
    return {field.name: _out(getattr(key, field.name)) for field in fields(key)}


def read_key(record: dict[str, Any]) -> ApiKey:
    """Give the key of a record."""
    return ApiKey(**record | {"perms": frozenset(record["perms"]), "ips": tuple(record["ips"])})


def write_position(position: Position) -> dict[str, Any]:
    """Give a position's record."""
    told = {field.name: _out(getattr(position, field.name)) for field in fields(position)}
    return told | {"account": position.account.uid, "instrument": position.instrument.name}


def read_position(record: dict[str, Any], account: Account, instrument: Instrument) -> Position:
    """Give the position of a record."""
    told = {field.name: _in(field, record[field.name]) for field in fields(Position) if field.name in record}
    if instrument.kind == "SPOT":
        instrument = margin_pair(instrument)
    return Position(**told | {"account": account, "instrument": instrument})


def _kept(field: "Field[Any]") -> bool:
    return field.name not in _OF_THE_PROCESS


def _out(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, dict):
        return [[list(key), one] for key, one in value.items()]
    if isinstance(value, frozenset):
        return sorted(value)
    return value if isinstance(value, str | int | tuple | list) else ""


def _in(field: "Field[Any]", value: Any) -> Any:
    if field.type is Decimal:
        return Decimal(value)
    if str(field.type).startswith("dict"):
        return {tuple(key): one for key, one in value}
    return value
