"""Imports point one way, and what a live page needs stays light. Read from the imports themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "wgan_gp"

# A layer may import itself and what stands to its left.
LAYERS = [
    {"errors"},
    {"home", "validation", "seeds", "terminal", "cores"},
    {"colours", "config", "theory", "imaging"},
    {"presets", "networks", "data"},
    {"training", "generators", "model_file", "pretrained", "evaluation"},
    {"runs", "benchmark"},
    {"figures", "pretraining"},
    {"ui"},
    {"foreground", "generator_commands", "cli", "__main__"},
]
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


def layer(name: str) -> int:
    return next(index for index, names in enumerate(LAYERS) if name in names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_left_only(path: Path) -> None:
    here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for module in imported(path):
        if module.startswith("wgan_gp.") and here != "__init__":
            assert layer(room(module)) <= layer(here), f"{here} imports {module}"


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
