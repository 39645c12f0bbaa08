"""What holds for every Ruby editor, in files as people have them."""

import re
from collections.abc import Callable
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.editors import ruby
from geo_scaffold.editors.ruby.syntax import parse
from geo_scaffold.errors import LocatorError

from .samples import SAMPLES, Sample

each = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
samples = st.sampled_from(SAMPLES)
Change = Callable[[Sample, str], str]


def commented(sample: Sample, text: str) -> str:
    """Put a twin of the whole file above it, as comments of both kinds."""
    twin = "".join(f"# {line}\n" for line in sample.after.splitlines())
    return f"{twin}\n=begin\n{sample.before}=end\n\n{text}"


def quoted(sample: Sample, text: str) -> str:
    """Put twins of the whole file above it, in heredocs and strings."""
    bare = "HEREDOC = <<~'TWIN'.freeze\n" + sample.after + "TWIN\n"
    raw = "STRING = '" + sample.before.replace("\\", r"\\").replace("'", r"\'") + "'\n"
    return f"{bare}{raw}\n{text}"


def data(sample: Sample, text: str) -> str:
    """Put a twin of the whole file below its end."""
    return text.removesuffix("\n") + "\n__END__\n" + sample.before


def wide(sample: Sample, text: str) -> str:
    """Put characters of two to four bytes, and bytes that are not UTF-8, above the file."""
    return "# é ↔ 𝄞 \udcff\udcfe\nWORDS = 'ü𝄞'\n\n" + text


def tabs(sample: Sample, text: str) -> str:
    return re.sub(r"^ +", lambda found: "\t" * (len(found[0]) // 2), text, flags=re.MULTILINE)


def crlf(sample: Sample, text: str) -> str:
    return text.replace("\n", "\r\n")


def bom(sample: Sample, text: str) -> str:
    return "\ufeff" + text


def no_final_newline(sample: Sample, text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


CHANGES: list[Change] = [commented, quoted, data, wide, tabs, no_final_newline, crlf, bom]
"""In the order in which they can follow each other."""


def changed(sample: Sample, text: str, changes: list[Change]) -> str:
    for change in CHANGES:
        if change in changes:
            text = change(sample, text)
    return text


def check(sample: Sample, before: str, after: str) -> None:
    editor = sample.editor
    assert not editor.contains(before)
    assert editor.insert(before) == after
    assert editor.contains(after)
    assert editor.insert(after) == after
    assert editor.remove(after) == before
    if not sample.takes:
        assert editor.remove(before) == before


def test_every_editor_has_a_sample() -> None:
    # What NoHashEntry takes out only its caller can give back, and Batch is made of others: each has a test module.
    assert {type(sample.editor).__name__ for sample in SAMPLES} | {"NoHashEntry", "Batch"} == set(ruby.__all__)


@each
def test_editors_are_data(sample: Sample) -> None:
    fields = vars(sample.editor)
    assert type(sample.editor)(**fields) == sample.editor
    assert hash(type(sample.editor)(**fields)) == hash(sample.editor)
    for value in fields.values():
        assert isinstance(value, str | bool) or all(isinstance(one, str) for one in value)


@each
def test_plain(sample: Sample) -> None:
    check(sample, sample.before, sample.after)


@each
@pytest.mark.parametrize("change", CHANGES)
def test_changed(sample: Sample, change: Change) -> None:
    check(sample, change(sample, sample.before), change(sample, sample.after))


@given(sample=samples, changes=st.lists(st.sampled_from(CHANGES), unique=True))
def test_any_changes_together(sample: Sample, changes: list[Change]) -> None:
    check(sample, changed(sample, sample.before, changes), changed(sample, sample.after, changes))


@each
@pytest.mark.parametrize("broken", ["class Broken\n  x = = 1\nend\n\n", "call(1, 2))\n\n", "x = ?\n\n"])
def test_errors_that_were_there_are_no_new_ones(sample: Sample, broken: str) -> None:
    source = parse(broken + sample.before)
    assert source.root.has_error or source.unread
    check(sample, broken + sample.before, broken + sample.after)


@each
def test_other_spelling_is_the_same_entry(sample: Sample) -> None:
    if sample.other:
        assert sample.editor.contains(sample.other)
        assert sample.editor.insert(sample.other) == sample.other


@each
@pytest.mark.parametrize("text", ["", "x = 1\n", "class Other\nend\n"])
def test_missing_place(sample: Sample, text: str) -> None:
    if sample.at_top:
        return
    for verb in (sample.editor.contains, sample.editor.insert, sample.editor.remove):
        with pytest.raises(LocatorError, match="expected") as caught:
            verb(text)
        assert caught.value.remedy


@each
def test_place_only_in_comments_strings_and_heredocs(sample: Sample) -> None:
    if not sample.at_top:
        for change in (commented, quoted, data):
            with pytest.raises(LocatorError, match="found none"):
                sample.editor.insert(change(sample, ""))


@each
def test_doubled_place(sample: Sample) -> None:
    if sample.at_top:
        return
    for text in (sample.before, sample.after):
        for verb in (sample.editor.contains, sample.editor.insert, sample.editor.remove):
            with pytest.raises(LocatorError, match="exactly once, found 2"):
                verb(text + "\n" + text)


@given(sample=samples, draw=st.data(), windows=st.booleans())
def test_edits_around_it_stay(sample: Sample, draw: st.DataObject, windows: bool) -> None:
    """Lines that people add later, anywhere but inside the entry, survive its removal."""
    lines, later = sample.before.splitlines(keepends=True), sample.after.splitlines(keepends=True)
    blocks = SequenceMatcher(None, lines, later, autojunk=False).get_matching_blocks()
    places = [(block.a + at, block.b + at) for block in blocks for at in range(1, block.size)]
    chosen = draw.draw(st.lists(st.sampled_from(places), unique=True, max_size=4)) if places else []
    for note, (one, other) in enumerate(sorted(chosen, reverse=True)):
        if not lines[one - 1].rstrip().endswith("\\"):
            lines.insert(one, f"    # note {note}\n")
            later.insert(other, f"    # note {note}\n")
    before, after = "".join(lines), "".join(later)
    if windows:
        before, after = crlf(sample, before), crlf(sample, after)
    if sample.takes:
        # The option goes back where it was only if it knows what it was; notes do not matter.
        assert sample.editor.insert(before) == after
    assert without_blank_lines(sample.editor.remove(after)) == without_blank_lines(before)


def without_blank_lines(text: str) -> list[str]:
    return [line for line in text.splitlines(keepends=True) if line.strip()]


@given(
    sample=samples, draw=st.data(), changes=st.lists(st.sampled_from([tabs, crlf, bom, no_final_newline]), unique=True)
)
def test_trailing_comments(sample: Sample, draw: st.DataObject, changes: list[Change]) -> None:
    """Comments behind any line: nothing but the entry, commas and blanks comes, and undo is exact."""
    lines = changed(sample, sample.before, changes).splitlines(keepends=True)
    for at in draw.draw(st.sets(st.integers(0, len(lines) - 1), max_size=4)):
        bare = lines[at].rstrip("\r\n")
        if bare.strip() and not bare.endswith("\\"):
            lines[at] = f"{bare} # note{lines[at][len(bare) :]}"
    text = "".join(lines)
    try:
        result = sample.editor.insert(text)
    except LocatorError:
        # The option would take the note on its line with it.
        assert sample.takes
        return
    assert result != text
    assert sample.editor.insert(result) == result
    assert sample.editor.remove(result) == text
    small, large = (result, text) if sample.takes else (text, result)
    assert squeezed(small) in without_parts(squeezed(large), sample)


def squeezed(text: str) -> str:
    return re.sub(r"[\s,\ufeff]", "", text)


def without_parts(text: str, sample: Sample) -> set[str]:
    """Return what a squeezed text can be without the parts that the editor puts in."""
    texts = {text}
    for part in sample.parts:
        found = re.escape(squeezed(part))
        texts = {text[: at.start()] + text[at.end() :] for text in texts for at in re.finditer(found, text)}
    return texts
