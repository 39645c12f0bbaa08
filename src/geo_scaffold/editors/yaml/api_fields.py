"""The part of generated OpenAPI documents about a type, derived from that about a similar one.

GitLab writes them with `gitlab:openapi:v2:generate` and `gitlab:openapi:v3:generate`, from its API's declarations: the
fields of a status are in the order of a list of classes in Ruby, the parameters in the order of the calls that declare
them, and the names of models in the reverse order of the classes (`Class#subclasses` begins with the newest). So these
two Ruby files determine what is in the documents and where; the neighbours show the format.

The documents have millions of characters: they are searched, and only the mappings with such fields are parsed.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple, Self

from geo_scaffold.editors.failures import not_derived, not_proven
from geo_scaffold.editors.splice import Splice, apply_splices, line_start, line_stop
from geo_scaffold.records import dataclass, field, replace

MARK: Final = "_checksum_total_count:"
"""A field that each type has once in each mapping."""
LAST_RESORT: Final = "_in_percentage"
"""A key that the fields of a status have, but not its parameters."""
WIDTH: Final = 80
"""The column after which Psych, Ruby's YAML, breaks a line at the next space (`best_width` of libyaml)."""
PLAIN: Final = re.compile(r"[A-Za-z][\w ()/.-]*")
"""A text that needs no quotes in YAML."""
# Elements of `REPLICATOR_CLASSES` in ee/lib/gitlab/geo.rb, and parameters of a status in ee/lib/ee/api/geo.rb:
# `optional :cool_widgets_count, type: Integer, desc: '...'`.
ELEMENT: Final = re.compile(r"::Geo::(\w+)Replicator\b")
DECLARED: Final = re.compile(r"^ *optional :(\w+),\s++type: Integer,\s++desc: (['\"])(.*?)\2 *$", re.MULTILINE)
ANY_DECLARED: Final = re.compile(r"^ *optional :(\w+)\b", re.MULTILINE)
# The parameter `model_name` in doc/api/openapi/openapi_v3.yaml, and the models that are its values.
MODELS: Final = re.compile(r"\n( +)- name: model_name\n(?:\1  .*\n)*?\1   *enum:\n((?:\1 +- \w+\n)+)")


class Member(NamedTuple):
    """A field of a mapping: its name, and where its lines are."""

    key: str
    start: int
    end: int


class Mapping(NamedTuple):
    """A mapping with the fields of many types.

    Args:
        members: Its fields.
        prefixes: The prefix of each type's fields, in their order.
        suffixes: What follows the prefix.
        indent: The spaces before each field.
    """

    members: tuple[Member, ...]
    prefixes: tuple[str, ...]
    suffixes: frozenset[str]
    indent: int

    def of(self, member: Member) -> str:
        """Return the prefix of the type to which a field belongs; empty if it belongs to none."""
        key = member.key
        return max((prefix for prefix in self.prefixes if self._is_of(key, prefix)), key=len, default="")

    def fields(self, prefix: str) -> list[Member]:
        """Return the fields of one type, known or not."""
        longer = [each for each in self.prefixes if len(each) > len(prefix)]
        return [
            member
            for member in self.members
            if self._is_of(member.key, prefix) and not any(self._is_of(member.key, each) for each in longer)
        ]

    def runs(self, prefix: str) -> list[list[Member]]:
        """Return the fields of one type in contiguous runs."""
        found: list[list[Member]] = []
        for member in self.fields(prefix):
            if found and found[-1][-1].end == member.start:
                found[-1].append(member)
            else:
                found.append([member])
        return found

    def may_be_beside(self, prefix: str, found: str, expected: str) -> bool:
        """Tell whether neighbouring fields are of the expected type.

        Args:
            prefix: The type of the others; the first or the last one if nothing is expected.
            found: The type of the fields; empty if they belong to none.
            expected: The expected type; empty for none: then the other end of the types may follow, because all
                percentages come after all counts.
        """
        if expected or not found:
            return found == expected
        first, last = self.prefixes[0], self.prefixes[-1]
        return {prefix, found} == {first, last}

    @property
    def is_of_parameters(self) -> bool:
        """Whether these are parameters of a request, not fields of a response."""
        return not any(LAST_RESORT in suffix for suffix in self.suffixes)

    def _is_of(self, key: str, prefix: str) -> bool:
        return key.startswith(f"{prefix}_") and key[len(prefix) + 1 :] in self.suffixes


@dataclass(frozen=True)
class StatusFields:
    """The fields of one type in all mappings of a document that have other types' fields.

    Args:
        prefix: The prefix of the fields.
        element: The class of the type in the list.
        classes: The Ruby file with the list, or None if it does not exist or is not read yet.
        parameters: The Ruby file that declares the parameters of a request, or None, as above.
    """

    prefix: str
    element: str
    classes: str | None = field(default=None, repr=False)
    parameters: str | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """Their name, for messages."""
        return f"{self.prefix}_count"

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return all(
            set(self._wanted(mapping)) <= {member.key for member in mapping.members} for mapping in _mappings(text)
        )

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        mappings = _mappings(text)
        if not mappings:
            raise not_derived(f"no fields of another type such as `..{MARK}` are there")
        splices = [splice for mapping in mappings for splice in self._adding(text, mapping)]
        result = apply_splices(text, splices)
        if splices and (not self.contains(result) or self.remove(result) != self.remove(text)):
            raise not_proven(f"the fields `{self.prefix}_*`")
        return result

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        gone = [member for mapping in _mappings(text) for member in mapping.fields(self.prefix)]
        return apply_splices(text, [Splice(member.start, member.end, "") for member in gone])

    def _wanted(self, mapping: Mapping) -> list[str]:
        """Return the fields that the type must have in a mapping."""
        if mapping.is_of_parameters:
            ours = {f"{self.prefix}_{suffix}" for suffix in mapping.suffixes}
            return [name for name in ANY_DECLARED.findall(self.parameters or "") if name in ours]
        return [f"{self.prefix}_{suffix}" for suffix in mapping.suffixes]

    def _adding(self, text: str, mapping: Mapping) -> Iterator[Splice]:
        missing = set(self._wanted(mapping)) - {member.key for member in mapping.members}
        if not missing:
            return
        if mapping.is_of_parameters:
            yield from self._parameters(text, mapping, missing)
            return
        if mapping.fields(self.prefix):
            raise not_derived(f"only a part of the fields `{self.prefix}_*` is there")
        before, after = self._neighbours(mapping)
        like = before or after
        runs = mapping.runs(like)
        if {member.key[len(like) + 1 :] for run in runs for member in run} != mapping.suffixes:
            raise not_derived(f"`{like}` does not have all of the fields that others have")
        for run in runs:
            lines = "".join(self._renamed(text, member, like) for member in run)
            at = run[-1].end if before else run[0].start
            neighbour = next(
                (member for member in mapping.members if (member.start if before else member.end) == at), None
            )
            if not mapping.may_be_beside(like, mapping.of(neighbour) if neighbour else "", after if before else ""):
                raise not_derived(f"the fields beside `{like}_*` are not those of the class beside it")
            yield Splice(at, at, lines)

    def _neighbours(self, mapping: Mapping) -> tuple[str, str]:
        """Return the prefixes of the types before and after this one in the list of classes; empty if there is none."""
        classes = _classes(self.classes)
        own = self.element.removeprefix("::Geo::").removesuffix("Replicator")
        if classes.count(own) != 1:
            raise not_derived(f"`{self.element}` is not in the list of classes, which says where its fields stand")
        known = [_prefix_of(class_, mapping.prefixes) for class_ in classes]
        at = classes.index(own)
        return next(filter(None, reversed(known[:at])), ""), next(filter(None, known[at + 1 :]), "")

    def _renamed(self, text: str, member: Member, like: str) -> str:
        lines = text[member.start : member.end]
        if "description:" in lines:
            raise not_derived(f"`{member.key}` has a description, which another type's does not say")
        return lines.replace(f"{like}_", f"{self.prefix}_", 1)

    def _parameters(self, text: str, mapping: Mapping, missing: set[str]) -> Iterator[Splice]:
        """Yield the missing parameters, each after the one that is declared before it."""
        declared = ANY_DECLARED.findall(self.parameters or "")
        words = {name: descriptions for name, _, descriptions in DECLARED.findall(self.parameters or "")}
        by_key = {member.key: member for member in mapping.members}
        ends: dict[str, int] = {}
        gathered: dict[int, list[str]] = {}
        for before, name in pairwise(declared):
            if name not in missing:
                continue
            at = ends.get(before, by_key[before].end if before in by_key else -1)
            like = next((member for member in mapping.members if mapping.of(member) and member.key in words), None)
            if at < 0 or name not in words or like is None:
                raise not_derived(f"what the API declares before or of `{name}` is not read for certain")
            ends[name] = at
            gathered.setdefault(at, []).append(_parameter(text, mapping, like, name, words[name]))
        for at, lines in gathered.items():
            yield Splice(at, at, "".join(lines))


@dataclass(frozen=True)
class ModelNames:
    """The name of a type's model among the allowed values of requests, in the reverse order of the classes.

    Args:
        name: The name.
        element: The class of the type in the list.
        classes: The Ruby file with the list, or None if it does not exist or is not read yet.
    """

    name: str
    element: str
    classes: str | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """Its name, for messages."""
        return f"- {self.name}"

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return all(self.name in names for _, _, names in _model_lists(text))

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        splices = []
        for indent, start, names in _model_lists(text):
            if self.name not in names:
                at = start + sum(len(f"{indent}- {name}\n") for name in names[: self._place(names)])
                splices.append(Splice(at, at, f"{indent}- {self.name}\n"))
        return apply_splices(text, splices)

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        splices = []
        for indent, start, names in _model_lists(text):
            if self.name in names:
                at = start + sum(len(f"{indent}- {name}\n") for name in names[: names.index(self.name)])
                splices.append(Splice(at, at + len(f"{indent}- {self.name}\n"), ""))
        return apply_splices(text, splices)

    def _place(self, names: Sequence[str]) -> int:
        classes = _classes(self.classes)[::-1]
        own = self.element.removeprefix("::Geo::").removesuffix("Replicator")
        if classes.count(own) != 1:
            raise not_derived(
                f"`{self.element}` is not in the list of classes, which determines the place of `{self.name}`"
            )
        others = [class_ for class_ in classes if class_ != own]
        expected = [_prefix_of(other, names) for other in others]
        # A model's name may differ from its replicator's; the rest has to be in the same order.
        if len(others) != len(names) or any(one and one != name for one, name in zip(expected, names, strict=True)):
            raise not_derived("the names of models are not those of the classes in reverse order")
        return classes.index(own)


@dataclass(frozen=True)
class ApiFields:
    """Everything in a document about one type: see `StatusFields` and `ModelNames`.

    Args:
        prefix: The prefix of its fields.
        model: The name of its model.
        element: Its class in the list.
        sources: The Ruby files that determine the content of the documents: the list of classes, and the parameters; if
            empty, only `remove` works.
    """

    prefix: str
    model: str
    element: str
    sources: tuple[str | None, ...] = ()

    @property
    def pieces(self) -> tuple[StatusFields, ModelNames]:
        """The parts."""
        classes, parameters = self.sources or (None, None)
        return (
            StatusFields(self.prefix, self.element, classes, parameters),
            ModelNames(self.model, self.element, classes),
        )

    def reading(self, sources: tuple[str | None, ...]) -> Self:
        """See `Reading.reading`."""
        return replace(self, sources=sources)

    def contains(self, text: str) -> bool:
        """See `Editor.contains`."""
        return all(piece.contains(text) for piece in self.pieces)

    def insert(self, text: str) -> str:
        """See `Editor.insert`."""
        for piece in self.pieces:
            text = piece.insert(text)
        return text

    def remove(self, text: str) -> str:
        """See `Editor.remove`."""
        for piece in self.pieces:
            text = piece.remove(text)
        return text


@lru_cache(maxsize=4)
def _mappings(text: str) -> tuple[Mapping, ...]:
    """Return the mappings with the fields of many types; a document is asked for each type, and for each proof."""
    found: list[Mapping] = []
    at, end = text.find(MARK), 0
    while at >= 0:
        if at >= end:
            found.append(_mapping(text, at))
            end = found[-1].members[-1].end
        at = text.find(MARK, at + 1)
    return tuple(found)


def _mapping(text: str, at: int) -> Mapping:
    """Return the mapping that contains the field at an offset."""
    first = line_start(text, at)
    indent = len(text[first:at]) - len(text[first:at].lstrip(" "))
    start = first
    while start and _is_within(text, above := line_start(text, start - 1), indent):
        start = above
    members: list[Member] = []
    while start < len(text) and _is_within(text, start, indent):
        stop = line_stop(text, start)
        line = text[start:stop]
        if len(line) - len(line.lstrip(" ")) == indent:
            members.append(Member(line.strip().rstrip(":"), start, stop))
        elif members:
            members[-1] = members[-1]._replace(end=stop)
        start = stop
    mark = MARK.rstrip(":")
    prefixes = tuple(member.key.removesuffix(mark) for member in members if member.key.endswith(mark))
    return Mapping(tuple(members), prefixes, _suffixes([member.key for member in members], prefixes), indent)


def _suffixes(keys: Sequence[str], prefixes: Sequence[str]) -> frozenset[str]:
    """Return the suffixes that more than half of the types have."""
    counts: Counter[str] = Counter()
    for prefix in prefixes:
        longer = tuple(f"{each}_" for each in prefixes if each.startswith(f"{prefix}_"))
        counts.update(
            key[len(prefix) + 1 :] for key in keys if key.startswith(f"{prefix}_") and not key.startswith(longer)
        )
    return frozenset(suffix for suffix, count in counts.items() if 2 * count > len(prefixes))


def _is_within(text: str, start: int, indent: int) -> bool:
    return text.startswith(" " * indent, start) and text[start + indent : start + indent + 1] not in {"", "-", "\n"}


def _classes(text: str | None) -> list[str]:
    """Return the names of the elements of the list, without their common part."""
    at = (text or "").find("REPLICATOR_CLASSES = [")
    return ELEMENT.findall((text or "")[at : (text or "").find("]", at)]) if at >= 0 else []


def _prefix_of(class_name: str, prefixes: Sequence[str]) -> str:
    """Return the prefix that is the plural of a class's name; empty if none certainly is."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()
    plurals = {f"{name}s", f"{name}es", f"{name.removesuffix('y')}ies", name}
    found = [prefix for prefix in prefixes if prefix in plurals]
    return found[0] if len(found) == 1 else ""


def _parameter(text: str, mapping: Mapping, like: Member, name: str, words: str) -> str:
    """Return the lines of a parameter, in the form of another one."""
    lines = text[like.start : like.end]
    # A parameter of a status in doc/api/openapi/openapi_v2.yaml; its `description` is not its first key.
    head, description, rest = (
        re.split(r"((?<! ) +description: )", lines, maxsplit=1) if "description: " in lines else ("",) * 3
    )
    if not head or not PLAIN.fullmatch(words) or not _is_last(rest):
        raise not_derived(f"`{like.key}` is not described as expected")
    return f"{head.replace(like.key, name, 1)}{_folded(description, words, indent=mapping.indent + 4)}\n"


def _is_last(rest: str) -> bool:
    """Tell whether only its own lines follow a description."""
    # Another key of the document.
    return not re.search(r"^ *\w+:", rest.partition("\n")[2], re.MULTILINE)


def _folded(start: str, words: str, *, indent: int) -> str:
    """Return a line with a plain text, broken like libyaml: at the first space beyond the width."""
    lines, line = [], start
    for word in words.split(" "):
        if len(line.rstrip(" ")) > WIDTH:
            lines.append(line.rstrip(" "))
            line = " " * indent
        line += f"{word} "
    return "\n".join([*lines, line.rstrip(" ")])


def _model_lists(text: str) -> list[tuple[str, int, list[str]]]:
    """Return the lists of model names: the text before each name, the offset of the list, and the names."""
    at, found = text.find("- name: model_name\n"), []
    while at >= 0:
        if match := MODELS.match(text, line_start(text, at) - 1):
            names = [line.strip(" -") for line in match[2].splitlines()]
            found.append((match[2].partition("-")[0], match.start(2), names))
        at = text.find("- name: model_name\n", at + 1)
    return found
