"""Law 1: who may import whom. Newcomers read this first."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "app": {"ui", "core", "pipelines"},
    "ui": {"ui", "core"},
    "core": {"core"},
    "pipelines": {"core", "pipelines"},
}
ROOMS = set(MAY_IMPORT)
HEAVY = {"torch", "torchvision", "diffusers", "peft", "transformers", "accelerate", "cv2", "av", "spandrel"}
FILES = sorted([ROOT / "app.py", *(p for room in ("ui", "core", "pipelines") for p in (ROOT / room).rglob("*.py"))])


def imports(path: Path) -> list[tuple[str, bool, int]]:
    """(module, whether it stands at the top of the file, line) of each import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in top, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is a relative import; name the room instead"
            found.append((node.module or "", id(node) in top, node.lineno))
    return found


def imported(path: Path) -> set[str]:
    """Every name that could be a file of ours: `from ui import form` may mean ui/form.py."""
    found = {module for module, _, _ in imports(path)}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", [p for p in FILES if p.exists()], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_imports_only_from_the_rooms_it_may(path: Path) -> None:
    parts = path.relative_to(ROOT).parts
    room = parts[0].removesuffix(".py")
    for module, at_top, line in imports(path):
        first = module.split(".")[0]
        where = f"{path.relative_to(ROOT)}:{line} imports {module}"
        assert first not in ROOMS or first in MAY_IMPORT[room] or first == room, where
        assert first != "gradio" or room in ("ui", "app"), f"{where}: gradio only in ui/"
        assert first != "tinydb" or "/".join(parts) == "core/store.py", f"{where}: tinydb only in core/store.py"
        assert first not in HEAVY or (room == "pipelines" and not at_top), f"{where}: import it inside a function"
        if room == "pipelines" and first == "pipelines":
            assert may_share(parts, module), f"{where}: a pipeline never imports another pipeline"


def may_share(parts: tuple[str, ...], module: str) -> bool:
    """The kit and the artist are everybody's; a folder may use its own files if it is one pipeline or the starter."""
    target = module.split(".")
    if len(target) < 2 or target[1] == "kit" or target[1:3] == ["starter", "artist"]:
        return True
    if parts[1] == target[1] == "starter":
        return True
    return len(target) >= 3 and len(parts) >= 4 and parts[1:3] == tuple(target[1:3])


def test_the_house_has_no_import_circle_not_even_inside_functions() -> None:
    names = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in FILES}
    graph = {name: {found for found in imported(path) if found in names} for name, path in names.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name in graph and name not in done:
            for inner in graph[name]:
                visit(inner, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())
