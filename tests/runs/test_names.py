"""Ids and paths: no string leads out of the runs folder."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.runs.support import NASTY_IDS, small_config
from wgan_gp.config import DATA_SHAPES, GradientPenalty, Unconstrained, WeightClipping
from wgan_gp.errors import Refused, UnknownRun
from wgan_gp.runs import names, record


def test_new_ids_are_ids_and_differ():
    ids = [
        record.new_id(small_config(data=data, constraint=constraint, generator={"kind": "mlp"}, critic={"kind": "mlp"}))
        for data in DATA_SHAPES
        for constraint in (GradientPenalty(), WeightClipping(), Unconstrained())
    ]
    assert all(names.is_id(run_id) for run_id in ids)
    assert len(set(ids)) == len(ids)
    assert ids[0].startswith("8gaussians-gp-")
    assert len(ids[0].rsplit("-", 1)[1]) == 8


def test_path_of_a_run_is_its_file(home: Path):
    with record.RunWriter.create(small_config()) as writer:
        run_id = writer.path.stem
    assert record.path_of(run_id) == (home / "runs" / f"{run_id}.sqlite").resolve()


@pytest.mark.parametrize("run_id", NASTY_IDS)
def test_nasty_ids_are_unknown(run_id: str):
    record.RunWriter.create(small_config(), "8gaussians-gp-k3f9a2xq").close()
    record.RunWriter.create(small_config(), "a-b").close()
    with pytest.raises(UnknownRun, match="There is no run") as caught:
        record.path_of(run_id)
    assert len(str(caught.value)) < 250
    assert str(caught.value).isprintable()


@example("../../etc/passwd")
@example("8gaussians-gp-k3f9a2xq/../../x-y")
@given(st.text() | st.from_regex(r"[a-z./%\\:-]{0,80}", fullmatch=True) | st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)+", fullmatch=True))
def test_no_string_leaves_the_folder(text: str):
    folder = record.runs_folder().resolve()
    try:
        path = record.path_of(text)
    except UnknownRun:
        path = folder / "none"
    assert path.parent in (folder, names.RECORDINGS)
    if names.is_id(text):
        assert (folder / f"{text}.sqlite").resolve().parent == folder
        assert text.isascii()


@pytest.mark.parametrize("value", [None, 7, b"a-b", ["a-b"], Path("a-b")])
def test_what_is_no_text_is_unknown(value: object):
    with pytest.raises(UnknownRun):
        record.path_of(value)  # type: ignore[arg-type]


def test_symlinks_out_of_the_folder_are_not_followed(home: Path, tmp_path: Path):
    with record.RunWriter.create(small_config()) as writer:
        inside = writer.path
    outside = tmp_path / "outside.sqlite"
    outside.write_bytes(inside.read_bytes())
    (home / "runs" / "a-b.sqlite").symlink_to(outside)
    (home / "runs" / "a-c.sqlite").symlink_to(inside)
    for run_id in ("a-b", "a-c"):
        with pytest.raises(UnknownRun):
            record.path_of(run_id)
    assert [status.id for status in record.list_runs()] == [inside.stem]


def test_the_home_itself_may_be_a_symlink(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with record.RunWriter.create(small_config()) as writer:
        run_id = writer.path.stem
    (tmp_path / "link").symlink_to(home)
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path / "link"))
    assert record.path_of(run_id).parent == (home / "runs").resolve()


def test_a_folder_is_no_run(home: Path):
    (home / "runs" / "a-b.sqlite").mkdir(parents=True)
    with pytest.raises(UnknownRun):
        record.path_of("a-b")


def test_a_home_that_cannot_be_made_is_refused_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("WGAN_GP_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(Refused, match=r"cannot be written to .*not a directory"):
        record.RunWriter.create(small_config())
    assert record.list_runs() == []


WITHOUT_LOCKS = """
import errno, fcntl, os, sys

def flock(descriptor, operation):
    raise OSError(errno.{code}, os.strerror(errno.{code}))

fcntl.flock = flock
from wgan_gp.cli import main
sys.exit(main({arguments!r}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has locks on every file system")
@pytest.mark.parametrize("code", ["ENOSYS", "ENOTSUP", "ENOLCK"])
def test_a_file_system_without_locks_is_one_sentence(home: Path, code: str):
    """The Lab in a process of its own, whose system calls say what they say on such a file system."""
    record.RunWriter.create(small_config(), state="starting").close()
    for arguments, expected in ((["list"], 0), (["train", "--steps", "5"], 2), (["resume", record.latest()], 2)):
        script = WITHOUT_LOCKS.format(code=code, arguments=arguments)
        ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert ended.returncode == expected, ended.stderr
        assert "Traceback" not in ended.stderr
        assert ended.stderr.count("\n") == (1 if expected else 0), ended.stderr
        if expected:
            assert "has no file locks, by which the Lab knows which runs are alive. Set WGAN_GP_HOME" in ended.stderr
