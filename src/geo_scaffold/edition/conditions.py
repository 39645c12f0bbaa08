"""Whether a checkout needs an artifact, and in which form: the manifest's conditions, evaluated in a tree.

An undecided condition never drops an artifact: it is needed, in its own form, and people are told why.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_scaffold.edition.format_strings import fill
from geo_scaffold.edition.manifest import Artifact, Question
from geo_scaffold.edition.predicates import PREDICATES, Evaluation
from geo_scaffold.errors import ManifestError
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from geo_scaffold.edition.predicates import ReadableTree


class Doubt(NamedTuple):
    """A condition of an artifact that could not be decided.

    Args:
        question: The question, for people.
        said: What the file has instead.
    """

    question: str
    said: Evaluation

    @property
    def message(self) -> str:
        """Both in one sentence, without the full stop."""
        return f"{self.question} cannot be decided: in {self.said.path}, {self.said.what}"


@dataclass(frozen=True, slots=True)
class Applicability:
    """Whether and how a tree needs an artifact.

    Args:
        artifact: The artifact, in the form that applies.
        refusal: Why it is not needed, or None if it is.
        doubts: The conditions that could not be decided.
    """

    artifact: Artifact
    refusal: Evaluation | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def applies(self) -> bool:
        """Whether it is needed."""
        return self.refusal is None


def applicability_in(artifact: Artifact, reading: "ReadableTree | None", values: Mapping[str, Any]) -> Applicability:
    """Return whether and how a tree needs an artifact.

    Args:
        artifact: The artifact, as the manifest has it.
        reading: The files of the tree, or None without a GitLab tree: then the edition's usual form applies.
        values: What format strings may use.

    Raises:
        ManifestError: A condition uses an unknown name.
    """
    if reading is None:
        usual = artifact.in_form(artifact.usual_form) if artifact.usual_form else artifact
        return Applicability(usual, Evaluation(False, artifact.usually_not, "") if artifact.usually_not else None)
    if not (artifact.asked_if or artifact.forms):
        return Applicability(artifact)
    try:
        asked = _all_hold(artifact.asked_if, reading, values)
        if asked.refusal:
            return Applicability(artifact, asked.refusal)
        doubts = [Doubt("whether it is asked for", evaluation) for evaluation in asked.unknown]
        form = ""
        for each in artifact.forms:
            answer = _all_hold(each.conditions, reading, values)
            if answer.refusal is None and not answer.unknown:
                form = each.name
                break
            if answer.refusal is None:
                doubts += [Doubt(f"whether its form is `{each.name}`", said) for said in answer.unknown]
        return Applicability(artifact.in_form(form), None, tuple(doubts))
    except ManifestError as error:
        raise error.of(artifact.edition, artifact.id) from error


def files_of(artifact: Artifact, values: Mapping[str, Any]) -> set[str]:
    """Return the files that the conditions of an artifact read, except those named by patterns.

    Args:
        artifact: The artifact.
        values: The values for format strings.
    """
    tests = [*artifact.asked_if, *(condition for form in artifact.forms for condition in form.conditions)]
    return {artifact.fill(str(test.arguments["file"]), values) for test in tests}


class _Answer(NamedTuple):
    """The result of several conditions: the first that does not hold, and those that cannot be decided."""

    refusal: Evaluation | None
    unknown: Sequence[Evaluation]


def _all_hold(tests: Iterable[Question], reading: "ReadableTree", values: Mapping[str, Any]) -> _Answer:
    answers = [_ask(test, reading, values) for test in tests]
    refusal = next((answer for answer in answers if answer.holds is False), None)
    return _Answer(refusal, [answer for answer in answers if answer.holds is None])


def _ask(test: Question, reading: "ReadableTree", values: Mapping[str, Any]) -> Evaluation:
    """Evaluate one condition; `holds` takes its negation into account."""
    predicate = PREDICATES[test.name]
    given = {key: _filled(key, value, values) for key, value in test.arguments.items()}
    file = given["file"]
    if predicate.reads_file:
        if broken := reading.breakage(file):
            return Evaluation(None, broken.what, file, broken.line, broken.command(file))
        if reading.text(file) is None:
            return Evaluation(None, "the file is not there", file)
    evaluation = predicate.ask(reading, **given)
    return (
        evaluation if evaluation.holds is None or not test.is_not else evaluation._replace(holds=not evaluation.holds)
    )


class _Escaped(Mapping[str, str]):
    """Values escaped for a regular expression, on demand: a pattern uses one or two of a hundred.

    Args:
        values: The values.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return re.escape(str(self._values[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _filled(key: str, value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return fill(value, _Escaped(values) if key == "pattern" else values)
    return tuple(fill(each, values) for each in value)
