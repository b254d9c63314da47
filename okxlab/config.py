"""The workspace a program runs in and the settings that stand there.

The workspace is the nearest folder upward that holds ``okxlab.toml``, else the current one. okxlab's own state lives in
its ``.okxlab/`` (mode 0700). Settings come from ``okxlab.toml``; ``OKXLAB_…`` variables of the environment go first,
``OKXLAB_PAPER__SEED=9`` for a value inside a table.
"""

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from okxlab.errors import ConfigError

SETTINGS_FILE = "okxlab.toml"


class PaperSettings(BaseModel):
    """``[paper]``: how the workspace's paper exchange is started.

    ``prices`` is ``walk``, ``file:PATH`` or ``tape:PATH``, a path in the workspace or an absolute one;
    ``symbol`` says what the file is of. ``fills`` is ``touch`` (an order fills whole when the path reaches it) or
    ``book`` (it queues in a book that trades). ``limits`` makes it refuse what is faster than OKX allows, and
    sessions keep to that.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prices: str = "walk"
    symbol: str = "BTC-USDT"
    seed: int = 7
    speed: float = Field(default=1.0, gt=0)
    fills: Literal["touch", "book"] = "touch"
    limits: bool = False


class VenueSettings(BaseModel):
    """``[demo]`` and ``[live]``: which of OKX's hosts the account belongs to, and where the journals of its orders lie.

    ``journal`` is a PostgreSQL database as libpq reads it, ``service=trading`` or ``postgresql://user@host/name``; its
    password stands where libpq looks for it, such as ``~/.pgpass``. Without it they lie in the workspace.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "openapi.okx.com"
    journal: str = Field(default="", repr=False)

    @field_validator("journal")
    @classmethod
    def _without_password(cls, journal: str) -> str:
        # the part before the host of an address, or a word of libpq's
        if re.search(r"//[^/@]*:[^/@]*@|(?i:password)\s*=", journal):
            raise ConfigError(
                "The setting journal holds a password.",
                "Put it into ~/.pgpass or PGPASSWORD, where libpq looks for it.",
            )
        return journal


class Settings(BaseSettings):
    """Everything that may stand in ``okxlab.toml``."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="OKXLAB_", env_nested_delimiter="__")

    lang: Literal["en", "zh"] = "en"
    paper: PaperSettings = PaperSettings()
    demo: VenueSettings = VenueSettings()
    live: VenueSettings = VenueSettings()


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with its settings; ``state`` is where okxlab keeps what it must remember."""

    root: Path
    settings: Settings

    @property
    def state(self) -> Path:
        """Give ``.okxlab/``, made on first use and closed to other users.

        Raises
        ------
        ConfigError
            When the folder cannot be made or written to.
        """
        folder = self.root / ".okxlab"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = folder.stat().st_mode & 0o777
            if mode & 0o077:  # made by a copy, a checkout or another hand
                folder.chmod(mode & 0o700)
        except OSError as error:
            raise ConfigError(
                f"okxlab cannot make its folder {folder} or close it to others ({error.strerror}).",
                "Work in a folder you may write to, or name one with workspace=.",
            ) from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigError(
                f"okxlab may not write to {folder}.", "Give yourself write permission there, or name another workspace."
            )
        return folder

    @property
    def exchange_state(self) -> Path:
        """Give the file in which the workspace's paper exchange tells where it is, while it runs."""
        return self.state / "paper.json"

    @property
    def exchange_data(self) -> Path | None:
        """Give the database of the workspace's paper exchange; on recorded candles it has none and starts anew."""
        return self.state / "paper.db" if self.settings.paper.prices == "walk" else None


def find_workspace(start: Path | str | None = None) -> Workspace:
    """Give the workspace that ``start`` (default: the current folder) lies in.

    Raises
    ------
    ConfigError
        When ``start`` is no folder, or ``okxlab.toml`` or the environment cannot be read or holds what it must not.
    """
    root = _root(start)
    return Workspace(root, _settings(root / SETTINGS_FILE))


def find_unset_workspace(start: Path | str | None = None) -> Workspace:
    """Give that workspace without reading its settings, for what must be done even where they are broken.

    Raises
    ------
    ConfigError
        When ``start`` is no folder.
    """
    return Workspace(_root(start), Settings.model_construct())


def _root(start: Path | str | None) -> Path:
    here = Path(start).expanduser().resolve() if start is not None else Path.cwd()
    if not here.is_dir():
        raise ConfigError(f"The workspace {here} is not a folder.", "Make it first, or name another.")
    return next((folder for folder in (here, *here.parents) if (folder / SETTINGS_FILE).is_file()), here)


def _settings(file: Path) -> Settings:
    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    try:
        return FromFile()
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not TOML: {error}.", "Mend that line.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read ({error}).", "Save it as UTF-8, readable for yourself.") from None
    except SettingsError as error:
        raise ConfigError(
            f"A variable of the environment cannot be used: {error}.",
            "Name a value inside its table, such as OKXLAB_PAPER__SEED=9, or unset it.",
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"The setting {where} in {file.name} or the environment cannot be used: {first['msg']}.",
            "Correct or remove it.",
        ) from None
