"""What the tests of names share: the words, GitLab's types, and Active Support itself as the oracle."""

import csv
import json
import os
import random
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from geo_scaffold.checkout.initializer import read_initializer
from geo_scaffold.names.inflector import Inflector
from waiting import PATIENCE_S

HERE = Path(__file__).parent
DICTIONARY = Path("/usr/share/dict/american-english")

MODEL_WORDS = (HERE / "model_words.txt").read_text(encoding="ascii").split()

CLASS_NAMES = """
    CoolWidget Packages::Nuget::Symbol Ci::SecureFile LfsObject S3Bucket X509Certificate VSCodeSetting Policy Matrix
    Metadata Leaf Quiz OAuthToken DNSRecord HTMLPage CiSecureFile Pages2Deployment MLModel Ci::CDNAsset EEFeature
    JHRegion CSPReport FIPSKey FipsKey CdnAsset DependencyProxy::Manifest Projects::WikiRepository
    SupplyChain::Attestation Packages::Helm::MetadataCache Terraform::StateVersion Geo::EventLog A::B C::S::P
    Foo1::Bar2 Cool_Widget coolWidget cool-widget UserID ABCDef ABC9 CoolVSCode VSCode2Setting VSCodex FooEE
    FooEEBar SSLError Cool::Police Cool::Mouse PersonAPI
""".split()  # noqa: SIM905 - a list of words reads better

SNAKE_NAMES = """
    cool_widget packages/nuget/symbol lfs_object s3_bucket x509_certificate vscode_setting fips_key ee_feature cool_cdn
    widget_id _cool _id id cool__widget cool_ csp_report/jh_region custom_field dns_record oauth_token cool_widget_ids
""".split()  # noqa: SIM905

ODD_WORDS = [
    *("", "API", "URL", "MATRIX", "CRISIS", "BUS", "FOX", "Person", "PERSON", "coolPerson", "Man", "Woman", "HUMAN"),
    *("CoolPolice", "Cool Police", "cool_police", "cool police", "Packages::Metadata", "OX", "Ox", "oxen", "cool_ox"),
    *(
        "NuGet Symbol",
        "CI Secure File",
        "X",
        "x1",
        "v2",
        "123",
        "banzai_banzai",
        "Foot",
        "widget_",
        "-",
        "caches",
        "CACHE",
        "kine",
        "cow",
        "Cow",
    ),
]

INITIALIZER = r"""
# frozen_string_literal: true
#   inflect.acronym 'Commented'
=begin
ActiveSupport::Inflector.inflections { |inflect| inflect.acronym 'Embedded' }
=end
ActiveSupport::Inflector.inflections(:en) do |inflect|
  inflect.uncountable %w[
    custom_emoji
    cool_widget_registry
    WikiPage::Meta
  ]
  inflect.uncountable('gear', "pokémon")
  inflect.uncountable %w(tuna cow), ["kit"]
  inflect.acronym 'CDN'
  inflect.acronym "OAuth" # a comment
  inflect.acronym('DNS'); inflect.acronym 'HTML'
  inflect.irregular 'cache', 'caches'
  inflect.irregular(
    "cow", 'kine'
  )
  inflect.irregular 'Goose', 'Geese'
  inflect.irregular 'police', 'polices'
  inflect.plural /^(ox)$/i, '\1es'
  inflect.plural(/(wid)get\z/, '\1gettes')
  inflect.plural %r{(le)(a)f$}i, '\2\1ves'
  inflect.plural(/([aeiou])\1th$/, '\1\1ths')
  inflect.plural 'radius', "radii"
  inflect.singular(/mice$/i, 'mouse')
  inflect.singular 'jeans', 'jean'
  inflect.human(/_cnt$/, '_count')
  inflect.human 'cool', 'nice'
  inflect.human 'cool_w', 'warm w'
  inflect.plural /banz/, 'bonz'
  inflect.irregular 'foot',
    'feet'
  inflect.acronym(

    'API'

  )
  inflect.acronym 'ABC'
end
ActiveSupport::Inflector.inflections { |inflect| inflect.acronym 'SSL' }
ActiveSupport::Inflector.inflections(:de) { |inflect| inflect.acronym 'ZDF' }
__END__
inflect.acronym 'Ended'
"""

INFLECTORS = {
    "plain": Inflector.plain(),
    "gitlab": Inflector.gitlab(),
    "initializer": read_initializer(INITIALIZER),
}

_INITIALIZERS = {
    "plain": "",
    "gitlab": """
        ActiveSupport::Inflector.inflections do |inflect|
          %w[CDN EE JH CSP VSCode FIPS].each { |word| inflect.acronym(word) }
          inflect.irregular 'cache', 'caches'
        end
    """,
    "initializer": INITIALIZER,
}

_ORACLE = r"""
constants = Object.constants
require "json"
require "active_support"
require "active_support/inflector"
require "active_record"
request = JSON.parse($stdin.read)
inflector = ActiveSupport::Inflector
instances = inflector::Inflections.instance_variable_get(:@__instance__)
rails = inflector.inflections(:en).dup
answers = request.fetch("configurations").to_h do |name, source|
  instances[:en] = rails.dup
  source = source.split(/^__END__$/).first.to_s
  eval(source)
  calls = request.fetch("calls").fetch(name).to_h do |key, words|
    method, *arguments = key.split(" ")
    [key, words.to_h { |word| [word, inflector.public_send(method, word, *arguments.map { |a| a == "true" })] }]
  end
  [name, calls]
end
instances[:en] = rails
base = ActiveRecord::Base
dangerous = (base.instance_methods + base.private_instance_methods).select { |m| base.dangerous_attribute_method?(m) }
$stdout.write JSON.generate("answers" => answers, "constants" => constants, "dangerous" => dangerous)
"""


@dataclass(frozen=True)
class GitlabType:
    """One row of gitlab_types.csv: a released type, its spellings, and what must be given because no rule gives it."""

    model: str
    given: dict[str, str]
    ee_only: bool
    spellings: dict[str, str]


def gitlab_types() -> list[GitlabType]:
    with (HERE / "gitlab_types.csv").open(encoding="ascii", newline="") as file:
        return [
            GitlabType(
                model=row["model"],
                given=dict(pair.split("=", 1) for pair in row.pop("given").split(";") if pair),
                ee_only=bool(row.pop("ee_only")),
                spellings={key: value for key, value in row.items() if value != "(not yet)"},
            )
            for row in csv.DictReader(file)
        ]


def dictionary_sample() -> list[str]:
    """Return 5,000 words, always the same ones."""
    if not DICTIONARY.exists():
        unavailable(f"{DICTIONARY} is missing (Debian package wamerican)")
    words = (word for word in DICTIONARY.read_text(encoding="utf-8").split() if re.fullmatch(r"[a-z]{3,14}", word))
    return random.Random(20230101).sample(sorted(words), 5000)


def compounds() -> list[str]:
    return [
        *MODEL_WORDS,
        *(f"cool_{word}" for word in MODEL_WORDS),
        *(f"Cool{''.join(part.capitalize() for part in word.split('_'))}" for word in MODEL_WORDS),
    ]


def unavailable(reason: str) -> NoReturn:
    """Skip with a plain reason; in CI, where nothing may be missing, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class ActiveSupport:
    """The answers of one Ruby process: by configuration, by call, by word."""

    answers: dict[str, dict[str, dict[str, str]]]
    constants: list[str]
    dangerous: list[str]


@pytest.fixture(scope="session")
def active_support() -> ActiveSupport:
    if shutil.which("ruby") is None:
        unavailable("ruby is not installed")
    words = {"plain": [*dictionary_sample(), *compounds(), *ODD_WORDS]}
    calls: dict[str, dict[str, list[str]]] = {}
    for name in INFLECTORS:
        calls[name] = {"pluralize": words.get(name, [*compounds(), *ODD_WORDS])}
        for method in ("underscore", "humanize", "titleize", "tableize", "demodulize", "deconstantize", "foreign_key"):
            calls[name][method] = [*CLASS_NAMES, *SNAKE_NAMES]
        for call in ("camelize true", "camelize false"):
            calls[name][call] = [*CLASS_NAMES, *SNAKE_NAMES]
    asked = subprocess.run(
        ["ruby", "-W0", "-e", _ORACLE],
        input=json.dumps({"configurations": _INITIALIZERS, "calls": calls}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        timeout=PATIENCE_S,
        check=False,
    )
    if "LoadError" in asked.stderr:
        unavailable("ruby-activesupport or ruby-activerecord is not installed")
    assert asked.returncode == 0, asked.stderr
    answers: dict[str, Any] = json.loads(asked.stdout)
    return ActiveSupport(**answers)
