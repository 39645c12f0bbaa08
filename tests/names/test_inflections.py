"""Declarations of an initializer: what is read of them, what only Ruby could honour, and what would never end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.checkout.initializer import declarations_in, files_in, read_initializer
from geo_scaffold.names.backtracking import ways
from geo_scaffold.names.inflector import Inflector

from .conftest import INITIALIZER

PLAIN = Inflector.plain()


def test_an_initializer_is_read_in_order() -> None:
    inflector = read_initializer(INITIALIZER)
    assert inflector.unreadable == ()
    assert inflector.acronyms == ("CDN", "OAuth", "DNS", "HTML", "API", "ABC", "SSL")
    assert inflector.pluralize("cow") == "kine"
    assert inflector.pluralize("Goose") == "Geese"
    assert inflector.pluralize("police") == "polices"
    assert inflector.pluralize("cool_widget_registry") == "cool_widget_registry"
    assert inflector.humanize("tag_cnt") == "Tag count"


def test_an_empty_initializer_leaves_rails_own() -> None:
    assert read_initializer("# inflect.acronym 'CDN'\n") == PLAIN


def test_files_have_the_constants_that_the_autoloader_is_told() -> None:
    text = """
    Rails.autoloaders.each do |autoloader|
      autoloader.ignore('a' => 'B')
      autoloader.inflector.inflect(
        'dns_key' => 'DNSKey', # 'tls' => 'TLS'
        "http" => "HTTP",
        name => 'Name', 'other' => "#{name}"
      )
      inflect('c' => 'D')
    end
    """
    assert list(files_in(text)) == [("dns_key", "DNSKey"), ("http", "HTTP")]


@pytest.mark.parametrize(
    "line",
    [
        "inflect.acronym name",
        "inflect.acronym",
        "inflect.acronym 'A', 'B'",
        "inflect.acronym 'A|B'",
        'inflect.acronym "#{prefix}B"',
        "inflect.acronym 'DNS' if dns?",
        "inflect.irregular 'cow'",
        "inflect.irregular '', 'kine'",
        r"inflect.irregular 'cow', '\1'",
        "inflect.uncountable(*WORDS)",
        "inflect.uncountable",
        "inflect.uncountable %w[a b",
        "inflect.plural /[[:alpha:]]x$/, 'y'",
        "inflect.plural /(?<=a+)x$/, 'y'",
        "inflect.plural /x$/m, 'y'",
        r"inflect.plural /x$/, '\1y'",
        "inflect.plural /x$/, '$1'",
        "inflect.plural '', 'y'",
        "inflect.human /(/, 'y'",
        "inflect.clear :acronyms",
        "inflect.acronym('DNS'",
        "inflect.acronym ['DNS')",
    ],
)
def test_what_needs_ruby_is_reported_and_not_honoured(line: str) -> None:
    inflector = read_initializer(f"\nx do |inflect|\n  {line}\nend\n")
    assert inflector.unreadable == (f"line 3: {line}",)
    assert read_initializer("").acronyms == inflector.acronyms
    assert inflector.pluralize("cool_widget") == "cool_widgets"


@given(st.text(alphabet=st.sampled_from("inflect.acronym('A\")]%w[/ \n#:,;\\")))
def test_no_text_breaks_the_reader(text: str) -> None:
    read_initializer(f"inflect.plural {text}\ninflect.acronym 'DNS'")


@pytest.mark.parametrize(
    ("lines", "acronyms"),
    [
        ("ActiveSupport::Inflector.inflections(:de) do |i|\ni.acronym 'ZDF'\nend", ()),
        ("ActiveSupport::Inflector.inflections :en do |i|\ni.acronym 'BBC'\nend", ("BBC",)),
        ("ActiveSupport::Inflector.inflections(:de).acronym 'ZDF'", ()),
        ("ActiveSupport::Inflector.inflections.acronym 'BBC'", ("BBC",)),
        ("X.inflections(:de) { |i| i.acronym 'ZDF' }\nX.inflections { |i| i.acronym 'BBC' }", ("BBC",)),
        ("X.inflections do |i|\nif Gitlab.ee?\ni.acronym 'EE'\nelse\ni.acronym 'CE'\nend\nend", ("EE", "CE")),
        ("note = \"i.acronym 'No'\"\ntext = <<~X\n  i.acronym 'No'\nX\n:'i.acronym'", ()),
    ],
)
def test_whose_declarations_count(lines: str, acronyms: tuple[str, ...]) -> None:
    inflector = read_initializer(lines)
    assert (inflector.acronyms, inflector.unreadable) == (acronyms, ())


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        (r"'it\'s', 'a\\b', '\1'", ("it's", r"a\b", r"\1")),
        (r'"a\\b", "a#b"', (r"a\b", "a#b")),
        ("%w[a b], %i(c d), [%w<e>, ['f']]", tuple("abcdef")),
        ("('a'), # a remark\n'b'", ("a", "b")),
    ],
)
def test_literals_are_read_as_ruby_does(arguments: str, values: tuple[str, ...]) -> None:
    (declaration,) = declarations_in(f"inflect.uncountable {arguments}")
    assert declaration.arguments == values


@pytest.mark.parametrize(
    "arguments", [r'"a\tb"', "%q(a)", "'a' 'b'", "<<~X\na\nX", "a: 'b'", "1", "'a' do\nend", ":a", "%W[#{a}]"]
)
def test_what_is_no_plain_literal_is_left_to_ruby(arguments: str) -> None:
    (declaration,) = declarations_in(f"inflect.uncountable {arguments}")
    assert declaration.arguments is None


ENDLESS = [
    r"/^(a+)+$/",
    r"/^(a*)*$/",
    r"/^(a|a)*$/",
    r"/^(\w+\s?)*$/",
    r"/(?:a|aa)+$/",
    r"/(x+x+)+y/",
    r"/^(?=(a+)+b)/",
    f"/{'a?' * 30}{'a' * 30}/",
    r"/(.*)(.*)(.*)(.*)b$/",
    r"/((a|b|ab){2,9}){2,9}$/",
    f"/{'(' * 5000}a{')' * 5000}/",
    r"/a{99999999999}/",
    r"/(a?){4294967294}/",
]


@pytest.mark.parametrize("method", ["plural", "human"])
@pytest.mark.parametrize("pattern", ENDLESS, ids=lambda pattern: pattern[:20])
def test_a_pattern_that_would_never_end_is_not_honoured(pattern: str, method: str) -> None:
    inflector = read_initializer(f"inflect.{method} {pattern}, 'x'")
    assert len(inflector.unreadable) == 1
    assert inflector.pluralize("a" * 54 + "b") == "a" * 54 + "bs"
    assert inflector.humanize("a" * 54 + "b").endswith("ab")


def test_patterns_may_not_come_to_too_much_together() -> None:
    inflector = read_initializer("inflect.plural /(.*)_(.*)x$/, 'y'\n" * 50)
    assert len(inflector.unreadable) == 49
    assert inflector.pluralize("a" * 200) == "a" * 200 + "s"


@pytest.mark.parametrize(
    "declaration", ["plural 'a', 'b'", "acronym 'A{}'", "uncountable 'u'", "human 'h', 'i'", "clear"]
)
def test_declarations_without_an_end_are_left_out(declaration: str) -> None:
    text = "\n".join(f"inflect.{declaration.format(number)}" for number in range(20_000))
    inflector = read_initializer(text)
    assert inflector.unreadable[-1] == "line 1001 and what follows: more than 1000 declarations"
    assert len(inflector.unreadable) == (1001 if declaration == "clear" else 1)
    assert inflector.pluralize("cool_widget") == "cool_widgets"


def test_every_pattern_of_rails_is_cheap() -> None:
    assert sum(ways(rule.pattern, limit=10_000) for rule in PLAIN.plurals) < 100


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("abc", 1),
        ("[a-z]x?", 2),
        ("(?:ab|cd|)e", 3),
        ("(ab|c){2}", 4),
        ("(ab|c){1,2}$", 6),
        ("x*", 201),
        ("(?P<a>b)?(?(a)c|d)", 4),
        (r"(a)\1(?<!b)(?i:c)", 1),
        ("x{500}", 1),
    ],
)
def test_ways_are_counted(pattern: str, number: int) -> None:
    assert ways(pattern, limit=10_000) == number
    assert ways(f"(?:{pattern})", limit=number - 1) == number


@pytest.mark.parametrize("opening", ["(a|", "(?:", "(?=", "(?:ab?"])
@pytest.mark.parametrize("depth", [100, 200, 300, 450, 5_000])
def test_a_pattern_of_any_depth_is_counted_or_refused(opening: str, depth: int) -> None:
    inflector = read_initializer(f"inflect.plural(/{opening * depth}b{')' * depth}/, 'x')")
    assert len(inflector.plurals) + len(inflector.unreadable) == len(PLAIN.plurals) + 1


def test_nesting_without_an_end_is_no_trouble() -> None:
    deep = "[" * 20_000 + "]" * 20_000
    assert read_initializer(f"inflect.uncountable {deep}\ninflect.acronym 'DNS'").acronyms == ("DNS",)
