"""The article before a name, by its pronunciation."""

import pytest

from geo_scaffold.edition.article import with_article


@pytest.mark.parametrize(
    "phrase",
    [
        "a cool_widget",
        "a merge_request_diff",
        "a job_artifact",
        "an upload",
        "an update",
        "an artifact",
        "an unknown_file",
        "an issue",
        "an oauth_token",
        # vowels that sound like consonants
        "a user",
        "a usage_record",
        "a unit",
        "a url",
        "a uuid",
        "a utility",
        "a eu_region",
        "a one_time_code",
        # a silent h
        "an hour",
        "an honored_host",
        "a host",
        # spoken letter by letter
        "an lfs_object",
        "an ssh_key",
        "an npm_cache",
        "an s3_bucket",
        "an x509_certificate",
        "a gpg_key",
        "a cdn",
        "a ci_secure_file",
        # titles
        "an NPM metadata cache",
        "a NuGet symbol",
        "an Upload",
    ],
)
def test_the_article_fits_the_sound(phrase: str) -> None:
    assert with_article(phrase.partition(" ")[2]) == phrase
