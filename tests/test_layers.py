"""The layers of the generator and the rooms of the runtime: imports point down only, and only `commit` writes."""

import ast
from pathlib import Path

import geo_scaffold

SOURCE = Path(geo_scaffold.__file__).parent
LAYERS = (
    ("errors", "escaping", "kinds", "lazy_imports", "phases", "records", "wording"),
    ("commit", "names"),
    ("tree", "editors", "answers", "outline", "git", "ownership"),
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
        assert imported(ast.parse(path.read_text())) <= {"commit", "errors", "records", "wording"}, path


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


# The runtime

RUNTIME = SOURCE.parent / "geo_runtime"
ROOMS = (
    ("errors",),
    ("ground",),
    ("databases", "files"),
    ("site",),
    ("events",),
    ("replication",),
    ("kinds",),
    ("administration",),
    ("web", "workers"),
    ("authoring",),
    ("tables",),
    ("running",),
    ("testing", "command"),
    ("demo",),
)
"""From the bottom up; of two in one line neither imports the other."""
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
FACE = {"geo_runtime", "geo_runtime.ddl", "geo_runtime.testing", "geo_runtime.errors"}
"""What a type's package imports from."""
COMPOSERS = {"running", "testing", "demo"}
"""The rooms that may know which jobs there are."""


def room_of(path: Path) -> str:
    return path.relative_to(RUNTIME).parts[0].removesuffix(".py")


def runtime_imports(path: Path) -> set[str]:
    """Return what a module imports of the runtime, below its name: in functions and for the type checker too."""
    return runtime_imports_in(ast.parse(path.read_text()))


def imports_that_run(path: Path) -> set[str]:
    """Return the same without what is for the type checker."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    return runtime_imports_in(tree)


def runtime_imports_in(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "geo_runtime":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("geo_runtime."):
            found.add(str(node.module).removeprefix("geo_runtime."))
        elif isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("geo_runtime.") for alias in node.names if "geo_runtime" in alias.name}
    return found


def rooms_modules() -> list[Path]:
    return [path for path in RUNTIME.rglob("*.py") if room_of(path) not in {"__init__", "ddl"}]


def test_every_module_of_the_runtime_is_in_a_room_or_of_its_face() -> None:
    assert {room_of(path) for path in rooms_modules()} == set(FLOOR)
    assert {path.name for path in RUNTIME.glob("*.py")} == {"__init__.py", "ddl.py", "errors.py"}


def test_rooms_import_what_stands_below_them() -> None:
    upward = [
        f"{path.relative_to(RUNTIME)} imports {name}"
        for path in rooms_modules()
        for name in runtime_imports(path)
        for room in [name.split(".")[0]]
        if room != room_of(path) and FLOOR.get(room, len(ROOMS)) >= FLOOR[room_of(path)]
    ]
    assert upward == []


def test_no_modules_of_the_runtime_import_each_other() -> None:
    """When they run, in functions too; a replicator and its operation, of one folder, know each other's types."""
    modules = {".".join(path.relative_to(RUNTIME).with_suffix("").parts): path for path in RUNTIME.rglob("*.py")}
    left = {}
    for module, path in modules.items():
        named = {f"{name}.__init__" if f"{name}.__init__" in modules else name for name in imports_that_run(path)}
        left[module] = named & modules.keys() - {module}
    while free := [module for module, named in left.items() if not named & left.keys()]:
        for module in free:
            del left[module]
    assert left == {}


def test_only_who_composes_a_site_names_its_jobs() -> None:
    naming = {
        room_of(path)
        for path in rooms_modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and {"JOBS", "jobs_of"} & {alias.name for alias in node.names}
    }
    assert naming <= COMPOSERS


def test_the_map_in_contributing_is_the_list_of_rooms() -> None:
    text = (SOURCE.parent.parent / "CONTRIBUTING.md").read_text().partition("## The runtime\n")[2].partition("\n## ")[0]
    block = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    entries = [line.split("  ")[0] for line in block if not line.startswith(" ")]
    rooms = [room for line in ROOMS for room in line]
    assert [room for entry in entries for room in entry.split(" | ")] == rooms[::-1]


def test_a_generated_package_imports_from_the_face() -> None:
    package = SOURCE.parent.parent / "examples/cool_widget/runtime"
    templates = SOURCE.parent.parent / "templates/runtime"
    words = [
        line.split()
        for path in (*package.rglob("*.py"), *templates.glob("*.py.j2"))
        for line in path.read_text().splitlines()
        if line.startswith(("from geo_runtime", "import geo_runtime"))
    ]
    assert words
    found = {word[1] for word in words} | {
        f"geo_runtime.{word[3]}" for word in words if word[:2] == ["from", "geo_runtime"]
    }
    assert found <= FACE
