"""JSON lines: one object a line, whose keys are the columns."""

from __future__ import annotations

import json
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from fairaudit.engine.sql import quoted, text
from fairaudit.errors import FileError, RowError
from fairaudit.locking import Scratch
from fairaudit.read.bad_lines import BadLines
from fairaudit.read.columns import by_name
from fairaudit.read.compression import damage, refuse_cut
from fairaudit.read.compression import opened as opened_bytes
from fairaudit.read.faults import LONGEST_LINE, read_error
from fairaudit.read.relation import Relation
from fairaudit.read.rows import Cells, Input
from fairaudit.read.source_file import SourceFile
from fairaudit.room import refuse_full

_EACH = 'Each line has to be an object, such as {"label": 1, "score": 0.7}'


def open_json_lines(file: SourceFile) -> Input:
    """Open a file of JSON objects, one a line; values are read as text, because a type guessed from the first lines would round later ones."""
    good, skipped, scratch = file, None, None
    if file.settings.skip_bad_lines:
        # The keys of all lines are columns, so that those which cannot be read are left out before these are known.
        scratch = Scratch(file.settings.temp_dir)
        copy = scratch.path / "rows.jsonl"
        skipped = _copy_objects(file, copy)
        good = replace(file, literal=f"{text(copy.as_posix())}, hive_partitioning = false", compression=None)
    names = _keys(good)

    def relate(_: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        fields = ", ".join(f"{text(names[place])}: 'VARCHAR'" for place in places or (0,))
        selected = ", ".join(f"{quoted(names[place])} AS c{place}" for place in places) or "1"
        return Relation(
            sql=f"(SELECT {selected} FROM read_json({good.literal}, format = 'newline_delimited', columns = {{{fields}}}))",
            notes=skipped.notes if skipped else (),
            skipped=skipped,
        )

    columns = by_name(names, file=file.name)
    opened = Input(file.name, columns, relate, file.path, cells=Cells.TEXTS, settings=file.settings)
    if scratch is not None:
        weakref.finalize(opened, scratch.remove)
    return opened


def _copy_objects(file: SourceFile, copy: Path) -> BadLines:
    """Copy the lines that are JSON objects, and count the others."""
    bad = BadLines()
    try:
        with opened_bytes(file.path, file.compression, file.name) as lines, copy.open("wb") as target:
            for number, line in enumerate(lines, start=1):
                fault = _fault(line)
                if fault:
                    bad.add(number, fault)
                elif line.strip():
                    target.write(line.rstrip(b"\r\n") + b"\n")
    except damage() as error:
        refuse_full(error)
        raise FileError(file.name, f"cannot be read: {error}", hint="Is the file complete?") from None
    return bad


def _fault(line: bytes) -> str:
    """Say what is wrong with a line that is no JSON object; a blank one is none, and nothing is wrong with it."""
    if not line.strip():
        return ""
    if len(line) > LONGEST_LINE:
        return f"longer than {LONGEST_LINE:,} bytes"
    try:
        value = json.loads(line.decode())
    except UnicodeDecodeError:
        return "cannot be decoded"
    except (ValueError, RecursionError):
        return "no JSON"
    return "" if isinstance(value, dict) else "no JSON object"


def _keys(file: SourceFile) -> tuple[str, ...]:
    """Find the keys of all lines, in the order in which they first occur."""
    try:
        with duckdb.connect() as connection:
            objects = connection.execute(
                "SELECT CASE WHEN json_type(json) = 'OBJECT' THEN json_keys(json) END AS keys, min(number) FROM "
                "(SELECT json, row_number() OVER () AS number "
                f"FROM read_ndjson_objects({file.literal}, maximum_object_size = {LONGEST_LINE})) "
                "WHERE json_type(json) IN ('OBJECT', 'NULL') GROUP BY ALL ORDER BY 2"
            ).fetchall()
    except duckdb.Error as error:
        refuse_cut(file.path, file.name, file.compression)
        raise read_error(file.name, file.path, error) from None
    if not any(keys for keys, _ in objects):
        # Some versions of DuckDB take a file that is cut for one that is empty.
        refuse_cut(file.path, file.name, file.compression)
        raise FileError(
            file.name,
            "holds no JSON lines",
            hint=_EACH,
        )
    if any(keys is None for keys, _ in objects):
        # DuckDB refuses all else that is no object, and takes this for an empty one.
        raise _null(file)
    return tuple(dict.fromkeys(key for keys, _ in objects for key in keys))


def _null(file: SourceFile) -> RowError:
    """Say which line is ``null``."""
    with opened_bytes(file.path, file.compression, file.name) as lines:
        number = next((place for place, line in enumerate(lines, start=1) if line.strip() == b"null"), 1)
    return RowError(file.name, number, "is no JSON object: null", hint=_EACH)
