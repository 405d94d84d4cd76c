"""The configuration: one validated YAML file; an error names file, line, key and what was meant."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
HERE = Path(__file__).resolve().parent
Alarms = Literal["fewer", "usual", "more"]
Language = Literal["fr", "en", "de", "es", "it", "nl"]


class ConfigError(Exception):
    """The configuration cannot be used; ``problems`` are sentences, one each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("expected a time zone such as Europe/Paris")
    return name


def _hours(text: str) -> str:
    times = r"([01]\d|2[0-3]):[0-5]\d"
    if not re.fullmatch(rf"{times}-{times}(, ?{times}-{times})*", text):
        raise ValueError("expected opening hours such as 09:00-12:30, 14:00-18:00")
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", text):
        raise ValueError("expected an e-mail address such as marketing@example.org")
    return text.lower()


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", text):
        raise ValueError("expected small letters, digits and dashes, such as maison-lumen")
    return text


def _label(name: object) -> str:
    """A label as its model writes it: YAML takes 0 for a number, and no for false."""
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise ValueError("expected the name of a label, in quotes")
    return str(name)


def _meaning(said: object) -> int | str:
    word = str(said).strip().lower()
    if word in ("negative", "neutral", "positive"):
        return word
    if word in ("1", "2", "3", "4", "5"):
        return int(word)
    raise ValueError("expected a number of stars from 1 to 5, negative, neutral or positive")


TimeZone = Annotated[str, AfterValidator(_zone)]
Hours = Annotated[str, AfterValidator(_hours)]
Email = Annotated[str, AfterValidator(_address)]
Slug = Annotated[str, AfterValidator(_slug)]
Meaning = Annotated[int | str, BeforeValidator(_meaning)]
"""What a classifier's label says: 1 to 5 stars, negative, neutral or positive."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Part(BaseModel):
    """Base of every part of the configuration: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(Part):
    """Where the rows are."""

    url: SecretStr = SecretStr("sqlite:///var/vigie.db")


class Pages(Part):
    """The web pages: where they listen, and the address that people and mails use."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str = ""
    """Address in mails; by default http://host:port."""
    session_hours: int = Field(12, ge=1, le=720)
    secure_cookies: bool | None = None
    """None: secure when public_url is https."""
    trust_proxy: bool = False
    """True behind a reverse proxy of yours that sets X-Forwarded-For."""


class Mail(Part):
    """The SMTP server; without a host nothing is sent and mails wait in the outbox."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: Email = "vigie@localhost"
    sender_name: str = "Vigie"


class CustomerService(Part):
    """How a customer reaches the brand: what replies may point to."""

    email: Email | None = None
    phone: str | None = None
    url: str | None = None


class Responding(Part):
    """How fast answers are owed, by severity, in hours on the clock."""

    critical: int = Field(4, ge=1)
    high: int = Field(24, ge=1)
    normal: int = Field(72, ge=1)


class Telling(Part):
    """When mails go out, in the brand's time zone, and to whom beside the team."""

    digest_at: str = Field("08:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    digest_days: tuple[Weekday, ...] = WEEKDAYS[:5]  # type: ignore[assignment]
    report_day: Weekday = "monday"
    report_at: str = Field("07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    recipients: tuple[Email, ...] = ()
    send_quiet_digest: bool = False
    """True: a digest also on days when nothing waits."""


class SourceConfig(Part):
    """One account, page, search or file of a platform."""

    name: Slug
    platform: str
    every_minutes: int = Field(60, ge=5)
    full_walk_days: int = Field(7, ge=1)
    """How often everything is re-read, which alone can show that a review is gone."""
    reply: bool = True
    """False: replies are copied by hand even where the platform has an interface."""
    settings: dict[str, Any] = Field(default_factory=dict)


class Brand(Part):
    """Whose reputation is watched."""

    key: Slug
    name: str = Field(min_length=1, max_length=120)
    time_zone: TimeZone = "Europe/Paris"
    languages: tuple[Language, ...] = ("fr", "en")
    opening_hours: dict[Weekday, Hours] = Field(default_factory=dict)
    customer_service: CustomerService = CustomerService()
    signature: dict[Language, str] = Field(default_factory=dict)
    """How replies are signed, a language; by default "the <name> team"."""
    good_faith: dict[Language, tuple[str, ...]] = Field(default_factory=dict)
    """Facts about the brand that replies may cite: true sentences, a language."""
    customers_per_week: int | None = Field(None, ge=1)
    """Customers served a week: what "dissatisfied per 1,000 customers" is over."""
    responding: Responding = Responding()
    telling: Telling = Telling()
    sources: tuple[SourceConfig, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The brand's time zone."""
        return ZoneInfo(self.time_zone)


class Collecting(Part):
    """How platforms are visited."""

    user_agent: str = "Vigie/0.1 (reputation monitor; contact: {contact})"
    contact: str = "not configured"
    """An address or page where a platform can reach the operator: part of the user agent."""
    pace_seconds: float = Field(1.0, ge=0, le=60)
    """Least time between two requests to one host."""
    timeout_seconds: float = Field(20.0, gt=0, le=300)
    allow_private_hosts: bool = False
    """True lets sources be on loopback and private addresses."""


class Replying(Part):
    """How replies are drafted and published."""

    undo_minutes: float = Field(2, ge=0, le=1440)
    """How long an approved reply waits before it is published, and can be taken back."""
    four_eyes: bool = False
    """True: whoever edited a draft last may not approve it; of a critical review so anyway, once
    two people may approve."""
    draft_for: tuple[Literal["negative", "neutral", "positive"], ...] = (
        "negative",
        "neutral",
        "positive",
    )
    promises_allowed: bool = False
    """True lets a reply offer refunds and the like without the checker refusing."""


class Classifier(Part):
    """The model that reads sentiment."""

    model: str = "models/sentiment"
    """A folder, or a name on the hub; models/sentiment is the shipped one."""
    labels: dict[Annotated[str, BeforeValidator(_label)], Meaning] | None = None
    """What each of another model's labels means, where it does not say so itself."""
    rules: Path | None = None
    """A folder of the operator's own rules, added to the shipped ones."""
    alarms: Alarms = "usual"
    """How easily a review is called critical; another model's are the rules' alone."""

    @field_validator("model")
    @classmethod
    def _model_is_named(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("expected a folder, such as models/sentiment, or a name on the hub")
        return value


class Config(Part):
    """Everything an installation is told."""

    brands: tuple[Brand, ...] = Field(min_length=1)
    database: Database = Database()
    pages: Pages = Pages()
    mail: Mail = Mail()
    collecting: Collecting = Collecting()
    replying: Replying = Replying()
    classifier: Classifier = Classifier()
    """A string is the model alone."""
    templates: Path | None = None
    """The operator's own templates, looked in before the shipped ones."""
    demonstration: bool = False
    """True runs the demonstration platform and mailbox beside Vigie."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Config:
        for what, names in (
            ("brand key", [brand.key for brand in self.brands]),
            ("source name", [source.name for _, source in self.sources()]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"the {what} “{twice[0]}” is used twice")
        return self

    @field_validator("classifier", mode="before")
    @classmethod
    def _classifier_may_be_its_model_alone(cls, value: object) -> object:
        if isinstance(value, str):
            return {"model": value}
        if not isinstance(value, dict | Classifier):
            raise ValueError("expected a model's folder or name, or the keys model and labels")
        return value

    def sources(self) -> list[tuple[Brand, SourceConfig]]:
        """Every configured source with its brand."""
        return [(brand, source) for brand in self.brands for source in brand.sources]

    def brand(self, key: str) -> Brand:
        """The brand of that key; KeyError when the configuration has none."""
        for brand in self.brands:
            if brand.key == key:
                return brand
        raise KeyError(key)

    @property
    def public_url(self) -> str:
        """The address people use, without a slash at its end."""
        return (self.pages.public_url or f"http://{self.pages.host}:{self.pages.port}").rstrip("/")


@dataclass(frozen=True)
class Loaded:
    """A configuration and where each of its keys stands in the file."""

    config: Config
    path: Path
    lines: Mapping[tuple[str | int, ...], int]

    def place(self, key: tuple[str | int, ...]) -> str:
        """``config.yaml, line 12, brands[0].time_zone``: the nearest key that is in the file."""
        return place(self.path, self.lines, key)


def load(path: Path, environment: Mapping[str, str] | None = None) -> Loaded:
    """Read and validate a configuration file. Raises ConfigError with every problem found."""
    environment = os.environ if environment is None else environment
    try:
        source = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from error
    node = _compose(path, source)
    lines: dict[tuple[str | int, ...], int] = {}
    problems: list[str] = []
    _note_lines(node, (), lines, problems, path)
    data = yaml.safe_load(source) if node is not None else {}
    if not isinstance(data, dict):
        raise ConfigError([f"{path}, line 1: expected keys such as “brands:”"])
    filled = _fill(data, (), environment, problems, path, lines)
    try:
        config = Config.model_validate(filled)
    except ValidationError as error:
        problems += [sentence(path, lines, dict(one)) for one in _causes(error)]
        raise ConfigError(problems) from error
    if problems:
        raise ConfigError(problems)
    return Loaded(config, path, lines)


def place(
    path: Path, lines: Mapping[tuple[str | int, ...], int], key: tuple[str | int, ...]
) -> str:
    """Where a key stands, or would stand, in the file."""
    known = key
    while known and known not in lines:
        known = known[:-1]
    line = lines.get(known, 1)
    return f"{path}, line {line}, {_dotted(key)}" if key else f"{path}, line {line}"


def _dotted(key: tuple[str | int, ...]) -> str:
    text = ""
    for step in key:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")


def _compose(path: Path, source: str) -> yaml.Node | None:
    try:
        return yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError([f"{path}, line {line}: not valid YAML ({error.problem})"]) from error
    except yaml.YAMLError as error:
        raise ConfigError([f"{path}: not valid YAML ({error})"]) from error


def _note_lines(
    node: yaml.Node | None,
    key: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
    problems: list[str],
    path: Path,
) -> None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            inner = (*key, str(name.value))
            if inner in lines:
                problems.append(
                    f"{path}, line {name.start_mark.line + 1}, {_dotted(inner)}: "
                    f"is already given on line {lines[inner]}"
                )
            lines[inner] = name.start_mark.line + 1
            _note_lines(value, inner, lines, problems, path)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[(*key, number)] = value.start_mark.line + 1
            _note_lines(value, (*key, number), lines, problems, path)


def _fill(
    value: Any,
    key: tuple[str | int, ...],
    environment: Mapping[str, str],
    problems: list[str],
    path: Path,
    lines: Mapping[tuple[str | int, ...], int],
) -> Any:
    """Put the environment's secrets in the place of ``${NAME}``."""
    if isinstance(value, dict):
        return {
            name: _fill(inner, (*key, str(name)), environment, problems, path, lines)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _fill(inner, (*key, number), environment, problems, path, lines)
            for number, inner in enumerate(value)
        ]
    if not isinstance(value, str):
        return value

    def secret(match: re.Match[str]) -> str:
        try:
            return _variable(match[1], environment)
        except LookupError as error:
            problems.append(f"{place(path, lines, key)}: {error.args[0]}")
            return ""

    return VARIABLE.sub(secret, value)


def _variable(name: str, environment: Mapping[str, str]) -> str:
    """The value of NAME, or what the file named by NAME_FILE holds."""
    if name in environment:
        return environment[name]
    file = environment.get(f"{name}_FILE")
    if file is None:
        raise LookupError(f"the environment has neither {name} nor {name}_FILE")
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise LookupError(f"the file that {name}_FILE names cannot be read") from error


def _causes(error: ValidationError) -> list[Mapping[str, Any]]:
    """The errors without those that only say that something inside is wrong."""
    found = error.errors()
    inner = [tuple(one["loc"]) for one in found]
    return [
        dict(one)
        for one in found
        if one["type"] != "too_short"
        or not any(
            loc != tuple(one["loc"]) and loc[: len(one["loc"])] == one["loc"] for loc in inner
        )
    ]


EXPECTED = {
    "missing": "is missing",
    "extra_forbidden": "is not a key that Vigie knows",
}


def sentence(
    path: Path, lines: Mapping[tuple[str | int, ...], int], error: Mapping[str, Any]
) -> str:
    """One of pydantic's errors as a sentence with its place; secrets are not shown."""
    key = tuple(error["loc"])
    kind = str(error["type"])
    message = EXPECTED.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    if not kind.startswith(("missing", "extra", "value_error")) and not _is_secret(error):
        message = f"{message} (found: {str(error.get('input'))[:60]!r})"
    return f"{place(path, lines, key)}: {message[0].lower()}{message[1:]}"


def _is_secret(error: Mapping[str, Any]) -> bool:
    last = str(error["loc"][-1]) if error["loc"] else ""
    return any(word in last for word in ("password", "secret", "token", "key", "url"))
