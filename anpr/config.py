"""Settings of car and centre: a TOML file, and environment variables above it.

Environment variables are named ``ANPR_CAR__VEHICLE``, ``ANPR_CENTRE__PORT`` and so on. Unknown keys are
refused, so that a misspelt setting is an error and not a silence.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from anpr.errors import ConfigError
from anpr.wire import Name

Port = Annotated[int, Field(ge=1, le=65_535)]


class Section(BaseModel):
    """A table of the settings file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BrokerSettings(Section):
    """Where the MQTT broker is."""

    host: str = Field("127.0.0.1", description="Host name or address of the broker.")
    port: Port = Field(1883, description="TCP port of the broker.")
    identity: Path | None = Field(
        None,
        description="Folder with our certificate, as `anpr enrol` made it; without it, plain MQTT on this"
        " machine alone.",
    )


class ListServerSettings(Section):
    """Where a car fetches lists that are too large for a message."""

    url: str = Field(
        "", description="Address of the folder, such as https://centre.example/lists; empty: none."
    )
    identity: Path | None = Field(
        None,
        description="Folder with our certificate, as `anpr enrol` made it, for a server of the fleet.",
    )
    ca: Path | None = Field(
        None, description="PEM file of who vouches for any other server; those of the system otherwise."
    )


class CameraSettings(Section):
    """One camera of the car."""

    name: Name = Field(description="Short name shown on alerts, for example front.")
    source: str = Field(description="A file, a folder of pictures, /dev/video0, or an rtsp:// address.")


class CarSettings(Section):
    """One patrol car."""

    vehicle: Name = Field("car-1", description="The car's name; later the common name of its certificate.")
    fleet: Name = Field("demo", description="The fleet it belongs to; part of every topic.")
    officer: str = Field(
        "officer", min_length=1, max_length=100, description="Who signs verdicts in this car."
    )
    cameras: tuple[CameraSettings, ...] = Field((), description="Cameras, read side by side.")
    engine: str = Field("default", description="Detector and reader, as in `anpr read --engine`.")
    looks_per_s: float = Field(
        15,
        ge=0,
        description="Most frames a second of a camera that are searched for plates; the tracker carries"
        " plates over the frames between. 0 searches every frame.",
    )
    gps: str = Field("none", description="gpsd://host:port, a GPX file to replay, or none.")
    data_dir: Path = Field(Path("car-data"), description="Where hotlist and outbox are kept.")
    broker: BrokerSettings = BrokerSettings()
    screen_host: str = Field("127.0.0.1", description="Address the alert screen listens on; keep it local.")
    screen_port: Port = Field(8080, description="TCP port of the alert screen.")
    stale_after_s: float = Field(
        86_400, gt=0, description="List age in seconds after which alerts say stale."
    )
    list_limit_s: float = Field(
        604_800, gt=0, description="List age in seconds after which it raises no alert any more."
    )
    not_wanted_s: float = Field(
        86_400,
        gt=0,
        description="Seconds for which an entry that an officer called out of date stays silent in this car,"
        " unless its list changes it first.",
    )
    list_server: ListServerSettings = ListServerSettings()
    repeat_after_s: float = Field(300, ge=0, description="Seconds before the same plate may alert again ...")
    repeat_after_m: float = Field(
        200, ge=0, description="... and metres the car must have moved (ignored without GPS)."
    )
    min_confidence: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Reads less likely right than this are 'cannot read'; by default the measured threshold.",
    )
    min_free_bytes: int = Field(
        200_000_000, ge=0, description="Free disk below which reading stops and says so."
    )
    max_outbox_bytes: int = Field(
        2_000_000_000,
        ge=1_000_000,
        description="Room that messages without a receipt may take; beyond it reading stops and says so.",
    )


class CentreSettings(Section):
    """The collector and its console."""

    fleet: Name = Field("demo", description="The fleet whose messages are collected.")
    data_dir: Path = Field(Path("centre-data"), description="Where the store and the crops are kept.")
    broker: BrokerSettings = BrokerSettings()
    host: str = Field("127.0.0.1", description="Address the console listens on.")
    port: Port = Field(8090, description="TCP port of the console.")
    lists_dir: Path | None = Field(
        None, description="Folder with large lists by their hash, served to cars under /lists."
    )
    name: Name = Field("collector-1", description="Name of this copy; its MQTT session is kept under it.")
    max_reject_bytes: int = Field(
        64_000_000,
        ge=1_000_000,
        description="Room for messages that could not be understood; the oldest make way, and are counted.",
    )


class Settings(BaseSettings):
    """Everything; each process reads its own table."""

    model_config = SettingsConfigDict(
        env_prefix="ANPR_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    car: CarSettings = CarSettings()
    centre: CentreSettings = CentreSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment above file: what an operator sets for one run wins."""
        return env_settings, init_settings


def load(path: Path | None) -> Settings:
    """Reads settings from a TOML file (or none) and the environment.

    Raises:
        ConfigError: the file is missing, is not TOML, or holds a value that cannot be used.
    """
    table: dict[str, object] = {}
    if path is not None:
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(
                f"The settings file {path} cannot be read: {error.strerror}.",
                "Check the path given with --config.",
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{path} is not valid TOML: {error}.", "Mend that line and start again."
            ) from error
    try:
        return Settings(**table)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"Setting {where or path}: {first['msg']} (got {first.get('input')!r}).",
            "docs/reference/settings.md lists every setting with its bounds.",
        ) from error
