"""Judges whether a created file has everything in its template."""

import re
from collections.abc import Callable
from typing import Final

from geo_scaffold.answers import (
    GIVEN,
    OPTIONS,
    PLACEHOLDERS,
    URL_KEYS,
    example_of,
    leads_somewhere,
    shown_placeholder,
)
from geo_scaffold.checkout.migrations import DATABASES, of_same_version
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.edition import Artifact, Level, is_newer
from geo_scaffold.edition.context import second_before
from geo_scaffold.outline import (
    Call,
    Class,
    Gap,
    Key,
    Method,
    Outline,
    Setting,
    mapping_gaps,
    outline_ruby,
    ruby_gaps,
)
from geo_scaffold.records import replace
from geo_scaffold.verbs.checklist.equivalents import included
from geo_scaffold.verbs.checklist.items import State, Verdict
from geo_scaffold.verbs.checklist.subject import Subject

_FIXED: Final = frozenset({"table_name", "name", "type", "classes"})
"""The keys of a YAML file whose values identify it; the others are up to a person."""
_UNTIL_DECIDED: Final = frozenset({"desired_sharding_key"})
"""The keys of a generated YAML file that disappear once a person has decided."""
_KEYS: Final = frozenset({*_FIXED, "feature_categories", "gitlab_schema", "milestone", "default_enabled", "group"})
"""The keys that a hand-written YAML file needs."""

_IN_A_LINE: Final = {**GIVEN, "merge_request": example_of("merge_request")}
"""The placeholder in a line for a person; `GIVEN` is for a command."""
# `milestone '18.9'` in db/migrate/*.rb, `milestone: '18.9'` in db/docs/*.yml and ee/config/feature_flags/**/*.yml.
_MILESTONES: Final = re.compile(r"^[ \t]*+milestone:?[ \t]++['\"]?(\d+\.\d+)\b", re.MULTILINE)
"""The milestone in a migration, a dictionary or a feature flag."""
_BLANK: Final = re.compile(r"^(feature_issue_url|rollout_issue_url):[ \t]*+$", re.MULTILINE)
_ADDRESS: Final = re.compile(rf"^({'|'.join(URL_KEYS)}):[ \t]++['\"]?([^\s'\"#][^\s'\"]*+)", re.MULTILINE)
"""A URL in a dictionary or a feature flag; a comment in its place explains why there is none."""
_HAS_DEFAULT: Final = frozenset(
    {"verification_state_model_key", "housekeeping_enabled?", "pool_repository", "verification_feature_flag_enabled?"}
)
"""Methods that the framework also has, which a type only overrides if it has to."""
_NAMED_OTHERWISE: Final = frozenset({("trait", "object_storage"), ("trait", "remote_store")})
"""Macro calls that many types have under another name."""
_CALLS: Final = frozenset(
    {
        *("include", "with_replicator", "has_one", "belongs_to", "factory", "trait", "field", "graphql_name"),
        *("it_behaves_like", "create_table", "type"),
    }
)
"""The macro calls that a hand-written file needs; the others are only one of several ways."""


def created_verdict(
    artifact: Artifact, path: str, rendered: str, subject: Subject, sources: Sources, *, actual: str | None
) -> Verdict:
    """Compare a created file by its outline.

    Args:
        artifact: The artifact.
        path: Where it should be.
        rendered: The rendered content.
        subject: The type.
        sources: The files.
        actual: Its actual path, or None if it does not exist.
    """
    text = None if actual is None else sources.text(actual)
    # The rendered content is valid.
    if actual and text != rendered and (broken := sources.breakage(actual)):
        return Verdict(State.DIFFERS, broken.what, broken.command(sources.prefix + actual), actual, broken.line)
    if actual is None or text is None:
        return Verdict(State.MISSING, "the file is not there", _remedy(subject, artifact, path, rendered), path, 1)
    if doubled := _doubled(actual, subject, sources):
        return doubled
    gaps = [] if text == rendered else _gaps(artifact, rendered, text, actual, subject=subject, sources=sources)
    if gaps and not subject.made(artifact) and _has_own_examples(gaps, rendered, actual, sources):
        return Verdict(State.CONFIRM, "its own shared examples may replace those of the framework", "", actual)
    if gaps:
        return Verdict(
            State.DIFFERS,
            "\n".join(gap.what if gap.line else f"lacks {gap.what}" for gap in gaps),
            _mended(actual, gaps),
            actual,
            next((gap.line for gap in gaps if gap.line), 1),
        )
    return (
        _placeholders(artifact, text, actual, subject)
        or _outdated(artifact, text, actual, subject)
        or _broken_address(text, actual, subject)
        or Verdict(State.DONE, "" if actual == path else f"as {actual}", "", actual)
    )


def _mended(path: str, gaps: list[Gap]) -> str:
    """Return the replacement lines, then the lines to add."""
    changed = [f"In {path}, instead of what line {gap.line} begins:\n{gap.text.rstrip()}" for gap in gaps if gap.line]
    added = "\n\n".join(dict.fromkeys(gap.text.rstrip("\n") for gap in gaps if not gap.line))
    return "\n\n".join(dict.fromkeys([*changed, *([f"Add to {path}:\n{added}"] if added else [])]))


def _placeholders(artifact: Artifact, text: str, path: str, subject: Subject) -> Verdict | None:
    """Return the verdict on a file with missing answers, or None if there are none."""
    found = [key for key, value in PLACEHOLDERS.items() if value in text]
    if not found:
        return None
    shown = ", ".join(f"`{shown_placeholder(key)}`" for key in found)
    lines = [
        (at, line) for at, line in enumerate(text.splitlines(), 1) if any(PLACEHOLDERS[key] in line for key in found)
    ]
    if subject.is_generated and subject.is_unmerged(path) is not False:  # `new` does not change what is merged
        given = " ".join(f"{OPTIONS[key]} {GIVEN[key]}" for key in found)
        # The other phase may belong to another merge request, whose answer must not be replaced.
        remedy = f"geo-scaffold new {subject.answers.model} --phase {artifact.phase} {given}"
    else:
        remedy = _instead(path, [(at, _filled(line)) for at, line in lines])
    return Verdict(State.DIFFERS, f"{shown} still to be filled in", remedy, path, lines[0][0])


def _outdated(artifact: Artifact, text: str, path: str, subject: Subject) -> Verdict | None:
    """Return the verdict on an unmerged file with the milestone of another month, or an empty URL.

    GitLab's Danger requires both URLs of a feature flag, and reviewers the milestone in which a change is merged.
    """
    if not subject.is_generated or subject.milestone is None:
        return None
    behind = next((match for match in _MILESTONES.finditer(text) if is_newer(subject.milestone, match[1])), None)
    blank = list(_BLANK.finditer(text))
    first = min((match for match in (behind, *blank) if match), key=lambda each: each.start(), default=None)
    if first is None or not subject.is_unmerged(path):
        return None
    mistakes = [f"milestone {behind[1]} is behind {subject.milestone}, which VERSION says"] if behind else []
    mistakes += [f"`{match[1]}` is blank" for match in blank]
    words = ["geo-scaffold new", subject.answers.model, f"--phase {artifact.phase}"]
    words += [f"--milestone {subject.milestone}"] if behind else []
    words += [f"{OPTIONS[match[1].removesuffix('_url')]} NUMBER" for match in blank]
    line = text.count("\n", 0, first.start()) + 1
    return Verdict(State.DIFFERS, "\n".join(mistakes), " ".join(words), path, line, level=Level.DOC)


def _broken_address(text: str, path: str, subject: Subject) -> Verdict | None:
    """Return the verdict on an unmerged file with a URL that leads nowhere, or None if it has none."""
    if not subject.is_generated:
        return None
    found = [match for match in _ADDRESS.finditer(text) if not leads_somewhere(match[2])]
    if not found or not subject.is_unmerged(path):
        return None
    what = "\n".join(f"`{match[1]}` leads nowhere: {match[2]}" for match in found)
    lines = [
        (text.count("\n", 0, match.start()) + 1, f"{match[1]}: {example_of(URL_KEYS[match[1]])}") for match in found
    ]
    return Verdict(State.DIFFERS, what, _instead(path, lines), path, lines[0][0], level=Level.DOC)


def _instead(path: str, lines: list[tuple[int, str]]) -> str:
    """Return the remedy for some lines of a file: each line's number and its new text."""
    return "\n\n".join(f"In {path}, instead of line {at}:\n{line}" for at, line in lines)


def _doubled(path: str, subject: Subject, sources: Sources) -> Verdict | None:
    """Return the verdict on a migration with the same version as another one."""
    other = of_same_version(path, sources.folder)
    if other is None:
        return None
    version = path.rpartition("/")[2].partition("_")[0]
    what = f"version {version} is also that of {other}: Rails refuses to run any migration"
    return Verdict(State.DIFFERS, what, _another_version(subject, path, sources), path, 1)


def _another_version(subject: Subject, path: str, sources: Sources) -> str:
    """Return the remedy that gives a migration a unique version."""
    if not subject.is_generated:
        return "Give the one that is not merged another version, and rename its file in schema_migrations"
    taken = {name.partition("_")[0] for folders in DATABASES for folder in folders for name in sources.folder(folder)}
    version = path.rpartition("/")[2].partition("_")[0]
    while version in taken or second_before(version) in taken:
        if version == (version := second_before(version)):
            break  # it is not a time
    return f"geo-scaffold new {subject.answers.model} --timestamp {version}"


def _filled(line: str) -> str:
    """Return a line with placeholders for what a person fills in."""
    for key, value in PLACEHOLDERS.items():
        line = line.replace(value, _IN_A_LINE[key])
    return line


def _gaps(artifact: Artifact, rendered: str, text: str, path: str, *, subject: Subject, sources: Sources) -> list[Gap]:
    if path.endswith(".yml"):
        keys = None if subject.made(artifact) else _KEYS
        return mapping_gaps(rendered, text, fixed=_FIXED, keys=keys, optional=_UNTIL_DECIDED)
    if not path.endswith(".rb"):
        return [Gap("the content that it should have", rendered)]
    expected = outline_ruby(rendered)
    if subject.made(artifact):
        return ruby_gaps(expected, sources.outline(path))
    return ruby_gaps(expected, _with_neighbours(expected, path, subject, sources), matters=_essential(path))


def _has_own_examples(gaps: list[Gap], rendered: str, path: str, sources: Sources) -> bool:
    """Tell whether only shared examples are missing from a spec, and it has others."""
    if not path.endswith("_spec.rb") or any("it_behaves_like" not in gap.what for gap in gaps):
        return False
    expected = outline_ruby(rendered)
    return any(call.key not in expected for call in sources.outline(path).calls("it_behaves_like"))


def _with_neighbours(expected: Outline, path: str, subject: Subject, sources: Sources) -> Outline:
    """Return the constructs of a file and of its parts elsewhere: modules, the factory that it modifies."""
    outline = sources.outline(path)
    if path.startswith("ee/spec/factories/"):
        others = (path.removeprefix("ee/"), f"spec/factories/{subject.names['model_path_plural']}.rb")
        return outline.and_of(*map(sources.outline, others))
    if subject.inflector is not None and ruby_gaps(expected, outline, matters=_essential(path)):
        included_keys = {replace(key, scope="") for key in included(path, sources, subject.inflector.underscore)}
        return outline.and_of(
            Outline(
                construct
                for key, construct in expected.items()
                if not isinstance(key, Class) and replace(key, scope="") in included_keys
            )
        )
    return outline


def _essential(path: str) -> Callable[[Key], bool]:
    """Return a test for the constructs without which a hand-written file cannot do its work."""
    if "/migrate/" in path:
        return lambda key: isinstance(key, Call) and key.name == "create_table"

    def matters(key: Key) -> bool:
        match key:
            case Call(_, name, first):
                return name in _CALLS and (name, first) not in _NAMED_OTHERWISE
            case Setting():  # from which the names were read
                return False
            case Method(_, name):
                return name not in _HAS_DEFAULT
        return True

    return matters


def _remedy(subject: Subject, artifact: Artifact, path: str, rendered: str) -> str:
    return subject.command(artifact) or f"Create {path}:\n{rendered}"
