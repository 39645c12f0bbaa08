"""The lines to paste, the derived parts and the examples of edition 16: complete, and right in their language."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from geo_scaffold.answers import Answers
from geo_scaffold.edition import Renderer, context_for, templates_root
from geo_scaffold.names import build_names
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.phases import Phase

EDITION = templates_root() / "gitlab-16"
SNIPPETS = sorted(
    str(path.relative_to(EDITION))
    for path in EDITION.rglob("*.j2")
    if path.parent.name in {"ensure", "derive", "confirm"}
)
KINDS = ["repository", "blob"]
MODELS = ["CoolWidget", "Packages::Cargo::Crate", "L" + "o" * 41 + "ng"]
COUNTS = (
    "count",
    "checksum_total_count",
    "checksummed_count",
    "checksum_failed_count",
    "synced_count",
    "failed_count",
    "registry_count",
    "verification_total_count",
    "verified_count",
    "verification_failed_count",
)
PERCENTAGES = ("synced_in_percentage", "verified_in_percentage")


def render(template: str, model: str = "CoolWidget", kind: str = "repository", **options: str) -> str:
    names = build_names(model, inflector=Inflector.gitlab(), **options)  # type: ignore[arg-type]
    url = "https://gitlab.com/gitlab-org/gitlab/-/merge_requests/1"
    answers = Answers(model, kind=kind, timestamp="20230101000000").in_phases(
        Phase, milestone="16.1", merge_request=url
    )
    return Renderer("16").render(template, context_for(answers, names))


def entries(template: str, brackets: str = "{}") -> Any:
    """Parse the JSON entries of a snippet; each ends in a comma, because another entry follows."""
    text = render(template)
    assert text.endswith(",\n")
    return json.loads(f"{brackets[0]}{text[:-2]}{brackets[1]}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("template", SNIPPETS)
def test_a_snippet(template: str, model: str, kind: str) -> None:
    text = render(template, model, kind)
    assert model == "CoolWidget" or "cool" not in text.lower()
    assert "{{" not in text
    assert "{%" not in text
    assert text.strip()
    assert text[0] not in " \n", "starts at the first column"
    assert not re.search(r"[ \t]$", text, re.MULTILINE)
    assert "\n\n\n" not in text
    assert text.endswith("\n") != (template == "derive/schema-migration.txt.j2")
    assert not text.endswith("\n\n")


def test_the_fields_of_the_status() -> None:
    counts = {f"cool_widgets_{count}" for count in COUNTS}
    percentages = {f"cool_widgets_{percentage}" for percentage in PERCENTAGES}
    documented = entries("ensure/status-docs.json.j2")
    described = entries("ensure/status-schema-properties.json.j2")
    required = entries("ensure/status-schema-required.json.j2", "[]")
    assert required == list(documented) == list(described)
    assert required == [f"cool_widgets_{field}" for field in COUNTS + PERCENTAGES]
    assert {key for key, value in documented.items() if isinstance(value, int)} == counts
    assert {key for key, value in documented.items() if value == "100.00%"} == percentages
    assert {key for key, value in described.items() if value == {"type": ["integer", "null"]}} == counts
    assert {key for key, value in described.items() if value == {"type": "string"}} == percentages
    assert len(render("ensure/status-docs.json.j2").splitlines()) == 12


def test_the_usage_metrics_are_what_the_rake_task_writes() -> None:
    properties = entries("derive/usage-metrics.json.j2")
    assert list(properties) == sorted(f"cool_widgets_{count}" for count in COUNTS)
    assert properties["cool_widgets_checksummed_count"] == {
        "description": "Cool widgets checksummed count",
        "type": "number",
    }
    written = json.dumps(properties, indent=2)[2:-2].replace("\n  ", "\n").lstrip() + ",\n"
    assert render("derive/usage-metrics.json.j2") == written


def test_descriptions_of_usage_metrics_know_the_acronyms() -> None:
    text = render("derive/usage-metrics.json.j2", "CDNFile")
    assert '"description": "CDN files count"' in text
    inflector = Inflector.gitlab().with_acronyms(["DNS"])
    names = build_names("DNSZone", inflector=inflector)
    text = Renderer("16", inflector=inflector).render("derive/usage-metrics.json.j2", dict(names))
    assert '"description": "DNS zones count"' in text


def test_the_rows_of_tables_have_their_columns() -> None:
    def cells(template: str, kind: str) -> list[int]:
        rows = render(template, kind=kind).splitlines()
        assert all(row.startswith("| ") and row.endswith(" |") for row in rows)
        return [row.count(" | ") + 1 for row in rows]

    for kind, of_types in (("repository", [4]), ("blob", [4, 4])):
        assert cells("ensure/metrics-docs.md.j2", kind) == [5] * 10
        assert cells("ensure/release-data-types.md.j2", kind) == of_types
        assert cells("ensure/release-limitations.md.j2", kind) == [6]


def test_the_flag_is_released() -> None:
    assert YAML(typ="safe").load(render("ensure/release-flag.yml.j2")) == {"default_enabled": True}


def test_a_schema_migration_is_the_digest_of_its_version() -> None:
    assert render("derive/schema-migration.txt.j2") == hashlib.sha256(b"20230101000000").hexdigest()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", KINDS)
def test_structure_has_the_indexes_of_the_migration_by_name(model: str, kind: str) -> None:
    for table, count in (("registry", 6), ("states", 4)):
        structure = render(f"derive/{table}-structure.sql.j2", model, kind)
        migration = render(f"create/{table}-migration.rb.j2", model, kind)
        indexes = re.findall(r"^CREATE (?:UNIQUE )?INDEX (\w+) ON", structure, re.MULTILINE)
        assert len(indexes) == count
        assert indexes == sorted(indexes)
        named = set(re.findall(r"name: :(\w+)|INDEX_NAME = \"(\w+)\"", migration))
        assert {one or other for one, other in named} <= set(indexes)
        assert all(len(identifier) <= 63 for identifier in re.findall(r"\w+", structure))


def test_constraints_of_structure_are_by_name_whichever_is_first() -> None:
    orders = set()
    for model in ("CoolWidget", "Packages::Cargo::Crate", "S3Bucket", "Metadata", "Thing"):
        found = re.findall(
            r"CONSTRAINT (check_\w+) CHECK \(\(char_length\((\w+)\)", render("derive/registry-structure.sql.j2", model)
        )
        assert [name for name, _ in found] == sorted(name for name, _ in found)
        orders.add(tuple(column for _, column in found))
    assert orders == {("verification_failure", "last_sync_failure"), ("last_sync_failure", "verification_failure")}


def test_object_names_of_structure_are_those_of_postgresql() -> None:
    text = render("derive/registry-structure.sql.j2", "L" + "o" * 49 + "ng")
    table = "l" + "o" * 49 + "ng_registry"
    assert f"CREATE SEQUENCE {table[:56]}_id_seq\n" in text
    assert f"ADD CONSTRAINT {table[:58]}_pkey PRIMARY KEY (id);" in text


def test_the_example_of_a_removal_has_the_payload_of_its_kind() -> None:
    keys = {
        kind: re.findall(r"payload\['(\w+)'\]", render("confirm/batch-destroy-spec.rb.j2", kind=kind)) for kind in KINDS
    }
    assert keys == {
        "repository": ["model_record_id", "repository_storage", "disk_path", "full_path"],
        "blob": ["model_record_id", "blob_path", "uploader_class"],
    }


def test_the_released_field_is_the_field_without_its_option() -> None:
    field = render("ensure/graphql-field.rb.j2")
    assert render("ensure/release-graphql.rb.j2") == field.replace(",\n  alpha: { milestone: '16.1' }", "")


@pytest.mark.ruby
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", MODELS)
def test_ruby_accepts_the_snippets(model: str, kind: str, tmp_path: Path) -> None:
    if shutil.which("ruby") is None:
        assert not os.environ.get("CI"), "CI skips nothing: ruby is not installed"
        pytest.skip("ruby is not installed")
    paths = []
    for template in SNIPPETS:
        if template.endswith(".rb.j2"):
            path = tmp_path / Path(template).name.removesuffix(".j2")
            text = render(template, model, kind)
            if template != "ensure/consistency-worker-spec.rb.j2":  # nested calls, which have no place to break
                assert max(map(len, text.splitlines())) <= 120
            # A pair is not a statement, so it is put in a hash.
            path.write_text(f"[\n{text}]\n" if template == "ensure/factory-name.rb.j2" else text)
            paths.append(str(path))
    assert len(paths) > 10
    # One process for all of them: `ruby -c` takes one file.
    script = "ARGV.each { |path| RubyVM::InstructionSequence.compile(File.read(path), path) }"
    done = subprocess.run(
        ["ruby", "-W:no-experimental", "-we", script, *paths], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
