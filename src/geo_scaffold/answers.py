"""What a user answers about one model: validated, recorded in the receipt, given again only to fill what is open."""

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
"""What a record may belong to, in the order in which several of them are kept."""

NOBODY: Final = "none"

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
"""The answers that each phase has of its own, as each is a merge request of its own."""

_OF_SCHEMA_1: Final[Mapping[str, tuple[tuple[str, ...], str]]] = MappingProxyType(
    {
        "milestone": (NEW_PHASES, "milestone"),
        "merge_request": (NEW_PHASES, "merge_request"),
        "release_milestone": ((Phase.RELEASE,), "milestone"),
        "release_merge_request": ((Phase.RELEASE,), "merge_request"),
    }
)
"""The answers of a receipt of schema 1 that are those of phases since: of which, and which one."""

_FIXED: Final = frozenset({"kind", "runtime"})
"""The answers that a receipt fixes: another one would be another type, or another folder."""

_LISTS: Final = ("acronyms", "sharding_keys")
_NOT_TEXT: Final = {
    **dict.fromkeys(_LISTS, list),
    "default_acronyms": bool,
    "spellings": dict,
    "runtime": bool,
    "phases": dict,
}
"""How JSON holds an answer that is no text."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers about one model; None: nobody gave one. Nothing in here needs quoting anywhere.

    Args:
        model: The Active Record class.
        kind: One of the kinds that `new` makes.
        owner: What a record belongs to, or `none`; where a table has several owners, all of them, and a record has one.
        sharding_keys: The sharding keys of the table of states; empty: it has none.
        sharding_key_issue: The issue of a table that is still to have one.
        gitlab: The GitLab version that the edition is for.
        name: The replicable name.
        plural: Its plural.
        acronyms: Acronyms that Rails knows, beside the default ones.
        default_acronyms: Whether GitLab's acronyms and inflections apply.
        title: The title of one record.
        title_plural: The title of many.
        table: The model's table.
        factory: The model's factory.
        spellings: Any other spellings, by key.
        group: The group that owns the feature flag, such as `group::geo`.
        timestamp: Of both migrations, `YYYYMMDDHHMMSS`.
        runtime: Whether the reference runtime is made too.
        phases: The answers that belong to single phases, by phase: those of `PHASED`.
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
        """Refuse what could not stand in a template as it is."""
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
        """What a record belongs to, `none` included; empty: nobody answered."""
        return (self.owner,) if isinstance(self.owner, str) else self.owner or ()

    def given(self) -> dict[str, Any]:
        """Return the answers that somebody gave, by field, as JSON holds them; the model is not among them."""
        values = {item.name: getattr(self, item.name) for item in fields(self)[1:]}
        return {key: _as_json(value) for key, value in values.items() if value is not None}

    @classmethod
    def recorded(cls, model: str, given: Mapping[str, Any]) -> Self:
        """Build answers from what `given` returned.

        Raises:
            TypeError: There is an answer to a question that is not asked.
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
        if isinstance(values.get("owner"), list | tuple):  # several: of one there is its name, as there always was
            values["owner"] = tuple(map(str, values["owner"]))
        for key, value in values.items():
            is_list = key == "owner" and isinstance(value, tuple) and value
            if key not in _NOT_TEXT and not isinstance(value, str) and not is_list:
                raise TypeError(f"{key} is not a string")
        return cls(model=model, **values)

    def merged_with(self, recorded: "Answers", *, receipt: str) -> Self:
        """Take the answers that are not given now from an earlier run; one that is given now replaces the earlier one.

        Args:
            recorded: The answers of the earlier run.
            receipt: Where they are recorded, for the message.

        Raises:
            ContradictionError: What a receipt fixes was answered otherwise then.
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
        """Return these answers with others that count for phases.

        Args:
            phases: The phases.
            **given: Of `PHASED`; None: nobody gave it. What names a merge request or an issue of GitLab need not be
                its URL.
        """
        values = {key: canonical(key, value) for key, value in given.items() if value is not None}
        of = self.given().get("phases", {})
        for phase in phases if values else ():
            of = {**of, phase: {**of.get(phase, {}), **values}}
        return self.recorded(self.model, {**self.given(), **({"phases": of} if of else {})})

    def of_phase(self, phase: str) -> Mapping[str, str]:
        """Return the answers of one phase, of those that each has of its own."""
        return (self.phases or {}).get(phase, {})

    def with_defaults(self, **defaults: str | tuple[str, ...]) -> Self:
        """Return these answers with others where nobody gave one."""
        return self.recorded(self.model, {**{key: _as_json(each) for key, each in defaults.items()}, **self.given()})

    def with_milestone(self, phases: Iterable[str], milestone: str) -> Self:
        """Return these answers with a milestone for the phases that have none."""
        return self.in_phases(
            (phase for phase in phases if "milestone" not in self.of_phase(phase)), milestone=milestone
        )

    def names(self, inflector: Inflector, *, ee_only: bool = False, kind: Kind | None = None) -> Names:
        """Return every spelling of the model's name.

        Args:
            inflector: Whose rules apply, with the acronyms that were answered.
            ee_only: Whether the model exists in GitLab EE only.
            kind: The kind; None: the one that was answered, else the default.

        Raises:
            InvalidNameError: No Geo class could be built on it.
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
    """Return owners as the answer that holds them: the name of one, several in their order; None: there are none.

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
"""Where the URL of each answer leads to in GitLab's project, and the sign by which people refer to it."""

_NUMBER: Final = re.compile(r"(?:gitlab-org/gitlab)?([!#]?)([1-9]\d{0,18})", re.ASCII)
_OF_PROJECT: Final = re.compile(
    r"https?://gitlab\.com/gitlab-org/gitlab(?:/-)?/(merge_requests|issues|work_items)/([1-9]\d{0,18})(?:[/?#].*)?",
    re.ASCII,
)
"""An address of GitLab's own project, with whatever a browser shows after it, such as `/diffs` or `#note_1`."""

_PAGE: Final = re.compile(r"/-/(?:merge_request|issue|work_item|epic)s?(?=[/?#]|$)", re.ASCII)
"""What an address holds that should lead to one of these."""
_NUMBERED: Final = re.compile(r"/-/(?:merge_requests|issues|work_items|epics)/[1-9]\d{0,18}(?=[/?#]|$)", re.ASCII)

URL_KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "introduced_by_url": "merge_request",
        "feature_issue_url": "feature_issue",
        "rollout_issue_url": "rollout_issue",
    }
)
"""The keys of feature flags and of the database dictionary that hold an address, by the answer that each is."""

_SHAPES: Final[Mapping[str, tuple[re.Pattern[str], str, str]]] = MappingProxyType(
    {
        "milestone": (_MILESTONE, "a milestone", "16.11"),
        "merge_request": (_URL, "a merge request", f"'!12345', or {_MERGE_REQUESTS}/12345"),
        "feature_issue": (_URL, "an issue", f"'#12345', or {_ISSUES}/12345"),
        "rollout_issue": (_URL, "an issue", f"'#12345', or {_ISSUES}/12345"),
        "sharding_key_issue": (_URL, "an issue", f"'#12345', or {_ISSUES}/12345"),
    }
)
"""What each of these answers looks like: pattern, name and example."""

PLACEHOLDERS: Final[Mapping[str, str]] = MappingProxyType(
    {"merge_request": f"{_MERGE_REQUESTS}/XXXXX", "milestone": "XX.Y"}
)
"""What stands in a file where nobody gave the answer; a person, or a later run, fills it in."""
GIVEN: Final[Mapping[str, str]] = MappingProxyType({"merge_request": "'!NUMBER'", "milestone": "MAJOR.MINOR"})
"""What a command shows in place of each of these."""


def _as_json(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _as_json(each) for key, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _of_schema_2(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a receipt with those of schema 1 that are answers of phases since, as these."""
    values = {key: value for key, value in given.items() if key not in _OF_SCHEMA_1}
    phases = values.get("phases", {})
    for key, (of, name) in _OF_SCHEMA_1.items():
        for phase in of if key in given else ():
            phases = {**phases, phase: {name: given[key], **phases.get(phase, {})}}
    return {**values, "phases": phases} if phases else values


def canonical(key: str, text: str) -> str:
    """Return the URL that a person means by an answer: a number, a reference or an address with a tail.

    What is none of these, such as the URL of another project, is returned as it is.

    Args:
        key: The answer, one of `PHASED`, or `sharding_key_issue`.
        text: What was given, such as `!12345` or `https://gitlab.com/gitlab-org/gitlab/-/merge_requests/12345/diffs`.

    Raises:
        UsageError: It is an address that should end in a number, and does not.
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
    """Tell whether an address can be that of a page: not `…/-/merge_requests/`, `…/-/issue/3` or `TODO`.

    Args:
        url: What stands in a file, or was given.
    """
    return url.startswith(("http://", "https://")) and (not _PAGE.search(url) or bool(_NUMBERED.search(url)))


def example_of(key: str) -> str:
    """Return an address in GitLab's project with a word where the number goes.

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
    """Return the part of a placeholder that people look for, such as `XXXXX`.

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
