"""The layers: imports point down only, and only `commit` writes."""

import ast
from pathlib import Path

import geo_scaffold

SOURCE = Path(geo_scaffold.__file__).parent
LAYERS = (
    ("errors", "kinds", "lazily"),
    ("commit", "names"),
    ("tree", "editors", "answers", "outline", "git", "strangers"),
    ("operations", "receipt"),
    ("edition",),
    ("checkout",),
    ("verbs",),
    ("cli",),
)
"""From the bottom up."""
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
"""Of each module or package; one may import what is not higher."""
WRITERS = {"write_text", "write_bytes", "unlink", "rename", "replace", "mkdir", "rmdir", "touch", "symlink_to"}


def layer_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("geo_scaffold."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("geo_scaffold.")}
    return found


def imports_of(path: Path) -> set[str]:
    """Return the modules of the generator that one imports, in functions too, but not for the type checker alone."""
    known = {module_name(each) for each in SOURCE.rglob("*.py")}
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inside & known if inside <= known else {str(node.module), *inside} & known
    return found


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


def modules() -> list[Path]:
    return [path for path in SOURCE.rglob("*.py") if layer_of(path) not in {"__init__", "__main__"}]


def test_every_module_is_in_a_layer() -> None:
    assert {layer_of(path) for path in modules()} == set(HEIGHT)


def test_imports_point_down() -> None:
    upward = [
        f"{path.relative_to(SOURCE)} imports {name}"
        for path in modules()
        for name in imported(ast.parse(path.read_text()))
        if HEIGHT[name] > HEIGHT[layer_of(path)]
    ]
    assert upward == []


def test_no_modules_import_each_other() -> None:
    graph = {module_name(path): imports_of(path) for path in SOURCE.rglob("*.py")}
    while leaves := {name for name, those in graph.items() if not those & graph.keys()}:
        for name in leaves:
            del graph[name]
    while roots := graph.keys() - {name for those in graph.values() for name in those}:  # which only import a circle
        for name in roots:
            del graph[name]
    assert graph == {}


def test_commit_knows_nothing_above_it() -> None:
    for path in (SOURCE / "commit").glob("*.py"):
        assert imported(ast.parse(path.read_text())) <= {"commit", "errors"}, path


def test_only_commit_opens_files_for_writing() -> None:
    found = []
    for path in modules():
        if layer_of(path) == "commit":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            if isinstance(called, ast.Name) and called.id == "open" and len(node.args) + len(node.keywords) > 1:
                found.append(f"{path}:{node.lineno}")
            if (
                isinstance(called, ast.Attribute)
                and isinstance(called.value, ast.Name)
                and called.attr in WRITERS
                and called.value.id in {"os", "shutil", "path", "target"}
            ):
                found.append(f"{path}:{node.lineno}")
    assert found == []


def test_the_generator_never_imports_the_runtime() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "geo_runtime")
        or (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "geo_runtime" for alias in node.names))
    ]
    assert found == []


def test_the_runtime_takes_only_names_from_the_generator() -> None:
    found = {
        node.module
        for path in (SOURCE.parent / "geo_runtime").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "geo_scaffold"
    }
    assert found == {"geo_scaffold.names.inflector"}
