"""lefthook and pre-commit themselves, with our entries for them, in a clone in which a branch adds a type."""

import shutil
from pathlib import Path

import pytest

from needs import need_packages
from sizes import sized

from .conftest import EXAMPLES, FINDER, shell

need_packages("lefthook", "pre_commit")

PROJECT = EXAMPLES.parents[1]
SHIPPED = (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE", "src", "templates")
"""What pre-commit needs of the project's repository."""
GIT = "git -c user.name=a -c user.email=a@example.org"
RESOLVER = "ee/app/graphql/resolvers/geo/cool_widget_registries_resolver.rb"
SCHEMA = "db/structure.sql"


def check(script: str, clone: Path, **variables: str) -> str:
    """Run lines that have to succeed, and return what they say."""
    done = shell([script], clone, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def refuse(script: str, clone: Path, **variables: str) -> str:
    """Run lines that have to fail, and return what they say."""
    done = shell([script], clone, **variables)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


def break_resolver(clone: Path) -> None:
    resolver = clone / RESOLVER
    resolver.write_text(resolver.read_text().replace("BaseResolver", "OtherResolver"))


def break_schema(clone: Path) -> None:
    schema = clone / SCHEMA
    lines = schema.read_text().splitlines(keepends=True)
    schema.write_text("".join(line for line in lines if "INDEX index_cool_widget_states_on_" not in line))


@pytest.fixture(scope="module")
def pre_commit_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of pre-commit's environments: it makes one of ours, which takes most of the time, once."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the current project in a Git repository, and its commit."""
    root = tmp_path_factory.mktemp("hooks") / "geo-scaffold"
    root.mkdir()
    for name in SHIPPED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, root / name)
    check(f"git init -q && git add -A && {GIT} commit -qm one", root)
    return root, check("git rev-parse HEAD", root).strip()


@pytest.fixture(params=sized(["example"], ["example", "repository"]))
def config(request: pytest.FixtureRequest) -> str:
    """Return a configuration of pre-commit: the example, or one that has the hook from the project's repository.

    That one is for the large size: pre-commit installs the project and what it needs from a package registry.
    """
    if request.param == "example":
        return (EXAMPLES / "pre-commit-config.yaml").read_text()
    root, commit = request.getfixturevalue("repository")
    return f"repos:\n  - repo: {root}\n    rev: {commit}\n    hooks:\n      - id: geo-checklist\n"


@pytest.mark.slow
def test_pre_commit(branch: tuple[Path, str], config: str, pre_commit_home: Path) -> None:
    clone, _ = branch
    home = {"PRE_COMMIT_HOME": str(pre_commit_home), "PIP_NO_COMPILE": "1"}  # most of it is never imported
    (clone / ".pre-commit-config.yaml").write_text(config)
    check(f"git add -A && {GIT} commit -qm three && pre-commit install", clone, **home)

    (clone / "CHANGES").write_text("Nothing of a type.\n")
    assert "(no files to check)Skipped" in check(f"git add -A && {GIT} commit -m four", clone, **home)

    finder = clone / FINDER
    finder.write_text(f"{finder.read_text()}\n# Complete.\n")
    assert "Passed" in check(f"git add -A && {GIT} commit -m five", clone, **home)

    head = check("git rev-parse HEAD", clone)
    for damage, path in ((break_resolver, RESOLVER), (break_schema, SCHEMA)):
        damage(clone)
        said = refuse(f"git add -A && {GIT} commit -m six", clone, **home)
        assert "CoolWidget" in said
        assert Path(path).name in said
        assert "Failed" in said
        assert check("git rev-parse HEAD", clone) == head
        check(f"git reset -q --hard {head}", clone)
    assert "repo: local" in config or list(pre_commit_home.glob("*/py_env-*/bin/geo-scaffold"))


@pytest.mark.slow
def test_lefthook(branch: tuple[Path, str]) -> None:
    clone, base = branch
    upstream = clone.parent / "upstream"
    shutil.copyfile(EXAMPLES / "lefthook.yml", clone / "lefthook.yml")
    check("echo lefthook.yml >> .git/info/exclude && lefthook install", clone)

    def pushed(branch: str) -> bool:
        return shell([f"git rev-parse -q --verify {branch}"], upstream).stdout == check(
            f"git rev-parse {branch}", clone
        )

    check(f"git checkout -qb other {base} && echo Nothing. > CHANGES && git add -A && {GIT} commit -qm other", clone)
    assert "(skip)" in check("git push origin other", clone)
    assert pushed("other")

    check("git checkout -q widget", clone)
    said = check("git push -u origin widget", clone)
    assert "(skip)" not in said
    assert "CoolWidget" in said
    assert pushed("widget")

    for damage, path in ((break_resolver, RESOLVER), (break_schema, SCHEMA)):
        damage(clone)
        check(f"{GIT} commit -qam broken", clone)
        said = refuse("git push origin widget", clone)
        assert "CoolWidget" in said
        assert Path(path).name in said
        assert not pushed("widget")
        check("git reset -q --hard HEAD~", clone)
