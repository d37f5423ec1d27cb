"""Run files of somebody else: a real run, trained once, in which one thing is not what it should be."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from safetensors.numpy import save

from tests.runs.support import small_config
from wgan_gp.config import Changes, apply_changes
from wgan_gp.runs import names, record
from wgan_gp.runs.rows import RunRow
from wgan_gp.training.events import Changed
from wgan_gp.training.loop import train

Harm = Callable[[Path], None]

VALUES = {
    "NULL": "NULL", "text": "'text'", "empty": "''", "blob": "x'00ff'", "half": "1.5", "inf": "9e999", "-inf": "-9e999", "minus": "-1",
    "huge": str(2**62), "largest": str(2**63 - 1), "least": str(-(2**63)), "long": "printf('%.*c', 3000000, 'x')",
    "nasty": "char(27) || '[31m <b>x</b> $x$ **a**' || char(10) || char(8238)", "too large": "zeroblob(9000000)",
}  # fmt: skip
"""What a cell may hold instead, as SQL."""


def make_run() -> Path:
    """A small run with something in every table."""
    with record.RunWriter.create(small_config(steps=12, name="whole")) as writer:
        writer.begin_attempt(1)
        for event in train(writer.config()):
            writer.write(event)
        changes = Changes(n_critic=2)
        writer.write(Changed(12, changes, apply_changes(writer.config(), changes)))
        writer.flush()
        writer.send("pause")
    return writer.path


def copy_of(whole: Path, name: str, harm: Harm) -> Path:
    """A run of this id among the others, harmed."""
    path = names.writable_runs_folder() / f"{name}.sqlite"
    shutil.copy(whole, path)
    harm(path)
    return path


def sql(*statements: str) -> Harm:
    """Change the file; what its tables forbid is changed all the same."""

    def harm(path: Path) -> None:
        def rewrite(definitions: list[tuple[object, str]]) -> None:
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute("PRAGMA writable_schema = ON")
                connection.executemany("UPDATE sqlite_master SET sql = ? WHERE name = ?", definitions)

        with closing(sqlite3.connect(path)) as connection:
            before = connection.execute("SELECT sql, name FROM sqlite_master").fetchall()
        rewrite([(definition.replace(" NOT NULL", "").replace(" CHECK (one = 1)", ""), name) for definition, name in before])
        plain_sql(*statements)(path)
        rewrite(before)

    return harm


def plain_sql(*statements: str) -> Harm:
    """Change the file by what SQLite allows."""

    def harm(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for statement in ("PRAGMA synchronous = OFF", *statements):
                connection.execute(statement)

    return harm


def circles(table: str) -> Harm:
    """The table's only page stands at the end of a hundred ways, six times over: so many rows that nobody lives to see the last."""

    def fork(child: int, size: int) -> bytes:
        cells = [child.to_bytes(4, "big") + b"\x01"] * 100
        content = size - 5 * len(cells)
        header = struct.pack(">BHHHBI", 5, 0, len(cells), content, 0, child)
        places = b"".join(struct.pack(">H", content + 5 * place) for place in range(len(cells)))
        return (header + places).ljust(content, b"\0") + b"".join(cells)

    def harm(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            (size,) = connection.execute("PRAGMA page_size").fetchone()
        data = path.read_bytes()
        pages = [data[at : at + size] for at in range(0, len(data), size)]
        pages.append(pages[root - 1])
        for _ in range(5):
            pages.append(fork(len(pages), size))
        pages[root - 1] = fork(len(pages), size)
        pages[0] = pages[0][:28] + len(pages).to_bytes(4, "big") + pages[0][32:]
        path.write_bytes(b"".join(pages))

    return harm


def cells(whole: Path) -> Iterator[tuple[str, Harm]]:
    """Every column of every table with every value."""
    with closing(sqlite3.connect(whole)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = [(table, row[1], row[5]) for table in tables for row in connection.execute(f"PRAGMA table_info({table})")]
    for table, column, key in columns:
        for kind, value in VALUES.items():
            if not key:
                latest = ["DELETE FROM change"] if (table, column) == ("run", "config") else []  # else the config of a change counts
                yield f"{table}.{column} {kind}", sql(*latest, f"UPDATE {table} SET {column} = {value}")
            elif kind in ("minus", "huge", "largest", "least"):  # a number of a row can be nothing else
                yield (
                    f"{table}.{column} {kind}",
                    sql(f"UPDATE {table} SET {column} = {value} WHERE {column} = (SELECT max({column}) FROM {table})"),
                )


def texts() -> Iterator[tuple[str, Harm]]:
    """JSON that is none, or another."""
    deep = "[" * 100_000
    for name, text in {
        "no JSON": "not json", "a list": "[1]", "null": "null", "deep": deep, "deep object": '{"a":' * 100_000, "cut off": '{"a": 1',
        "NaN": '{"a": NaN}', "infinite": '{"a": 1e999}', "nested": '{"a": {"b": 1}}', "long": json.dumps({"a": "x" * 2_000_000}),
        "many": json.dumps({str(i): i for i in range(100_000)}), "strange": json.dumps({"\x1b[31m\n" * 10: "<b>"}),
        "digits": f'{{"steps": {"9" * 5000}}}',
    }.items():  # fmt: skip
        for table, column in (("run", "config"), ("run", "facts"), ("change", "config"), ("change", "changes"), ("command", "argument")):
            latest = ["DELETE FROM change"] if (table, column) == ("run", "config") else []
            yield f"{table}.{column} {name}", sql(*latest, f"UPDATE {table} SET {column} = '{text}'")
    yield "command steps", sql(f"""UPDATE command SET verb = 'change', argument = '{{"steps": {2**62}}}', done = 0""")


def blobs() -> Iterator[tuple[str, Harm]]:
    """Moments, scenes and curves that are bytes, but not those bytes."""
    import numpy as np

    huge = (2**62).to_bytes(8, "little") + b"{}"
    points = np.zeros((512, 2), np.float32)
    for name, blob in {
        "no safetensors": b"nothing of the kind", "huge header": huge, "deep header": (100_000).to_bytes(8, "little") + b"[" * 100_000,
        "other dtype": save({"samples": points.astype(np.int64)}), "other shape": save({"samples": np.zeros((2, 2, 2, 2, 2), np.float32)}),
        "one number": save({"samples": np.array(1, np.float32)}), "empty": save({}), "no points": save({"samples": points[:0]}),
        "nan": save({"samples": points * np.nan}), "strange pictures": save({"samples": np.zeros((4, 8, 8, 2), np.uint8)}),
        "mixed": save({"samples": np.zeros((4, 8, 8, 1), np.uint8), "field": np.zeros((3, 4), np.float16)}),
        "extent": save({"real": points, "extent": np.array([np.nan, np.inf, 0, 0], np.float32)}),
        "many": save({str(i): points[:1] for i in range(20_000)}),
    }.items():  # fmt: skip
        for table in ("moment", "scene"):
            yield f"{table} {name}", sql(f"UPDATE {table} SET blob = x'{blob.hex()}'")
    rows = np.zeros((12, 9), "<f4")
    rows[:, 0] = np.arange(1, 13)
    for name, harm in {
        "cut off": rows.tobytes()[:-3], "empty": b"", "descending": rows[::-1].tobytes(), "fewer": rows[:5].tobytes(),
        "same step": np.repeat(rows[:1], 12, axis=0).tobytes(), "nan steps": (rows * np.nan).tobytes(),
        "huge steps": (rows * 1e30).tobytes(),
        "inf seconds": np.where(np.arange(9) == 1, np.inf, rows).astype("<f4").tobytes(), "half steps": (rows / 2).tobytes(),
    }.items():  # fmt: skip
        yield f"scalars {name}", sql(f"UPDATE scalars SET rows = x'{harm.hex()}'")
    yield "scalars lying first", sql("UPDATE scalars SET first = first + 3")
    yield "scalars overlapping", sql("INSERT INTO scalars SELECT first + 1, last, count, rows FROM scalars LIMIT 1")
    yield "checkpoint of text", sql("UPDATE checkpoint SET data = 'text', sha256 = '0'")
    yield "wrong checksum", sql("UPDATE checkpoint SET data = data || x'00'")


ENDLESS = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT "


def tables() -> Iterator[tuple[str, Harm]]:
    """Files in which SQLite would do something else than read."""
    columns = ", ".join(f"max(x) AS {column}" for column in (*RunRow.model_fields, "config"))
    view = f"CREATE VIEW moment AS {ENDLESS}x AS seq, x AS step, 1.0 AS seconds, x'' AS blob FROM r"
    yield "an endless view for run", plain_sql("DROP TABLE run", f"CREATE VIEW run AS {ENDLESS}{columns} FROM r")
    yield "an endless view for moment", plain_sql("DROP TABLE moment", view)
    yield "a trigger", plain_sql("CREATE TRIGGER t AFTER UPDATE ON run BEGIN DELETE FROM moment; END")
    yield "a tree in circles", circles("moment")
    yield "a computed column", plain_sql("ALTER TABLE run ADD COLUMN more AS (hex(zeroblob(100000000)))")
    yield "another table", plain_sql("CREATE TABLE note (text)")
    for table in ("run", "moment", "scalars", "scene", "checkpoint", "change", "command"):
        yield f"without {table}", plain_sql(f"DROP TABLE {table}")
    yield "without a column", plain_sql("ALTER TABLE run DROP COLUMN facts")
    yield "another column", plain_sql("ALTER TABLE moment RENAME COLUMN step TO stop")
    yield "two rows", plain_sql("INSERT INTO run SELECT * FROM run")
    yield "no row", plain_sql("DELETE FROM run")
    yield "a newer version", plain_sql("PRAGMA user_version = 99")
    yield "version -1", plain_sql("PRAGMA user_version = -1")
    yield "UTF-8 that is none", plain_sql("UPDATE run SET device = CAST(x'ff80' AS TEXT)")


def files() -> Iterator[tuple[str, Harm]]:
    """Things in the place of a file or beside it."""

    def instead(make: Callable[[Path], object]) -> Harm:
        def harm(path: Path) -> None:
            path.unlink()
            make(path)

        return harm

    def beside(ending: str, make: Callable[[Path], object]) -> Harm:
        return lambda path: make(path.with_name(path.stem + ending)) and None  # type: ignore[func-returns-value]

    yield "empty", instead(lambda path: path.write_bytes(b""))
    yield "no database", instead(lambda path: path.write_bytes(b"no database at all" * 1000))
    yield "cut off", lambda path: os.truncate(path, path.stat().st_size // 2)
    yield "sparse, 100 GB", lambda path: os.truncate(path, 100 * 2**30)
    yield "no permission", lambda path: path.chmod(0)
    yield "of the far future", lambda path: (sql("UPDATE run SET created = 'x'")(path), os.utime(path, (1e11, 1e11)))[0]
    yield "of long ago", lambda path: (sql("UPDATE run SET created = 'x'")(path), os.utime(path, (-1e9, -1e9)))[0]
    if hasattr(os, "mkfifo"):
        for ending in (".sqlite-wal", ".sqlite-journal", ".log", ".lock"):
            yield f"a pipe as {ending}", beside(ending, os.mkfifo)
        yield "a folder as -wal", beside(".sqlite-wal", os.mkdir)


def no_files() -> Iterator[tuple[str, Callable[[Path], object]]]:
    """What has the name of a run and is no file: nobody lists it, and nobody waits for it."""
    yield "a folder", os.mkdir
    yield "a link to a run", lambda path: path.symlink_to(names.RECORDINGS / "8gaussians-gp-recorded.sqlite")
    yield "a link to nothing", lambda path: path.symlink_to("/nowhere/at-all.sqlite")
    if hasattr(os, "mkfifo"):
        yield "a pipe", os.mkfifo


def every(whole: Path) -> Iterator[tuple[str, Harm]]:
    for found in (cells(whole), texts(), blobs(), tables(), files()):
        yield from found
