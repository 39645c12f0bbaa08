"""PostgreSQL identifiers: facts from GitLab's structure.sql and the boundaries of both shortening rules."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.names.identifiers import (
    MAX_IDENTIFIER_BYTES,
    check_constraint_name,
    foreign_key_name,
    object_name,
    shorten,
)


def test_what_fits_stays() -> None:
    assert shorten("x" * MAX_IDENTIFIER_BYTES) == "x" * MAX_IDENTIFIER_BYTES
    assert shorten("index_cool_widget_states_on_verification_state") == "index_cool_widget_states_on_verification_state"


def test_what_does_not_fit_is_cut_and_marked() -> None:
    long = "index_packages_helm_metadata_cache_states_on_packages_helm_metadata_cache_id"
    digest = hashlib.sha256(long.encode()).hexdigest()[:10]
    assert shorten(long) == f"index_packages_helm_metadata_cache_states_on_package_{digest}"
    assert len(shorten(long)) == MAX_IDENTIFIER_BYTES


def test_the_cut_leaves_no_half_character() -> None:
    long = "a" + "é" * 40
    assert shorten(long) == "a" + "é" * 25 + "_" + hashlib.sha256(long.encode()).hexdigest()[:10]


def test_the_cut_leaves_no_double_underscore() -> None:
    long = "a" * 50 + "__" + "b" * 20
    assert shorten(long) == "a" * 50 + "_" + hashlib.sha256(long.encode()).hexdigest()[:10]


@given(st.text(alphabet="abé_", min_size=1, max_size=140))
def test_shortening_always_fits_and_is_stable(identifier: str) -> None:
    short = shorten(identifier)
    assert len(short.encode()) <= MAX_IDENTIFIER_BYTES
    assert shorten(short) == short
    assert (short == identifier) == (len(identifier.encode()) <= MAX_IDENTIFIER_BYTES)


@pytest.mark.parametrize(
    ("table", "column", "label", "name"),
    [
        ("cool_widget_registry", "id", "seq", "cool_widget_registry_id_seq"),
        ("cool_widget_registry", None, "pkey", "cool_widget_registry_pkey"),
        ("t", "c", None, "t_c"),
        # At 63 characters of table, as the longest replicable name gives it.
        ("t" * 63, "id", "seq", "t" * 56 + "_id_seq"),
        ("t" * 63, None, "pkey", "t" * 58 + "_pkey"),
        ("t" * 56, "id", "seq", "t" * 56 + "_id_seq"),
        ("t" * 57, "id", "seq", "t" * 56 + "_id_seq"),
        # Both long: the longer one loses first, then the column.
        ("t" * 40, "c" * 40, "fkey", "t" * 29 + "_" + "c" * 28 + "_fkey"),
        ("t" * 63, "c" * 20, "key", "t" * 38 + "_" + "c" * 20 + "_key"),
        # No half characters.
        ("é" * 31 + "x", None, "pkey", "é" * 29 + "_pkey"),
    ],
)
def test_object_names_are_postgresqls(table: str, column: str | None, label: str | None, name: str) -> None:
    assert object_name(table, column, label) == name
    assert len(name.encode()) <= MAX_IDENTIFIER_BYTES


def test_constraint_names_are_gitlabs() -> None:
    # From the two structure.sql of GitLab 18.
    assert check_constraint_name("packages_nuget_symbol_registry", "last_sync_failure") == "check_353acf9c46"
    assert check_constraint_name("packages_nuget_symbol_registry", "verification_failure") == "check_4b08fc53d8"
    assert foreign_key_name("upload_states", "upload_id") == "fk_rails_d00f153613"
    assert foreign_key_name("snippet_repositories", "snippet_id") == "fk_rails_8afd7e2f71"
