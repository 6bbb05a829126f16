"""JSON lines: one object a line, whose keys are the columns."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from fairaudit.engine.sql import quoted, text
from fairaudit.errors import FileError
from fairaudit.read.columns import by_name
from fairaudit.read.compression import refuse_cut
from fairaudit.read.faults import LONGEST_LINE, read_error
from fairaudit.read.rows import Cells, Input, Relation
from fairaudit.read.source_file import SourceFile


def open_json_lines(file: SourceFile) -> Input:
    """Open a file of JSON objects, one a line; values are read as text, because a type guessed from the first lines would round later ones."""
    names = _keys(file)

    def relate(_: duckdb.DuckDBPyConnection, places: Sequence[int]) -> Relation:
        fields = ", ".join(f"{text(names[place])}: 'VARCHAR'" for place in places or (0,))
        selected = ", ".join(f"{quoted(names[place])} AS c{place}" for place in places) or "1"
        return Relation(
            sql=f"(SELECT {selected} FROM read_json({file.literal}, format = 'newline_delimited', columns = {{{fields}}}))"
        )

    return Input(
        file.name,
        by_name(names, file=file.name),
        relate,
        file.path,
        cells=Cells.TEXTS,
        settings=file.settings,
    )


def _keys(file: SourceFile) -> tuple[str, ...]:
    """Find the keys of all lines, in the order in which they first occur."""
    try:
        with duckdb.connect() as connection:
            objects = connection.execute(
                "SELECT json_keys(json) AS keys, min(number) FROM "
                "(SELECT json, row_number() OVER () AS number "
                f"FROM read_ndjson_objects({file.literal}, maximum_object_size = {LONGEST_LINE})) "
                "WHERE json_type(json) = 'OBJECT' GROUP BY ALL ORDER BY 2"
            ).fetchall()
    except duckdb.Error as error:
        raise read_error(file.name, file.path, error) from None
    if not objects:
        # Some versions of DuckDB take a file that is cut for one that is empty.
        refuse_cut(file.path, file.name, file.compression)
        raise FileError(
            file.name,
            "holds no JSON lines",
            hint='Each line has to be an object, such as {"label": 1, "score": 0.7}',
        )
    return tuple(dict.fromkeys(key for keys, _ in objects for key in keys))
