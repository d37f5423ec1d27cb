"""Imports point one way, and what a live page needs stays light. Read from the imports themselves."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "wgan_gp"

# The rooms of the house, the ground first: each may import itself and what stands before it.
ORDER = (
    "errors", "validation", "terminal", "seeds", "home", "datafiles", "cores", "colours", "imaging", "config", "theory", "networks", "data",
    "presets", "measures", "training", "runs", "shelf", "generators", "benchmark", "panels", "figures", "ui",
    "foreground", "generator_commands", "cli", "__main__",
)  # fmt: skip
WEB = {"streamlit", "starlette"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            assert node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def room(module: str) -> str:
    """`wgan_gp.theory.latent` stands in the room `theory`."""
    return module.split(".")[1]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down_only(path: Path) -> None:
    here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for module in imported(path):
        if module.startswith("wgan_gp.") and here != "__init__" and room(module) != here:
            assert ORDER.index(room(module)) < ORDER.index(here), f"{here} imports {module}"


def test_every_room_has_its_place_and_no_two_files_import_each_other_in_a_circle() -> None:
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in modules()}
    assert {name.split(".")[1] for name in files if "." in name} == set(ORDER)
    below = {
        name: {found for found in (known(module, files) for module in imported(path)) if found} - {name} for name, path in files.items()
    }
    graphlib.TopologicalSorter(below).prepare()  # CycleError names the circle


def known(module: str, files: Mapping[str, Path]) -> str:
    """The file that is imported: `wgan_gp.runs.names` of `wgan_gp.runs.names.path_of`."""
    return next((name for name in (module, module.rpartition(".")[0]) if name in files and name != "wgan_gp"), "")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_web_side_knows_the_web(path: Path) -> None:
    if path.relative_to(PACKAGE).parts[0] != "ui":
        assert not WEB & {module.split(".")[0] for module in imported(path)}


def test_theory_stands_alone() -> None:
    for path in (PACKAGE / "theory").glob("*.py"):
        ours = {room(module) for module in imported(path) if module.startswith("wgan_gp.")}
        assert ours <= {"errors", "theory"}, path


def test_the_package_itself_imports_nothing() -> None:
    assert list(imported(PACKAGE / "__init__.py")) == []


@pytest.mark.parametrize(
    "module", ["wgan_gp.runs.record", "wgan_gp.runs.launcher", "wgan_gp.config", "wgan_gp.presets", "wgan_gp.cli", "wgan_gp.ui.downloads"]
)
def test_what_watches_loads_neither_torch_nor_matplotlib(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'torch', 'torchvision', 'matplotlib', 'sklearn'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_live_pages_load_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "lab = AppTest.from_file('pages/lab.py').run(timeout=30)\n"
        "for page in ('duel.py', 'gradients.py', 'runs.py'): lab.switch_page(page).run(timeout=30)\n"
        "print(sorted({'torch', 'torchvision', 'matplotlib', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# --- the board's modules ------------------------------------------------------------------------------------------------------

WEB_MODULES = sorted(path for path in (PACKAGE / "ui" / "web").rglob("*.js") if "vendor" not in path.parts)


@pytest.mark.parametrize("path", WEB_MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_a_module_of_the_board_exports_somebody_imports(path: Path) -> None:
    others = [other.read_text(encoding="utf-8") for other in WEB_MODULES if other != path]
    tests = [test.read_text(encoding="utf-8") for test in (ROOT / "tests" / "e2e").glob("*.py")]
    for name in re.findall(r"^export (?:async )?(?:function|class|const|let) (\w+)", path.read_text(encoding="utf-8"), re.M):
        imported = any(re.search(rf"import \{{[^}}]*\b{name}\b[^}}]*\}} from", text) for text in others)
        assert imported or any(f"js.{name}" in text for text in tests), name
