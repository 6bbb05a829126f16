"""Tables of a real PostgreSQL server: read in one transaction that only reads, and the password is nowhere."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from running import Ran
from server import PASSWORD, QUOTED, Server, free_port, running

import fairaudit
from fairaudit.errors import FairauditError, OptionError
from fairaudit.read.files import open_path
from fairaudit.read.rows import Input
from fairaudit.settings.source import InputSettings

SECRETS = (PASSWORD, QUOTED, "s3cr3t", "of?Ann")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        with server.connect() as connection:
            connection.execute(
                "CREATE TABLE people (label boolean, score double precision, money numeric(5, 2), day date, moment timestamptz, "
                'name text, "select" varchar, raw bytea, parts int[], form jsonb, code uuid)'
            )
            for i in range(60):
                connection.execute(
                    "INSERT INTO people VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '{}', gen_random_uuid())",
                    (
                        i % 2 == 0,
                        i % 10 / 10,
                        Decimal(i % 3) + Decimal("0.50"),
                        dt.date(2024, 1, 1 + i % 3),
                        dt.datetime(2024, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2))),
                        ("007", 'a "b", c', "日本\nx", None, "")[i % 5],
                        ("F", "M")[i % 3 == 0],
                        b"\xff",
                        [1, 2],
                    ),
                )
            connection.execute(
                "CREATE VIEW women AS SELECT label, score, name FROM people WHERE \"select\" = 'F'"
            )
            connection.execute('CREATE SCHEMA "my schema"')
            connection.execute('CREATE TABLE "my schema"."a.b" AS SELECT * FROM people')
            connection.execute('CREATE TABLE "D""; DROP TABLE people; --" AS SELECT * FROM people')
            connection.execute("CREATE TABLE written (x int)")
            connection.execute(
                "CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO written VALUES (1) RETURNING x'"
            )
            connection.execute("CREATE VIEW writing AS SELECT writes() AS label, 0.5 AS score")
            connection.execute("CREATE ROLE bob LOGIN PASSWORD 'b0b'")
            connection.execute("CREATE TABLE empty (label int, score int)")
        yield server


def rows_of(opened: Input, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    loaded = opened.load(columns)
    names = ", ".join(loaded.column(name) for name in columns)
    return loaded.connection.execute(f"SELECT {names} FROM source_rows ORDER BY rowid").fetchall()


def message_of(address: str, columns: tuple[str, ...] = ("label",)) -> str:
    with pytest.raises(FairauditError) as caught:
        rows_of(open_path(address), columns)
    return no_secret(str(caught.value))


def no_secret(text: str) -> str:
    assert not [secret for secret in SECRETS if secret in text]
    return text


class TestTables:
    def test_every_type_is_read(self, server: Server) -> None:
        opened = open_path(server.address("people"))
        assert opened.name == f"postgresql://127.0.0.1:{server.port}/postgres::people"
        columns = ("label", "score", "money", "day", "moment", "name", "select")
        rows = rows_of(opened, columns)
        assert len(rows) == 60
        assert rows[0] == ("true", "0", "0.50", "2024-01-01", "2024-01-01 10:00:00+00", "007", "M")
        assert [row[5] for row in rows[1:5]] == ['a "b", c', "日本\nx", None, None]
        again = opened.load(["label"], also=["raw", "parts", "form", "code"])
        assert {name: why.partition(";")[0] for name, why in again.passed_over.items()} == {
            "raw": "it holds values of type bytea",
            "parts": "it holds values of type _int4",
            "form": "it holds values of type jsonb",
        }
        assert again.source.sha256 is None
        assert "have no hash" in again.source.hash_note

    def test_a_view(self, server: Server) -> None:
        assert len(rows_of(open_path(server.address("women")), ("label", "name"))) == 40

    @pytest.mark.parametrize(
        "typed",
        ["my schema.a.b", '"my schema"."a.b"', 'D"; DROP TABLE people; --', "public.people", "PEOPLE"],
    )
    def test_names(self, server: Server, typed: str) -> None:
        assert len(rows_of(open_path(server.address(typed)), ("select",))) == 60

    def test_nothing_is_written(self, server: Server) -> None:
        assert "cannot execute INSERT in a read-only transaction" in message_of(server.address("writing"))

    def test_an_audit(self, server: Server) -> None:
        audit = fairaudit.audit(server.address("people"), attributes="select", memory_limit="200MB")
        groups = {g.group: g.counts for g in audit.group.groups}
        assert {name: groups[name].tp + groups[name].fn for name in "FM"} == {"F": 20, "M": 10}
        assert audit.group.input.sha256 is None
        assert "have no hash" in str(audit.group.input.sha256_note)
        no_secret(repr(audit))


class TestRefusals:
    def test_the_wrong_password(self, server: Server) -> None:
        assert 'password authentication failed for user "ann"' in message_of(
            server.address("people", password="s3cr3t%2Fof")
        )

    def test_no_password(self, server: Server) -> None:
        message = message_of(server.address("people", password=""))
        assert message.endswith("PGPASSWORD or ~/.pgpass gives the password.")

    def test_the_password_of_the_environment(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        assert len(rows_of(open_path(server.address("people", password="")), ("label",))) == 60

    def test_a_password_that_is_not_quoted(self, server: Server) -> None:
        message = message_of(server.address("people", password=PASSWORD))
        assert message.startswith(
            f"postgresql://127.0.0.1:{server.port}/postgres: is no address of a PostgreSQL server. "
        )

    def test_no_such_table(self, server: Server) -> None:
        message = message_of(server.address("peopel"))
        assert "has no table 'peopel'. Did you mean 'people'?" in message

    def test_no_such_database(self, server: Server) -> None:
        assert 'database "elsewhere" does not exist' in message_of(
            server.address("people", database="elsewhere")
        )

    def test_no_table_named(self, server: Server) -> None:
        assert "Name one, as in postgresql://USER@HOST/DATABASE::TABLE." in message_of(server.address())

    def test_a_table_of_others(self, server: Server) -> None:
        assert "has no table 'people'. It has none." in message_of(
            server.address("people", user="bob", password="b0b")
        )

    def test_no_rows(self, server: Server) -> None:
        assert "has a header but no rows" in message_of(server.address("empty"))

    def test_no_server(self) -> None:
        message = message_of(Server(port=free_port()).address("people"))
        assert "Connection refused" in message
        assert message.endswith("Is the server there, and are host and port right?")

    def test_an_address_that_is_mistyped(self) -> None:
        for typed in (
            "postgres:/ann:s3cr3t@db/x::people",
            "postgresq://ann:s3cr3t@db/x",
            "postgresql:ann:s3cr3t@db",
        ):
            assert message_of(typed).endswith("there is no such file.")

    def test_what_is_said_of_files(self, server: Server) -> None:
        with pytest.raises(OptionError, match="--delimiter: is said of files"):
            open_path(server.address("people"), InputSettings(delimiter=";"))

    def test_without_what_reads_it(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "psycopg", None)
        assert message_of(server.address("people")).endswith(
            "and what reads from these is not installed. pip install 'psycopg[binary]'."
        )


@pytest.mark.parametrize(
    "words",
    [
        ("group", "--verbose"),
        ("bias", "--json"),
        ("slice",),
        ("check", "--init"),
        ("train", "--target", "label"),
        ("audit", "--effect", "helps"),
    ],
    ids=lambda words: words[0],
)
def test_the_password_is_nowhere(
    words: tuple[str, ...], server: Server, run: Callable[..., Ran], tmp_path: Path
) -> None:
    command, *options = words
    chosen = ["-a", "select"] if command in ("group", "bias", "audit") else []
    table = "women" if command == "train" else "people"
    ran = run(command, server.address(table), *chosen, *options, cwd=tmp_path)
    assert ran.code == 0, ran.err
    no_secret(ran.out + ran.err)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    for path in written:
        assert not [secret for secret in SECRETS if secret.encode() in path.read_bytes()], path
