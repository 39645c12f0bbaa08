"""Ruby's parser and RuboCop (Layout and Lint) have nothing to say about any created Ruby file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from sizes import in_turns, some

from .conftest import need_program
from .rendering import CASES, CASES_19, EDITION, KINDS, OWNERS, RUN_CASES, Case, render, sized, write
from .static import complaints_of_rubocop, complaints_of_ruby

pytestmark = pytest.mark.ruby

# To RuboCop most odd names look alike; lengths do not.
_NAMED: Final = (
    "Packages::Cargo::Crate",
    "Metadata",
    "VSCodeSetting",
    "Policy",
    "S3Bucket",
    *map(sized, (20, 21, 28, 47, 48)),
)
LINTED: Final = tuple(
    Case(*each)
    for each in (
        *in_turns(("CoolWidget", sized(54)), KINDS, OWNERS),
        *some([(model, kind, "project") for model in _NAMED for kind in KINDS], 4),
    )
)
NEWEST: Final = tuple(("19", case) for case in CASES_19)
"""The same of edition 19, most of whose templates are those of edition 18."""
ALL: Final = (*((EDITION, case) for case in dict.fromkeys((*CASES, *RUN_CASES, *LINTED))), *NEWEST)


@dataclass(frozen=True)
class Rendered:
    """All created Ruby files; those that both kinds share only once."""

    root: Path
    paths: dict[tuple[str, Case], list[Path]]

    @property
    def all_paths(self) -> list[Path]:
        return list(dict.fromkeys(path for paths in self.paths.values() for path in paths))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    root = tmp_path_factory.mktemp("static").resolve()
    seen: dict[tuple[str, str], Path] = {}
    paths: dict[tuple[str, Case], list[Path]] = {}
    for edition, case in ALL:
        files = render(case, edition).ruby_files
        folder = root / edition / str(case)
        write({path: text for path, text in files.items() if (path, text) not in seen}, folder)
        paths[edition, case] = [seen.setdefault((path, text), folder / path) for path, text in files.items()]
    return Rendered(root, paths)


def report(rendered: Rendered, complaints: dict[Path, list[str]]) -> str:
    return "\n".join(f"{path.relative_to(rendered.root)}: {line}" for path in complaints for line in complaints[path])


def test_there_is_something_to_look_at(rendered: Rendered) -> None:
    assert {len(paths) for (edition, _), paths in rendered.paths.items() if edition == EDITION} == {18}
    assert min(len(rendered.paths[each]) for each in NEWEST) > 18


def test_ruby_accepts_every_file_without_a_warning(rendered: Rendered) -> None:
    need_program("ruby", "ruby")
    assert report(rendered, complaints_of_ruby(rendered.all_paths)) == ""


@pytest.mark.slow
def test_rubocop_finds_nothing(rendered: Rendered) -> None:
    need_program("rubocop", "rubocop")
    paths = [path for each in (*((EDITION, case) for case in LINTED), *NEWEST) for path in rendered.paths[each]]
    assert report(rendered, complaints_of_rubocop(list(dict.fromkeys(paths)), rendered.root)) == ""
