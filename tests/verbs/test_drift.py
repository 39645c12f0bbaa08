"""`drift`: where a checkout has moved away from its edition; in small checkouts, with types that nobody generated."""

import re
from pathlib import Path

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.edition import Artifact, load_manifest
from geo_scaffold.edition.sources import acknowledged_by
from geo_scaffold.names import Inflector
from geo_scaffold.records import replace
from geo_scaffold.verbs.drift import Drift, Sort, drift_of, run
from geo_scaffold.verbs.drift.findings import Finding, unacknowledged
from geo_scaffold.verbs.drift.newest import common
from sizes import sized, some

from .conftest import make_checkout, new, picture
from .test_shapes import SHAPES
from .test_upload_kind import _files as partitioned

BASE = CHECKOUTS["18"]
LIST = "ee/lib/gitlab/geo.rb"
WORKER = "ee/app/workers/geo/secondary/registry_consistency_worker.rb"
MODELS = ("AcmeAnvil", "AcmeBellow", "AcmeCrucible", "AcmeDrill")


def drifted(folder: Path, files: dict[str, str]) -> Drift:
    return drift_of(make_checkout(folder / "gitlab", {**BASE, **files}))


def findings_of(found: Drift) -> set[tuple[str, str]]:
    return {(finding.id, finding.sort.value) for finding in found.findings}


def test_a_checkout_that_the_edition_fits_has_not_moved_and_nothing_is_written(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "gitlab", BASE)
    before = picture(checkout)
    steps: list[tuple[int, int]] = []
    findings = drift_of(checkout / "ee", progress=lambda done, total: steps.append((done, total)))
    assert findings.findings == ()
    assert (findings.edition, findings.version) == ("18", BASE["VERSION"].strip())
    assert steps[-1][0] == steps[-1][1] == len(steps)
    assert picture(checkout) == before


def test_a_list_that_is_derived_now_is_called_so(tmp_path: Path) -> None:
    derived = "REPLICATOR_CLASSES = Gitlab::Geo.replicators.freeze"
    text = re.sub(r"(?ms)^( +)REPLICATOR_CLASSES = \[.*?\]\.freeze", rf"\1{derived}", BASE[LIST])
    assert text != BASE[LIST]
    findings = drifted(tmp_path, {LIST: text})
    [finding] = [each for each in findings.findings if each.id == "replicator-classes"]
    assert finding.sort == Sort.DERIVED
    assert derived in text.splitlines()[(finding.line or 0) - 1]


@pytest.mark.parametrize(
    ("path", "old", "new_", "artifact"),
    [
        (LIST, "REPLICATOR_CLASSES", "REPLICATORS", "replicator-classes"),
        ("doc/api/admin/data_management.md", "## Retrieve model information", "## Other", "data-management-docs"),
        ("ee/app/graphql/types/geo/geo_node_type.rb", "class GeoNodeType", "class GeoSiteType", "graphql-field"),
    ],
)
def test_a_place_that_is_gone_is_found(tmp_path: Path, path: str, old: str, new_: str, artifact: str) -> None:
    assert old in BASE[path]
    findings = drifted(tmp_path, {path: BASE[path].replace(old, new_)})
    assert (artifact, "gone") in findings_of(findings)


def test_a_file_that_is_gone_is_found(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "gitlab", BASE)
    (checkout / WORKER).unlink()
    assert [(finding.id, finding.sort, finding.path) for finding in drift_of(checkout).findings] == [
        ("registry-classes", Sort.GONE, WORKER)
    ]


def test_a_box_that_no_artifact_answers_is_found_with_its_line(tmp_path: Path) -> None:
    template = ".gitlab/issue_templates/Geo Replicate a new blob type.md"
    boxes = (
        "# Title\n\n- [ ] Create `ee/app/replicators/geo/cool_widget_replicator.rb`.\n- [ ] Polish the `brass_knob`.\n"
    )
    [finding] = drifted(tmp_path, {template: boxes}).findings
    assert (finding.id, finding.sort, finding.path, finding.line) == ("box", Sort.ADDED, template, 4)
    assert "brass_knob" in finding.message


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkout with types as if people had written them."""
    files = {
        f"app/models/{re.sub('(?<=e)(?=[A-Z])', '_', each).lower()}.rb": f"class {each} < ApplicationRecord\nend\n"
        for each in MODELS
    }
    checkout = make_checkout(tmp_path_factory.mktemp("drift") / "gitlab", {**BASE, **files}, git=False)
    for number, model in enumerate(MODELS):
        new(checkout, model=model, kind="blob", owner="project", now=f"2026010{number + 1}000000")
    for receipt in (checkout / ".geo-scaffold").glob("*.json"):
        receipt.unlink()
    return checkout


def test_what_the_newest_types_have_in_common_is_found_with_its_share(by_hand: Path, tmp_path: Path) -> None:
    names = ("acme_anvil", "acme_bellow", "acme_crucible", "acme_drill")
    changed = {}
    for name in names:
        path = by_hand / f"ee/app/replicators/geo/{name}_replicator.rb"
        changed[path] = path.read_text()
        path.write_text(changed[path].replace("  class << self", "  include ::Geo::Polished\n\n  class << self", 1))
        if "Polished" not in path.read_text():
            path.write_text(
                re.sub(r"(include ::Geo::BlobReplicatorStrategy\n)", r"\1    include ::Geo::Polished\n", changed[path])
            )
        extra = by_hand / f"ee/app/models/geo/{name}_polish.rb"
        extra.write_text("module Geo\nend\n")
        changed[extra] = ""
    listed = by_hand / "ee/lib/gitlab/geo/polish.yml"
    listed.parent.mkdir(exist_ok=True)
    listed.write_text("".join(f"- {name}\n" for name in names))
    try:
        findings = drift_of(by_hand)
    finally:
        listed.unlink()
        for path, text in changed.items():
            path.write_text(text) if text else path.unlink()
    messages = {(finding.id, finding.sort): finding.message for finding in findings.findings}
    assert findings.newest[:4] == names[::-1]
    assert "4 of the 4 newest have `include ::Geo::Polished`" in messages["replicator", Sort.ADDED]
    files = [finding for finding in findings.findings if finding.id == "file"]
    assert {file.path for file in files} == {"ee/app/models/geo/acme_drill_polish.rb", "ee/lib/gitlab/geo/polish.yml"}
    assert all("4 of the 4 newest" in file.message for file in files)


def test_a_file_that_cannot_be_read_is_found_where_types_are_looked_for(by_hand: Path) -> None:
    unread = by_hand / "ee/lib/gitlab/geo/polish.yml"
    unread.parent.mkdir(exist_ok=True)
    unread.symlink_to(unread.name)
    try:
        findings = drift_of(by_hand)
    finally:
        unread.unlink()
    assert [
        (finding.sort, finding.message)
        for finding in findings.findings
        if finding.path == "ee/lib/gitlab/geo/polish.yml"
    ] == [(Sort.GONE, "it cannot be read, and may name every type")]


def test_what_ours_has_and_none_of_the_newest_is_found(by_hand: Path) -> None:
    changed = {path: path.read_text() for path in by_hand.glob("ee/app/replicators/geo/acme_*_replicator.rb")}
    for path, text in changed.items():
        path.write_text(text.replace("include ::Geo::BlobReplicatorStrategy", "include ::Geo::OtherStrategy"))
    try:
        findings = drift_of(by_hand)
    finally:
        for path, text in changed.items():
            path.write_text(text)
    differs = [
        finding.message for finding in findings.findings if (finding.id, finding.sort) == ("replicator", Sort.DIFFERS)
    ]
    assert any("none of the 4 newest has `include ::Geo::BlobReplicatorStrategy`" in each for each in differs)


def test_what_types_have_in_common_is_in_the_same_order_in_each_run() -> None:
    lines = [f"line {number}" for number in range(20, 40)]
    assert list(common([frozenset(lines)] * 3)) == lines


def test_what_is_acknowledged_does_not_count() -> None:
    finding = Finding("model", Sort.ADDED, "a.rb", None, "9 of the 10 newest have `x`")
    known = {"id": "model", "sort": "added", "says": "have `x`", "reason": "It is optional."}
    assert unacknowledged([finding, finding], [known]) == []
    for key, other in (("id", "mode"), ("sort", "differs"), ("says", "have `y`")):
        assert unacknowledged([finding, finding], [{**known, key: other}]) == [finding]
    assert all(each["reason"] for each in acknowledged_by("18"))
    assert acknowledged_by("19")[: len(acknowledged_by("18"))] != []


UNSORTED = {
    "replicator-classes": "ordered",
    "registries-shared-context": "ordered",
    "graphql-request-spec": "sorted_by",
}


@pytest.mark.parametrize(("artifact", "key"), some(UNSORTED.items(), 1))
def test_an_entry_that_is_not_put_where_it_sorts_is_found(
    tmp_path: Path, artifact: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a manifest that appends: whatever a list is, the lines of the other types show their order."""
    models = ("ZebraPen", "AcmeBellow", "AcmeDrill", "AcmeAnvil", "AcmeCrucible")  # by age in no order, whichever way
    files = {
        f"app/models/{Inflector.gitlab().underscore(each)}.rb": f"class {each} < ApplicationRecord\nend\n"
        for each in models
    }
    root = make_checkout(tmp_path / "gitlab", {**SHAPES["19.4"], **files}, git=False)
    for number, model in enumerate(models):
        new(root, model=model, kind="blob", owner="project", now=f"2026010{number + 1}000000")
    for receipt in (root / ".geo-scaffold").glob("*.json"):
        receipt.unlink()
    assert drift_of(root).findings == ()

    def appending(edition: str) -> list[Artifact]:
        return [without(each, key) if each.id == artifact else each for each in load_manifest(edition)]

    def without(each: Artifact, key: str) -> Artifact:
        targets = [
            replace(target, editor={name: value for name, value in (target.editor or {}).items() if name != key})
            for target in each.targets
        ]
        return replace(each, targets=tuple(targets))

    monkeypatch.setattr(run, "load_manifest", appending)
    [finding] = drift_of(root).findings
    assert (finding.id, finding.sort) == (artifact, Sort.MOVED)
    assert "driftprobe" in finding.message.replace("_", "").lower()
    assert "is not put where it sorts" in finding.message


@pytest.fixture(scope="module")
def of_partitions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkout of GitLab 19 with types of partitions and one of another kind, as if written by hand."""
    files = {**partitioned(), "app/models/anvil.rb": "class Anvil < ApplicationRecord\nend\n"}
    root = make_checkout(tmp_path_factory.mktemp("partitions") / "gitlab", files, git=False)
    new(root, model="Anvil", kind="blob", owner="project", now="20260201000000")
    for number, model in enumerate(("Honours::Badge", "Sheet", "Report")):
        new(root, model=model, kind="upload", now=f"2026010{number + 1}000000")
    for receipt in (root / ".geo-scaffold").glob("*.json"):
        receipt.unlink()
    return root


@pytest.mark.parametrize(
    ("unknown", "id_", "sort", "said"),
    [
        (
            *("partition-index", "file", Sort.ADDED),
            "3 of the 3 newest upload types have a file `db/migrate/TIMESTAMP_add_unique_index_on_TABLE_id.rb`",
        ),
        ("graphql-registerable", "registrable-type", Sort.DERIVED, "asks each type for `graphql_registerable?`"),
    ],
)
def test_what_only_a_table_or_a_derived_list_names_is_found(
    of_partitions: Path, unknown: str, id_: str, sort: Sort, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert drift_of(of_partitions).findings == ()
    monkeypatch.setattr(
        run,
        "load_manifest",
        lambda edition: [artifact for artifact in load_manifest(edition) if artifact.id != unknown],
    )
    [finding] = [each for each in drift_of(of_partitions).findings if each.id in (id_, "file")]
    assert (finding.id, finding.sort) == (id_, sort)
    assert said in finding.message


KEYS = {
    "AcmeAnvil": "project_id: projects",
    "AcmeBellow": "organization_id: organizations",
    "AcmeDrill": "user_id: users",
}


@pytest.mark.parametrize("shape", sized(["19.6"], ["18.9", "19.6"]))
def test_the_sharding_keys_of_the_newest_types_are_no_news_where_the_edition_knows_them(
    tmp_path: Path, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, structure = dict(SHAPES[shape]), SHAPES[shape]["db/structure.sql"]
    for model, key in KEYS.items():
        name, column = re.sub("(?<=e)(?=[A-Z])", "_", model).lower(), key.partition(":")[0]
        files[f"app/models/{name}.rb"] = f"class {model} < ApplicationRecord\nend\n"
        files[f"db/docs/{name}s.yml"] = f"---\ntable_name: {name}s\nclasses:\n- {model}\nsharding_key:\n  {key}\n"
        structure += (
            f"\nCREATE TABLE {name}s (\n    id bigint NOT NULL,\n    {column} bigint NOT NULL\n);\n"
            f"\nALTER TABLE ONLY {name}s\n    ADD CONSTRAINT {name}s_pkey PRIMARY KEY (id);\n"
        )
    root = make_checkout(tmp_path / "gitlab", {**files, "db/structure.sql": structure}, git=False)
    for number, model in enumerate(KEYS):
        new(root, model=model, kind="blob", now=f"2026010{number + 1}000000")
    for receipt in (root / ".geo-scaffold").glob("*.json"):
        receipt.unlink()
    assert drift_of(root).findings == ()

    def unaware(edition: str) -> list[Artifact]:
        return [artifact for artifact in load_manifest(edition) if artifact.id != "sharding-key-trigger"]

    monkeypatch.setattr(run, "load_manifest", unaware)
    said = "3 of the 3 newest have a file `db/migrate/TIMESTAMP_add_NAME_states_KEY_sharding_key_trigger.rb`"
    assert [finding.message.partition(",")[0] for finding in drift_of(root).findings] == [said]
