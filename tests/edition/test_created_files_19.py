"""The created files of edition 19 that edition 18 does not have, or has in another form."""

from pathlib import Path

import pytest
from pytest_snapshot.plugin import Snapshot  # type: ignore[import-untyped]

from geo_scaffold.answers import Answers
from geo_scaffold.edition import Op, Renderer, context_for, load_manifest
from geo_scaffold.kinds import of_models
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.phases import Phase


def created(edition: str, model: str, kind: str) -> dict[str, str]:
    """Return the text of every created file, by a name for it."""
    answers = Answers(model, kind=kind, owner="project", timestamp="20230101000000")
    answers = answers.in_phases(Phase, milestone="19.4")
    context = context_for(answers, answers.names(Inflector.gitlab()))
    renderer = Renderer(edition)
    return {
        f"{artifact.id}{Path((target.template or '').removesuffix('.j2')).suffix}": renderer.render(
            target.template or "", context
        )
        for artifact in load_manifest(edition)
        if artifact.op is Op.CREATE and artifact.asked_of(kind)
        for target in artifact.targets_for(context)
    }


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        *((model, kind) for model in ("CoolWidget", "Packages::Cargo::Crate") for kind in of_models()),
        ("Geo::CoolWidgetUpload", "upload"),
    ],
)
def test_created_files(model: str, kind: str, snapshot: Snapshot) -> None:
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots-19" / f"{model.replace('::', '-')}-{kind}"
    before = created("18", model, kind)
    files = {name: text for name, text in created("19", model, kind).items() if before.get(name) != text}
    for name, text in files.items():
        snapshot.assert_match(text, name)
    stored = snapshot.snapshot_dir.iterdir() if snapshot.snapshot_dir.is_dir() else ()
    assert {path.name for path in stored} == set(files)
