"""`mr --rollout`: the issue of both flags, from a template that is ours and from none."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.mr import roll_out, work_on
from geo_scaffold.verbs.mr.rollout import TEMPLATE, still_to_fill
from geo_scaffold.verbs.mr.shape import Shaped

from .conftest import make_checkout, new, picture

ISSUE: Final = """<!-- Title suggestion: [FF] `<feature-flag-name>` -- <short description> -->

## Summary

Rolls out [the feature](<feature-issue-link>) behind the `<feature-flag-name>` feature flag.
Ask in `#<slack-channel-of-dri-team>`.

### What are we expecting to happen?

<!-- say it -->

### What can go wrong and how would we detect it?

## Steps

### On non-production environments

- [ ] Enable it with `/chatops run feature set <feature-flag-name> true --staging`.

### Specific rollout on production

Tell everybody.

- [ ] Pick one:
  - for a project: `/chatops run feature set --project=a/b <feature-flag-name> true`
  with care
- [x] Look at it.

Then go on.

### Clean up

- [ ] Remove it in `<milestone>`, or ask @<gitlab-username-of-dri>.

```
/chatops run feature delete <feature-flag-name>
```

/label <group-label>
/label ~"feature flag"
/relate <feature-issue-link>
/close
/assign @<gitlab-username-of-dri>
/due in 2 weeks
"""
"""A template of rollout issues, of an invented project."""
FLAGS: Final = ("geo_cool_widget_replication", "geo_cool_widget_force_primary_checksumming")
URL: Final = "https://gitlab.com/gitlab-org/gitlab/-"


def issue(tmp_path: Path, template: str | None, *, edition: str = "18", **answers: Any) -> Shaped:
    files = CHECKOUTS[edition] if template is None else {**CHECKOUTS[edition], TEMPLATE: template}
    checkout = make_checkout(tmp_path / "gitlab", files)
    new(checkout, owner="project", milestone="18.3", **answers)
    before = picture(checkout)
    made = roll_out(work_on("CoolWidget", Phase.IMPLEMENTATION, checkout))
    assert picture(checkout) == before
    return made


def test_the_template_of_the_checkout_is_filled_in(tmp_path: Path, snapshot: Any) -> None:
    made = issue(tmp_path, ISSUE, feature_issue="#3")
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots" / "rollout"
    snapshot.assert_match(made.text, "template.md")
    assert made.left_out == ("/close",)
    assert still_to_fill(made.text) == ("<gitlab-username-of-dri>",)
    for flag in FLAGS:
        assert f"\n/chatops run feature delete {flag}\n" in made.text
        assert f"`/chatops run feature set {flag} true --staging`" in made.text
    assert f"/relate {URL}/issues/3\n" in made.text


def test_the_steps_of_the_release_are_in_it(tmp_path: Path) -> None:
    text = issue(tmp_path, ISSUE).text
    production = text.partition("### Specific rollout on production")[2].partition("### Clean up")[0]
    assert "- [~] ~~Pick one:~~\n  - ~~for a project: `" in production
    assert "- [~] ~~Look at it.~~\n\nThen go on.\n" in production
    assert "[ ]" not in production
    assert re.findall(r"^### (.*)$", text, re.MULTILINE)[2:5] == [
        "On non-production environments",
        "Test replication and verification",
        "Specific rollout on production",
    ]
    steps = text.partition("### Test replication and verification")[2].partition("###")[0]
    assert "non-GDK deployment" in steps
    assert "the PM and the EM of Geo" in steps


def test_without_a_template_it_is_ours(tmp_path: Path, snapshot: Any) -> None:
    made = issue(tmp_path, None)
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots" / "rollout"
    snapshot.assert_match(made.text, "ours.md")
    for heading in ("Summary", "Expectations", "Rollout Steps", "Rollback Steps"):
        assert f"## {heading}\n" in made.text


def test_an_edition_with_one_flag_has_one(tmp_path: Path) -> None:
    text = issue(tmp_path, ISSUE, edition="16").text
    assert FLAGS[0] in text
    assert FLAGS[1] not in text
    assert f"`{FLAGS[0]}` feature flag." in text


@pytest.mark.parametrize("template", ["x", "<!-- open", "```\n/close", "### on production\n- [ ] a\n- [ ] b"])
def test_a_template_without_our_headings_keeps_all_of_it(tmp_path: Path, template: str) -> None:
    made = issue(tmp_path, template)
    assert made.text.startswith(("x\n", "<!-- open\n-->\n", "```\n/close\n```\n", "### Test replication"))
    assert "\n- [ ] Test replication and verification of Cool Widgets" in made.text
    assert made.text.endswith("\n/due in 2 weeks\n")


def test_nothing_of_a_template_steers_a_terminal(tmp_path: Path) -> None:
    assert "\x1b" not in issue(tmp_path, "a\x1b[2J\n").text
