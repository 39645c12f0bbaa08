"""The answers of the user about one model: validated, recorded in the receipt, asked again only to fill gaps."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Self

from geo_scaffold.errors import ContradictionError, UsageError
from geo_scaffold.kinds import DEFAULT, KINDS, Kind, generated
from geo_scaffold.names import Names, build_names
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.phases import NEW_PHASES, Phase
from geo_scaffold.records import dataclass, field, fields

OWNERS: Final = ("project", "group", "organization", "user", "none")
"""What a record may belong to. Several owners are recorded in this order."""

NOBODY: Final = "none"

# What a user may write in options, each as a whole.
_TIMESTAMP: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", re.ASCII)
_GITLAB: Final = re.compile(r"\d{1,3}(\.\d{1,3}){0,2}(-\w{1,20})?", re.ASCII)
_MILESTONE: Final = re.compile(r"\d{1,3}\.\d{1,3}", re.ASCII)
_GROUP: Final = re.compile(r"group::[a-z0-9]+(?:[ -][a-z0-9]+)*", re.ASCII)
_COLUMN: Final = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_URL: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~!-]+)+/?", re.ASCII)

OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kind": "--kind",
        "owner": "--owner",
        "sharding_keys": "--sharding-key",
        "sharding_key_issue": "--sharding-key-issue",
        "gitlab": "--gitlab",
        "name": "--name",
        "plural": "--plural",
        "acronyms": "--acronym",
        "default_acronyms": "--no-default-acronyms",
        "title": "--title",
        "title_plural": "--title-plural",
        "table": "--table",
        "factory": "--factory",
        "spellings": "--set",
        "milestone": "--milestone",
        "group": "--group",
        "merge_request": "--mr",
        "feature_issue": "--feature-issue",
        "rollout_issue": "--rollout-issue",
        "timestamp": "--timestamp",
        "runtime": "--runtime",
    }
)
"""The option that gives each answer."""


PHASED: Final = ("milestone", "merge_request", "feature_issue", "rollout_issue")
"""The answers that each phase has separately, because each phase is a separate merge request."""

_OF_SCHEMA_1: Final[Mapping[str, tuple[tuple[str, ...], str]]] = MappingProxyType(
    {
        "milestone": (NEW_PHASES, "milestone"),
        "merge_request": (NEW_PHASES, "merge_request"),
        "release_milestone": ((Phase.RELEASE,), "milestone"),
        "release_merge_request": ((Phase.RELEASE,), "merge_request"),
    }
)
"""Answers of a receipt of schema 1 that have since moved to phases: to which phases, under which name."""

_FIXED: Final = frozenset({"kind", "runtime"})
"""The answers that a receipt fixes: to change one would mean another type, or another folder."""

_LISTS: Final = ("acronyms", "sharding_keys")
_NOT_TEXT: Final = {
    **dict.fromkeys(_LISTS, list),
    "default_acronyms": bool,
    "spellings": dict,
    "runtime": bool,
    "phases": dict,
}
"""The JSON types of the answers that are not text."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers about one model; None where nobody gave one. No value needs quoting anywhere.

    Args:
        model: The Active Record class.
        kind: One of the kinds that `new` can generate.
        owner: What a record belongs to, or `none`. If the table has several owners, all of them; a record has one.
        sharding_keys: The sharding keys of the states table; empty if it has none.
        sharding_key_issue: The issue that asks for a sharding key on a table without one.
        gitlab: The GitLab version that the edition is for.
        name: The replicable name.
        plural: Its plural.
        acronyms: Acronyms that Rails knows, besides the default ones.
        default_acronyms: Whether GitLab's acronyms and inflections apply.
        title: The title of one record.
        title_plural: Its plural.
        table: The model's table.
        factory: The model's factory.
        spellings: Overrides of other spellings, by key.
        group: The group that owns the feature flag, such as `group::geo`.
        timestamp: Of both migrations, `YYYYMMDDHHMMSS`.
        runtime: Whether the reference runtime is generated too.
        phases: The answers in `PHASED`, by phase.
    """

    model: str
    kind: str | None = None
    owner: str | tuple[str, ...] | None = None
    sharding_keys: tuple[str, ...] | None = None
    sharding_key_issue: str | None = None
    gitlab: str | None = None
    name: str | None = None
    plural: str | None = None
    acronyms: tuple[str, ...] | None = None
    default_acronyms: bool | None = None
    title: str | None = None
    title_plural: str | None = None
    table: str | None = None
    factory: str | None = None
    spellings: Mapping[str, str] | None = field(default=None, hash=False)
    group: str | None = None
    timestamp: str | None = None
    runtime: bool | None = None
    phases: Mapping[str, Mapping[str, str]] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        """Refuse values that a template could not use without quoting."""
        _one_of("--kind", self.kind, generated())
        for owner in self.owners:
            _one_of("--owner", owner, OWNERS)
        if NOBODY in self.owners and len(set(self.owners)) > 1:
            others = " and ".join(each for each in OWNERS if each in self.owners and each != NOBODY)
            raise UsageError(
                f"--owner {NOBODY} contradicts --owner {others}",
                remedy=f"Leave one of them out: {NOBODY} is for records that belong to nobody",
            )
        object.__setattr__(self, "owner", as_answer(self.owners))
        for column in self.sharding_keys or ():
            _shaped("--sharding-key", column, _COLUMN, "a column", "project_id")
        _shaped("--sharding-key-issue", self.sharding_key_issue, *_SHAPES["sharding_key_issue"])
        _shaped("--gitlab", self.gitlab, _GITLAB, "a GitLab version", "16.11")
        _shaped("--group", self.group, _GROUP, "a group label", "group::geo")
        for phase, given in (self.phases or {}).items():
            _one_of("phase", phase, tuple(Phase))
            for key, value in given.items():
                _one_of("answer of a phase", key, PHASED)
                _shaped(OPTIONS[key], value, *_SHAPES[key])
        if self.timestamp is not None and not _is_time(self.timestamp):
            raise UsageError(f"--timestamp {self.timestamp!a} is not a time", remedy="Give it as 20230131235959")

    @property
    def owners(self) -> tuple[str, ...]:
        """What a record belongs to, `none` included; empty if nobody answered."""
        return (self.owner,) if isinstance(self.owner, str) else self.owner or ()

    def given(self) -> dict[str, Any]:
        """Return the answers that somebody gave, by field, as JSON values, without the model."""
        values = {item.name: getattr(self, item.name) for item in fields(self)[1:]}
        return {key: _as_json(value) for key, value in values.items() if value is not None}

    @classmethod
    def recorded(cls, model: str, given: Mapping[str, Any]) -> Self:
        """Build answers from what `given` returned.

        Args:
            model: The Active Record class.
            given: The answers by field, as JSON values; those of a receipt of schema 1 too.

        Raises:
            TypeError: There is an answer to an unknown question.
            UsageError: An answer cannot be used.
        """
        values = _of_schema_2(given)
        for key, kind in _NOT_TEXT.items():
            if key in values and not isinstance(values[key], kind):
                raise TypeError(f"{key} is not a {kind.__name__}")
        for key in _LISTS:
            if key in values:
                values[key] = tuple(map(str, values[key]))
        if "spellings" in values:
            values["spellings"] = {str(key): str(value) for key, value in values["spellings"].items()}
        if "phases" in values:
            values["phases"] = {
                str(phase): {str(key): str(value) for key, value in dict(own).items()}
                for phase, own in values["phases"].items()
            }
        if isinstance(values.get("owner"), list | tuple):  # several; one is a plain string, as in older receipts
            values["owner"] = tuple(map(str, values["owner"]))
        for key, value in values.items():
            is_list = key == "owner" and isinstance(value, tuple) and value
            if key not in _NOT_TEXT and not isinstance(value, str) and not is_list:
                raise TypeError(f"{key} is not a string")
        return cls(model=model, **values)

    def merged_with(self, recorded: "Answers", *, receipt: str) -> Self:
        """Fill in missing answers from an earlier run; an answer given now replaces the earlier one.

        Args:
            recorded: The answers of the earlier run.
            receipt: The path of its receipt, for the message.

        Raises:
            ContradictionError: An answer that a receipt fixes was different then.
        """
        now, then = self.given(), recorded.given()
        for key in now:
            if key in _FIXED and key in then and now[key] != then[key]:
                raise ContradictionError(
                    f"{OPTIONS[key]} is now {_shown(key, now[key])}, but was {_shown(key, then[key])}"
                    " when this was generated",
                    path=receipt,
                    remedy=f"Leave {OPTIONS[key]} out, or run `geo-scaffold undo {self.model}` first",
                )
        spellings = {**then.get("spellings", {}), **now.get("spellings", {})}
        if spellings:
            now["spellings"] = spellings
        phases = {
            phase: {**then.get("phases", {}).get(phase, {}), **now.get("phases", {}).get(phase, {})}
            for phase in Phase
            if phase in then.get("phases", {}) or phase in now.get("phases", {})
        }
        if phases:
            now["phases"] = phases
        return self.recorded(self.model, {**then, **now})

    def in_phases(self, phases: Iterable[str], **given: str | None) -> Self:
        """Return these answers with other values for some phases.

        Args:
            phases: The phases.
            **given: Answers of `PHASED`; None if nobody gave one. A merge request or an issue need not be given as a
                URL.
        """
        values = {key: canonical(key, value) for key, value in given.items() if value is not None}
        of = self.given().get("phases", {})
        changed = {*phases} if values else set()
        of = {
            phase: {**of.get(phase, {}), **(values if phase in changed else {})}
            for phase in Phase
            if phase in of or phase in changed
        }
        return self.recorded(self.model, {**self.given(), **({"phases": of} if of else {})})

    def of_phase(self, phase: str) -> Mapping[str, str]:
        """Return the answers that one phase has separately."""
        return (self.phases or {}).get(phase, {})

    def with_defaults(self, **defaults: str | tuple[str, ...]) -> Self:
        """Return these answers with these values for those that nobody gave."""
        return self.recorded(self.model, {**{key: _as_json(each) for key, each in defaults.items()}, **self.given()})

    def with_milestone(self, phases: Iterable[str], milestone: str) -> Self:
        """Return these answers with a milestone for the phases without one.

        Args:
            phases: The phases.
            milestone: Such as `16.3`.
        """
        return self.in_phases(
            (phase for phase in phases if "milestone" not in self.of_phase(phase)), milestone=milestone
        )

    def names(self, inflector: Inflector, *, ee_only: bool = False, kind: Kind | None = None) -> Names:
        """Return every spelling of the model's name.

        Args:
            inflector: The inflector, with the acronyms among the answers.
            ee_only: Whether the model exists in GitLab EE only.
            kind: The kind. None means the answer, else the default.

        Raises:
            InvalidNameError: No Geo class could be derived from the name.
            UsageError: An override has an unknown key or contradicts another option.
        """
        return build_names(
            self.model,
            inflector=inflector,
            name=self.name,
            plural=self.plural,
            title=self.title,
            title_plural=self.title_plural,
            table=self.table,
            factory=self.factory,
            overrides=self.spellings or {},
            ee_only=ee_only,
            kind=kind or KINDS[self.kind or DEFAULT],
        )


def as_answer(owners: Iterable[str]) -> str | tuple[str, ...] | None:
    """Return owners in the form of an answer: the name of one, a tuple of several, None if there are none.

    Args:
        owners: The owners, in any order.
    """
    kept = tuple(sorted(set(owners), key=OWNERS.index))
    return kept if len(kept) > 1 else next(iter(kept), None)


_PROJECT: Final = "https://gitlab.com/gitlab-org/gitlab"
_MERGE_REQUESTS: Final = f"{_PROJECT}/-/merge_requests"
_ISSUES: Final = f"{_PROJECT}/-/issues"

_FOLDERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "merge_request": ("merge_requests", "!"),
        "feature_issue": ("issues", "#"),
        "rollout_issue": ("issues", "#"),
        "sharding_key_issue": ("issues", "#"),
    }
)
"""The part of the URL of each answer in GitLab's project, and the sigil of a reference."""

# References and URLs that a user may write for a merge request or an issue: `!1`, `gitlab-org/gitlab#1`.
_NUMBER: Final = re.compile(r"(?:gitlab-org/gitlab)?([!#]?)([1-9]\d{0,18})", re.ASCII)
_OF_PROJECT: Final = re.compile(
    r"https?://gitlab\.com/gitlab-org/gitlab(?:/-)?/(merge_requests|issues|work_items)/([1-9]\d{0,18})(?:[/?#].*)?",
    re.ASCII,
)
"""A URL in GitLab's own project, with whatever a browser may add, such as `/diffs` or `#note_1`."""

_PAGE: Final = re.compile(r"/-/(?:merge_request|issue|work_item|epic)s?(?=[/?#]|$)", re.ASCII)
"""What a URL contains that should lead to one of these."""
# The same, with its number, in any project of any instance.
_NUMBERED: Final = re.compile(r"/-/(?:merge_requests|issues|work_items|epics)/[1-9]\d{0,18}(?=[/?#]|$)", re.ASCII)

URL_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "introduced_by_url": "merge_request",
        "feature_issue_url": "feature_issue",
        "rollout_issue_url": "rollout_issue",
    }
)
"""The answer that each URL key of feature flags and of the database dictionary holds."""

_SHAPES: Final[Mapping[str, tuple[re.Pattern[str], str, str]]] = MappingProxyType(
    {
        "milestone": (_MILESTONE, "a milestone", "16.11"),
        "merge_request": (_URL, "a merge request", f"'!12345', or {_MERGE_REQUESTS}/12345"),
        "feature_issue": (_URL, "an issue", f"'#12345', or {_ISSUES}/12345"),
        "rollout_issue": (_URL, "an issue", f"'#12345', or {_ISSUES}/12345"),
        "sharding_key_issue": (_URL, "an issue", f"'#12345', or {_ISSUES}/12345"),
    }
)
"""The form of each of these answers: pattern, name and example."""

PLACEHOLDERS: Final[Mapping[str, str]] = MappingProxyType(
    {"merge_request": f"{_MERGE_REQUESTS}/XXXXX", "milestone": "XX.Y"}
)
"""The placeholder for an answer that nobody gave; a person, or a later run, fills it in."""
GIVEN: Final[Mapping[str, str]] = MappingProxyType({"merge_request": "'!NUMBER'", "milestone": "MAJOR.MINOR"})
"""What a suggested command shows for each of these."""


def _as_json(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _as_json(each) for key, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _of_schema_2(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a receipt of schema 1, with those that have since moved to phases moved there."""
    values = {key: value for key, value in given.items() if key not in _OF_SCHEMA_1}
    phases = values.get("phases", {})
    for key, (of, name) in _OF_SCHEMA_1.items():
        for phase in of if key in given else ():
            phases = {**phases, phase: {name: given[key], **phases.get(phase, {})}}
    return {**values, "phases": phases} if phases else values


def canonical(key: str, text: str) -> str:
    """Return the URL that an answer means: a number, a reference or a URL with a tail.

    Anything else, such as the URL of another project, is returned unchanged.

    Args:
        key: The answer, one of `PHASED`, or `sharding_key_issue`.
        text: What was given, such as `!12345` or `https://gitlab.com/gitlab-org/gitlab/-/merge_requests/12345/diffs`.

    Raises:
        UsageError: It is a URL that should end in a number, and does not.
    """
    if key not in _FOLDERS:
        return text
    folder, sign = _FOLDERS[key]
    if (number := _NUMBER.fullmatch(text)) and number[1] in ("", sign):
        return f"{_PROJECT}/-/{folder}/{number[2]}"
    if address := _OF_PROJECT.fullmatch(text):
        return f"{_PROJECT}/-/{address[1]}/{address[2]}"
    if _URL.match(text) and not leads_somewhere(text):
        raise _not_shaped(OPTIONS[key], text, *_SHAPES[key][1:])
    return text


def leads_somewhere(url: str) -> bool:
    """Tell whether a URL can be that of a page, unlike `…/-/merge_requests/`, `…/-/issue/3` or `TODO`.

    Args:
        url: The URL, from a file or an option.
    """
    return url.startswith(("http://", "https://")) and (not _PAGE.search(url) or bool(_NUMBERED.search(url)))


def example_of(key: str) -> str:
    """Return a URL in GitLab's project with a word in place of the number.

    Args:
        key: The answer, such as `merge_request`.
    """
    return f"{_PROJECT}/-/{_FOLDERS[key][0]}/NUMBER"


def _is_time(text: str) -> bool:
    parts = _TIMESTAMP.fullmatch(text)
    try:
        return bool(parts and datetime(*map(int, parts.groups())))  # type: ignore[arg-type]
    except ValueError:
        return False


def shown_placeholder(key: str) -> str:
    """Return the part of a placeholder that people search for, such as `XXXXX`.

    Args:
        key: The answer that it stands for.
    """
    return PLACEHOLDERS[key].rpartition("/")[2]


def _one_of(option: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise UsageError(f"{option} {value!a} is not one of {', '.join(allowed)}", remedy="Choose one of them")


def _shaped(option: str, value: str | None, shape: re.Pattern[str], what: str, example: str) -> None:
    if value is not None and not shape.fullmatch(value):
        raise _not_shaped(option, value, what, example)


def _not_shaped(option: str, value: str, what: str, example: str) -> UsageError:
    return UsageError(f"{option} {value!a} is not {what}", remedy=f"For example: {option} {example}")


def _shown(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value != OPTIONS[key].startswith("--no-") else "off"
    if isinstance(value, Mapping):
        return " ".join(f"{key}={text}" for key, text in value.items()) or "nothing"
    return (" and " if key == "owner" else " ").join(value) if isinstance(value, list) else str(value)
