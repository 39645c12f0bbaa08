"""Names: GitLab's own types, odd names, overrides, refusals, and that no text gets through unvalidated."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.errors import InvalidNameError, UsageError
from geo_scaffold.names import MAX_NAME_LENGTH, SPELLINGS, Names, build_names
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.names.spellings import CAMEL, CONSTANT, ENUM, IDENTIFIER, MODEL_PATH, PACKAGE, PATH, SNAKE, TITLE

from .conftest import GitlabType, gitlab_types

GITLAB = Inflector.gitlab()
PLAIN = Inflector.plain()


def names(model: str = "CoolWidget", **options: str) -> Names:
    return build_names(model, inflector=GITLAB, overrides=options)


def refused(model: str, **options: str) -> InvalidNameError:
    with pytest.raises(InvalidNameError) as error:
        build_names(model, inflector=GITLAB, overrides=options)
    assert_helpful(error.value)
    return error.value


def assert_helpful(error: InvalidNameError) -> None:
    assert error.remedy
    assert (error.message + error.remedy).isprintable()


@pytest.mark.parametrize("row", gitlab_types(), ids=lambda row: row.spellings["name"])
def test_gitlabs_own_types(row: GitlabType) -> None:
    built = build_names(row.model, inflector=GITLAB, overrides=row.given, ee_only=row.ee_only)
    assert {key: built[key] for key in row.spellings} == row.spellings


def test_nothing_is_given_that_could_be_derived() -> None:
    assert len(gitlab_types()) == 20
    for row in gitlab_types():
        for key in row.given:
            others = {other: value for other, value in row.given.items() if other != key}
            built = build_names(row.model, inflector=GITLAB, overrides=others, ee_only=row.ee_only)
            assert {other: built[other] for other in row.spellings} != row.spellings, f"{row.model}: {key}"


def test_every_spelling_of_a_plain_name() -> None:
    assert dict(names()) == {
        "model": "CoolWidget",
        "model_name": "CoolWidget",
        "namespaces": "",
        "model_path": "cool_widget",
        "model_file": "app/models/cool_widget.rb",
        "ee_model_file": "ee/app/models/ee/cool_widget.rb",
        "param_key": "cool_widget",
        "name": "cool_widget",
        "name_plural": "cool_widgets",
        "camel": "CoolWidget",
        "camel_plural": "CoolWidgets",
        "lower_camel": "coolWidget",
        "lower_camel_plural": "coolWidgets",
        "human": "Cool widget",
        "replicator_class": "Geo::CoolWidgetReplicator",
        "replicator_file": "ee/app/replicators/geo/cool_widget_replicator.rb",
        "title": "Cool Widget",
        "title_plural": "Cool Widgets",
        "param_key_plural": "cool_widgets",
        "table": "cool_widgets",
        "registry_class": "Geo::CoolWidgetRegistry",
        "registry_file": "ee/app/models/geo/cool_widget_registry.rb",
        "registry_table": "cool_widget_registry",
        "registry_association": "cool_widget",
        "registry_foreign_key": "cool_widget_id",
        "finder_class": "Geo::CoolWidgetRegistryFinder",
        "finder_file": "ee/app/finders/geo/cool_widget_registry_finder.rb",
        "state_class": "Geo::CoolWidgetState",
        "state_file": "ee/app/models/geo/cool_widget_state.rb",
        "state_association": "cool_widget_state",
        "state_table": "cool_widget_states",
        "state_foreign_key": "cool_widget_id",
        "model_path_plural": "cool_widgets",
        "ee_factory_file": "ee/spec/factories/cool_widgets.rb",
        "state_model": "cool_widget",
        "state_references": "cool_widgets",
        "graphql_type": "CoolWidgetRegistry",
        "type_class": "Types::Geo::CoolWidgetRegistryType",
        "type_file": "ee/app/graphql/types/geo/cool_widget_registry_type.rb",
        "graphql_field": "cool_widget_registries",
        "graphql_field_camel": "coolWidgetRegistries",
        "resolver_class": "Resolvers::Geo::CoolWidgetRegistriesResolver",
        "resolver_file": "ee/app/graphql/resolvers/geo/cool_widget_registries_resolver.rb",
        "graphql_enum": "COOL_WIDGET_REGISTRY",
        "graphql_foreign_key": "coolWidgetId",
        "factory": "cool_widget",
        "registry_factory": "geo_cool_widget_registry",
        "registry_factory_file": "ee/spec/factories/geo/cool_widget_registry.rb",
        "state_factory": "geo_cool_widget_state",
        "state_factory_file": "ee/spec/factories/geo/cool_widget_states.rb",
        "replication_flag": "geo_cool_widget_replication",
        "checksumming_flag": "geo_cool_widget_force_primary_checksumming",
        "metric_prefix": "geo_cool_widgets",
        "status_prefix": "cool_widgets",
        "runtime_package": "cool_widgets",
        "git_access_class": "Gitlab::GitAccessCoolWidget",
        "uploader_class": "CoolWidgetUploader",
        "uploader_data_type": "cool_widget",
    }


ODD_KEYS = (
    "param_key",
    "name_plural",
    "table",
    "camel",
    "lower_camel",
    "human",
    "title",
    "title_plural",
    "state_table",
)
ODD = {
    "Packages::Nuget::Symbol": (
        *("packages_nuget_symbol", "packages_nuget_symbols", "packages_nuget_symbols", "PackagesNugetSymbol"),
        *("packagesNugetSymbol", "Packages nuget symbol", "Packages Nuget Symbol", "Packages Nuget Symbols"),
        "packages_nuget_symbol_states",
    ),
    "Ci::SecureFile": (
        *("ci_secure_file", "ci_secure_files", "ci_secure_files", "CiSecureFile", "ciSecureFile", "Ci secure file"),
        *("Ci Secure File", "Ci Secure Files", "ci_secure_file_states"),
    ),
    "LfsObject": (
        *("lfs_object", "lfs_objects", "lfs_objects", "LfsObject", "lfsObject", "Lfs object", "Lfs Object"),
        *("Lfs Objects", "lfs_object_states"),
    ),
    "S3Bucket": (
        *("s3_bucket", "s3_buckets", "s3_buckets", "S3Bucket", "s3Bucket", "S3 bucket", "S3 Bucket", "S3 Buckets"),
        "s3_bucket_states",
    ),
    "X509Certificate": (
        *("x509_certificate", "x509_certificates", "x509_certificates", "X509Certificate", "x509Certificate"),
        *("X509 certificate", "X509 Certificate", "X509 Certificates", "x509_certificate_states"),
    ),
    "VSCodeSetting": (
        *("vscode_setting", "vscode_settings", "vscode_settings", "VSCodeSetting", "vscodeSetting", "VSCode setting"),
        *("VSCode Setting", "VSCode Settings", "vscode_setting_states"),
    ),
    "Policy": (
        *("policy", "policies", "policies", "Policy", "policy", "Policy", "Policy", "Policies", "policy_states"),
    ),
    "Matrix": (
        *("matrix", "matrices", "matrices", "Matrix", "matrix", "Matrix", "Matrix", "Matrices", "matrix_states"),
    ),
    "Metadata": (
        *("metadata", "metadata", "metadata", "Metadata", "metadata", "Metadata", "Metadata", "Metadata"),
        "metadata_states",
    ),
    "Police": ("police", "police", "police", "Police", "police", "Police", "Police", "Police", "police_states"),
    "Leaf": ("leaf", "leafs", "leafs", "Leaf", "leaf", "Leaf", "Leaf", "Leafs", "leaf_states"),
    "Quiz": ("quiz", "quizzes", "quizzes", "Quiz", "quiz", "Quiz", "Quiz", "Quizzes", "quiz_states"),
    "OAuthToken": (
        *("o_auth_token", "o_auth_tokens", "o_auth_tokens", "OAuthToken", "oAuthToken", "O auth token", "O Auth Token"),
        *("O Auth Tokens", "o_auth_token_states"),
    ),
    "CoolWidgets": (
        *("cool_widgets", "cool_widgets", "cool_widgets", "CoolWidgets", "coolWidgets", "Cool widgets"),
        *("Cool Widgets", "Cool Widgets", "cool_widgets_states"),
    ),
    # Active Record makes only the last part plural, so the table is not the plural of the replicable name.
    "Cool::Mouse": (
        *("cool_mouse", "cool_mouses", "cool_mice", "CoolMouse", "coolMouse", "Cool mouse", "Cool Mouse"),
        *("Cool Mouses", "cool_mouse_states"),
    ),
}


@pytest.mark.parametrize("model", ODD)
def test_odd_names(model: str) -> None:
    built = names(model)
    assert tuple(built[key] for key in ODD_KEYS) == ODD[model]


def test_a_declared_acronym_makes_the_name_work() -> None:
    built = build_names("DNSRecord", inflector=GITLAB.with_acronyms(["DNS"]))
    assert (built["name"], built["camel"], built["title"]) == ("dns_record", "DNSRecord", "DNS Record")
    assert built["registry_file"] == "ee/app/models/geo/dns_record_registry.rb"


def test_graphql_knows_no_acronyms() -> None:
    built = names("CoolCDN")
    assert built["lower_camel"] == "coolCDN"
    assert built["graphql_field_camel"] == "coolCdnRegistries"
    assert built["graphql_foreign_key"] == "coolCdnId"


@pytest.mark.parametrize("model", ["CoolWidget", "::CoolWidget", " CoolWidget ", "\tCoolWidget\n", " ::CoolWidget"])
def test_what_surrounds_a_model_is_stripped(model: str) -> None:
    assert names(model) == names()


def test_an_ee_model_has_one_file() -> None:
    built = build_names("Packages::Cool", inflector=GITLAB, ee_only=True)
    assert built["model_file"] == built["ee_model_file"] == "ee/app/models/packages/cool.rb"


def test_options_and_overrides_are_one() -> None:
    built = build_names(
        "Ci::JobArtifact",
        inflector=GITLAB,
        name="job_artifact",
        plural="job_artefacts",
        title="CI Job Artifact",
        title_plural="CI Artifacts",
        table="p_ci_job_artifacts",
        factory="ee_ci_job_artifact",
        overrides={"state_table": "ci_job_artifact_states", "table": "p_ci_job_artifacts"},
    )
    assert built["metric_prefix"] == "geo_job_artefacts"
    assert built["title_plural"] == "CI Artifacts"
    assert built["param_key_plural"] == "ci_job_artifacts"
    given = {key for key in built if built.origin(key) == "given"}
    assert given == {"name", "name_plural", "title", "title_plural", "table", "factory", "state_table"}
    assert built.origin("metric_prefix") == "derived"
    with pytest.raises(KeyError):
        built.origin("nothing")


def test_a_given_plural_is_inherited() -> None:
    built = build_names("CoolLeaf", inflector=GITLAB, plural="cool_leaves")
    keys = ("table", "param_key_plural", "camel_plural", "metric_prefix", "status_prefix", "title_plural")
    assert [built[key] for key in keys] == [
        *("cool_leaves", "cool_leaves", "CoolLeaves", "geo_cool_leaves", "cool_leaves", "Cool Leaves"),
    ]


def test_overrides_are_inherited_by_what_follows() -> None:
    assert names(registry_association="widget")["registry_foreign_key"] == "widget_id"
    assert names(registry_foreign_key="file_id")["graphql_foreign_key"] == "fileId"
    assert names(graphql_field="widgets")["graphql_field_camel"] == "widgets"
    assert names(state_class="CoolWidgetDetail")["state_file"] == "ee/app/models/cool_widget_detail.rb"
    assert names(state_class="CoolWidgetDetail")["state_table"] == "cool_widget_details"


def test_only_what_may_be_absent_may_be_empty() -> None:
    built = names(state_factory="")
    assert (built["state_factory"], built["state_factory_file"]) == ("", "")
    assert built.origin("state_factory") == "given"
    assert "factory is ''" in refused("CoolWidget", factory="").message


def test_names_are_frozen_and_ordered() -> None:
    built = names()
    assert list(built) == [spelling.key for spelling in SPELLINGS]
    assert built == names()
    assert hash(built) == hash(names())
    assert built != names("CoolGadget")
    assert len(built) == len(SPELLINGS)
    with pytest.raises(TypeError):
        built["name"] = "other"  # type: ignore[index]
    with pytest.raises(TypeError):
        built._values["name"] = "other"  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        built._values = {}  # type: ignore[misc]


def test_groups_hold_every_spelling_once() -> None:
    groups = names().groups()
    assert sorted(spelling.key for group in groups.values() for spelling in group) == sorted(names())
    assert list(groups)[:2] == ["Model", "Replicable"]
    assert all(spelling.description for spelling in SPELLINGS)
    assert len({spelling.key for spelling in SPELLINGS}) == len(SPELLINGS)


@pytest.mark.parametrize(
    ("model", "message", "remedy"),
    [
        ("", "is not the name of a Ruby class", "CoolWidget"),
        ("cool_widget", "is not the name of a Ruby class", "for example CoolWidget"),
        ("coolWidget", "is not the name of a Ruby class", "for example CoolWidget"),
        ("cool widget", "is not the name of a Ruby class", "for example CoolWidget"),
        ("Cool-Widget", "is not the name of a Ruby class", "for example CoolWidget"),
        ("packages/nuget/symbol", "is not the name of a Ruby class", "for example Packages::Nuget::Symbol"),
        ("packages::nuget", "is not the name of a Ruby class", "for example Packages::Nuget"),
        ("Packages:Nuget", "is not the name of a Ruby class", "for example PackagesNuget"),
        ("CoolWidget::", "is not the name of a Ruby class", "for example CoolWidget"),
        ("../CoolWidget", "is not the name of a Ruby class", "for example CoolWidget"),
        ("3Widget", "is not the name of a Ruby class", "CoolWidget"),
        ("_Widget", "is not the name of a Ruby class", "Widget"),
        ("Größe", r"'Gr\xf6\xdfe' is not the name of a Ruby class", "for example"),
        ("Cool\nWidget", r"'Cool\nWidget' is not the name of a Ruby class", "for example CoolWidget"),
        ("Cool#{system('x')}", "is not the name of a Ruby class", "for example CoolSystemX"),
        ("DNSRecord", "turns it into dns_record, then DnsRecord", "Declare --acronym DNS, or use DnsRecord"),
        ("Net2::HTTPPage", "then Net2::HttpPage", "Declare --acronym HTTP, or use Net2::HttpPage"),
        ("FipsKey", "then FIPSKey", "Use FIPSKey"),
        ("Cool_Widget", "then CoolWidget", "Use CoolWidget"),
        ("Class", "a class or module of Ruby; a model", "CoolClass"),
        ("Hash", "a class or module of Ruby", "CoolHash"),
        ("Thread::Cool", "a class or module of Ruby; a namespace", "CoolThread::Cool"),
        ("Gitlab", "a class or module of GitLab", "CoolGitlab"),
        ("EE::CoolWidget", "GitLab's EE mixins", "CoolWidget"),
        ("Transaction", "a method that every Active Record object has", "--name transaction_record"),
        ("State", "an attribute of every registry", "--name state_record"),
        ("End", "a keyword of Ruby", "--name end_record"),
        ("Base", "Geo::BaseRegistry, which is a part of Geo's framework", "--name base_record"),
        ("Framework", "Geo::FrameworkRegistryFinder", "--name framework_record"),
        ("Verifiable", "Geo::VerifiableReplicator", "--name verifiable_record"),
        ("Verification", "Geo::VerificationState", "--name verification_record"),
        ("EventLog", "Geo::EventLogState", "--name event_log_record"),
        ("ReplicatorLog", "Geo derives the replicable name 'log_replicator'", "without the word replicator"),
        ("C::S::P", "not the one that Geo derives from its replicator, Geo::CSPReplicator: csp", "--name csp"),
    ],
)
def test_models_that_are_refused(model: str, message: str, remedy: str) -> None:
    error = refused(model)
    assert message in error.message
    assert remedy in (error.remedy or "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "CoolWidget"}, "name is 'CoolWidget', which is not a snake-case name"),
        ({"name": "cool__widget"}, "which is not a snake-case name"),
        ({"name": "cool_widget\n"}, r"name is 'cool_widget\n'"),
        ({"name": "cool_1"}, "not the one that Geo derives from its replicator, Geo::Cool1Replicator: cool1"),
        ({"name": ""}, "name is ''"),
        ({"table": "w" * 64}, "at most 63 bytes"),
        ({"table": "cool_widget_registry"}, "table and registry_table are both cool_widget_registry"),
        ({"table": "cool_widget_states"}, "table and state_table are both cool_widget_states"),
        ({"state_table": "cool_widget_registry"}, "registry_table and state_table are both"),
        ({"state_class": "CoolWidget"}, "model and state_class are both CoolWidget"),
        ({"state_class": "Geo::CoolWidgetRegistry"}, "registry_class and state_class are both"),
        ({"state_class": "Geo::cool"}, "which is not a Ruby constant"),
        ({"state_class": "Geo::DNSState"}, "Zeitwerk would not find Geo::DNSState"),
        ({"state_file": "ee/app/models/geo/other.rb"}, "Zeitwerk would not find Geo::CoolWidgetState"),
        ({"state_factory": "cool_widget"}, "factory and state_factory are both cool_widget"),
        ({"checksumming_flag": "geo_cool_widget_replication"}, "are both geo_cool_widget_replication"),
        ({"replicator_class": "Geo::GadgetReplicator"}, "Geo derives the replicable name 'gadget'"),
        ({"registry_association": "transaction"}, "a method that every Active Record object has"),
        ({"registry_file": "../geo/cool_widget_registry.rb"}, "which is not the path of a Ruby file"),
        ({"registry_file": "/geo/cool_widget_registry.rb"}, "which is not the path of a Ruby file"),
        ({"graphql_enum": "cool"}, "which is not a GraphQL enum value"),
        ({"title": "Cool 'Widget'"}, "which is not a title"),
        ({"title": "Cool  Widget"}, "which is not a title"),
        ({"title": " Cool"}, "which is not a title"),
        ({"title": "Cool\nWidget"}, "which is not a title"),
        ({"title": "{{ cool }}"}, "which is not a title"),
        ({"title": "#{cool}"}, "which is not a title"),
        ({"title": "Cool: Widget"}, "which is not a title"),
        ({"title": "Cool|Widget"}, "which is not a title"),
        ({"title": "- Cool"}, "which is not a title"),
        ({"title": "Cool `Widget`"}, "which is not a title"),
        ({"title": "%{cool}"}, "which is not a title"),
    ],
)
def test_spellings_that_are_refused(options: dict[str, str], message: str) -> None:
    assert message in refused("CoolWidget", **options).message


def test_a_model_cannot_be_one_of_its_own_geo_classes() -> None:
    assert "model and state_class are both Geo::CoolState" in refused("Geo::CoolState", name="cool").message
    assert "model and registry_class are both" in refused("Geo::CoolRegistry", name="cool").message


@pytest.mark.parametrize(
    "model", ["CoolState", "CoolRegistry", "GeoWidget", "Geo::Widget", "Terraform::State", "Event"]
)
def test_models_that_only_look_reserved(model: str) -> None:
    assert names(model)["model"] == model


def test_the_longest_name() -> None:
    longest = "a" * MAX_NAME_LENGTH
    built = names(longest.capitalize())
    assert len(built["registry_table"]) == 63
    error = refused(f"Cool{'a' * 20}{longest.capitalize()}")
    assert "has 79 characters" in error.message
    assert f"--name {longest}" in (error.remedy or "")
    assert f"--name {longest}" in (refused(f"{longest.capitalize()}a").remedy or "")


def test_a_long_namespace_needs_a_name_and_a_table() -> None:
    model = "::".join(["Verylongnamespace"] * 4)
    assert "has 71 characters" in refused(model).message
    assert "table would be" in refused(model, name="short").message
    assert names(model, name="short", table="shorts")["registry_table"] == "short_registry"


def test_unknown_and_contradicting_options() -> None:
    with pytest.raises(UsageError) as error:
        names(registry_tabel="x")
    assert "registry_table" in (error.value.remedy or "")
    with pytest.raises(UsageError, match="model cannot be overridden"):
        build_names("CoolWidget", inflector=GITLAB, overrides={"model": "Other"})
    with pytest.raises(UsageError, match="--name says 'a', --set name says 'b'"):
        build_names("CoolWidget", inflector=GITLAB, name="a", overrides={"name": "b"})


def test_a_long_or_hostile_text_makes_a_short_harmless_message() -> None:
    error = refused("\x1b[31m" + "x" * 10_000)
    assert len(error.message) < 200
    assert "\x1b" not in error.message


# What a spelling may consist of, said again and independently of the patterns.
CHARACTERS = {
    CONSTANT: r"[A-Za-z0-9:]*",
    SNAKE: r"[a-z0-9_]*",
    IDENTIFIER: r"[a-z0-9_]{0,63}",
    PATH: r"([a-z0-9_/]*[a-z0-9]\.rb)?",
    CAMEL: r"[A-Za-z0-9]*",
    ENUM: r"[A-Z0-9_]*",
    MODEL_PATH: r"[a-z0-9_/]*",
    TITLE: r"[A-Za-z0-9 ./()&+-]*",
    PACKAGE: r"[a-z0-9_]*",
}


def assert_harmless(built: Names) -> None:
    for spelling in SPELLINGS:
        value = built[spelling.key]
        assert re.fullmatch(CHARACTERS[spelling.shape], value), f"{spelling.key}: {value!r}"
        assert value or spelling.may_be_empty
        assert ".." not in value or spelling.shape is TITLE


SEGMENTS = st.from_regex(r"\A([A-Z][a-z0-9]{0,9}){1,3}\Z")
MODELS = st.lists(SEGMENTS, min_size=1, max_size=3).map("::".join)


@given(MODELS, st.sampled_from([GITLAB, PLAIN]))
def test_accepted_models_round_trip(model: str, inflector: Inflector) -> None:
    try:
        built = build_names(model, inflector=inflector)
    except InvalidNameError as error:
        assert_helpful(error)
        return
    assert inflector.camelize(built["model_path"]) == model
    assert inflector.camelize(built["name"]) == built["camel"]
    assert inflector.underscore(built["camel"]) == built["name"]
    assert (
        inflector.camelize(built["registry_file"].removeprefix("ee/app/models/").removesuffix(".rb"))
        == (built["registry_class"])
    )
    assert build_names(f"::{model}\n", inflector=inflector) == built
    assert_harmless(built)


@given(st.text() | st.text(alphabet=st.sampled_from("AbC1_:/. \n#{}'é")))
def test_any_text_is_a_model_or_refused(text: str) -> None:
    try:
        built = build_names(text, inflector=GITLAB)
    except InvalidNameError as error:
        assert_helpful(error)
    else:
        assert_harmless(built)


@given(
    st.dictionaries(
        st.sampled_from([spelling.key for spelling in SPELLINGS if spelling.key != "model"]),
        st.text(max_size=70) | st.text(alphabet=st.sampled_from("Ab1_:/. \n")) | st.from_regex(r"\A[a-z]+(_[a-z]+)*\Z"),
        max_size=3,
    )
)
def test_any_override_is_a_spelling_or_refused(overrides: dict[str, str]) -> None:
    try:
        built = build_names("Packages::CoolWidget", inflector=GITLAB, overrides=overrides)
    except InvalidNameError as error:
        assert_helpful(error)
    else:
        assert_harmless(built)
        assert overrides.items() <= built.items()


@pytest.mark.parametrize(
    ("model", "package"),
    [("Packages::Nuget::Symbol", "packages_nuget_symbols"), ("Secret", "secrets_"), ("Alembic", "alembics")],
)
def test_a_python_package_hides_no_module(model: str, package: str) -> None:
    assert build_names(model, inflector=GITLAB)["runtime_package"] == package
