"""What is derived from code in Ruby says what our own templates say in that code."""

import re

import pytest

from geo_scaffold.answers import Answers
from geo_scaffold.edition import Renderer, context_for
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.phases import Phase


@pytest.mark.parametrize("model", ["CoolWidget", "Packages::Nuget::Symbol", "ApiOAuthKey", "Upload"])
@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_the_graphql_reference_has_the_words_of_the_graphql_types(model: str, kind: str) -> None:
    answers = Answers(model=model, kind=kind, timestamp="20260101000000").in_phases(Phase, milestone="19.4")
    context = context_for(answers, answers.names(Inflector.gitlab()))
    renderer = Renderer("19")
    page = renderer.render("derive/graphql-reference.md.j2", context)
    for template in ("create/graphql-type.rb.j2", "ensure/graphql-field.rb.j2"):
        code = renderer.render(template, context)
        described = re.findall(r"description:? ((?:'[^'\n]*'(?: \\\n *)?)+)", code)
        assert described
        for said in described:
            words = "".join(re.findall(r"'([^']*)'", said))
            assert f"{words.rstrip('.')}." in page
    assert "**Introduced** in GitLab 19.4.\n" in page
