"""A model's created files, at their paths in GitLab's tree."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from geo_scaffold.edition import Op, Renderer, load_manifest
from geo_scaffold.inflector import Inflector
from geo_scaffold.names import Names, build_names

EDITION: Final = "16"
KINDS: Final = ("repository", "blob")


def sized(length: int) -> str:
    """Return a model whose replicable name has a length of at least 15."""
    return f"SizedX{'x' * (length - 14)}Widget"


LENGTHS: Final = (20, 21, 28, 29, 36, 37, 39, 40, 47, 48, 54)
"""On both sides of where an identifier stops to fit 63 bytes: the index on the registry's key (20), those of the
states (28), the indexes that Rails itself names (36 and 39), the registry's sequence (47); 54 is the longest name."""

ODD_MODELS: Final = (
    "Ci::SecureWidget",
    "Metadata",
    "S3Bucket",
    "VSCodeSetting",
    "Policy",
    "OAuthToken",
    "Matrix",
    "Status",
    "Ci::CDNAsset",
)
"""Names with namespaces, acronyms, digits, and plurals that are not just an `s` more."""

MODELS: Final = ("CoolWidget", "Packages::Cargo::Crate", *ODD_MODELS, *map(sized, LENGTHS))

Case = tuple[str, str]
"""A model and a kind."""

CASES: Final[tuple[Case, ...]] = tuple((model, kind) for model in MODELS for kind in KINDS)

RUN_CASES: Final[tuple[Case, ...]] = (
    *((model, kind) for model in ("CoolWidget", "Packages::Cargo::Crate", sized(54)) for kind in KINDS),
    *((model, KINDS[number % 2]) for number, model in enumerate((*ODD_MODELS, *map(sized, (20, 21, 28, 47, 48))))),
)
"""What every layer runs for; the kinds take turns where the name is what matters."""


@dataclass(frozen=True)
class Tree:
    """The files of one model and kind by path, with the names behind them."""

    model: str
    kind: str
    names: Names
    files: dict[str, str] = field(hash=False)

    @property
    def ruby_files(self) -> dict[str, str]:
        return {path: text for path, text in self.files.items() if path.endswith(".rb")}

    @property
    def spec_files(self) -> list[str]:
        return [path for path in self.files if path.endswith("_spec.rb")]


def render(model: str, kind: str) -> Tree:
    """Render every file that is created for a model. The only place that knows how the manifest says so."""
    names = build_names(model, inflector=Inflector.gitlab())
    values = {
        **names,
        "kind": kind,
        "timestamp": "20230101000000",
        "merge_request": "https://gitlab.com/gitlab-org/gitlab/-/merge_requests/1",
        "milestone": "16.0",
        "group": "group::geo",
    }
    renderer = Renderer(EDITION)
    files: dict[str, str] = {}
    for artifact in load_manifest(EDITION):
        if artifact.op is Op.CREATE and artifact.asked_of(kind):
            assert artifact.template is not None
            for path in artifact.paths_for(values):
                assert path not in files
                files[path] = renderer.render(artifact.template, values)
    return Tree(model, kind, names, files)


def write(files: dict[str, str], root: Path) -> Path:
    """Write files below a folder."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return root
