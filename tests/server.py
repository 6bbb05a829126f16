"""A PostgreSQL server of its own for tests, in a folder of its own, by a user who is not root, which PostgreSQL refuses to be run by."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

PASSWORD = "s3cr3t/of?Ann"  # it is a test's
QUOTED = "s3cr3t%2Fof%3FAnn"
_MOST_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a server listens."""

    port: int

    def address(
        self, table: str = "", *, user: str = "ann", password: str = QUOTED, database: str = "postgres"
    ) -> str:
        """Write the address of a table."""
        said = f":{password}" if password else ""
        return f"postgresql://{user}{said}@127.0.0.1:{self.port}/{database}{f'::{table}' if table else ''}"

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """Connect as the one to whom it belongs."""
        return psycopg.connect(self.address(), autocommit=True)


def programs() -> Path:
    """Find the programs of the newest PostgreSQL; without any, skip the test."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    if not folders:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    return folders[-1]


def _as_nobody(folder: Path) -> list[str]:
    """Give a folder to a user without rights, if this one is root, and return the words that run a program as them."""
    if os.geteuid() != 0:
        return []
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in known else "nobody")
    if shutil.which("setpriv") is None:
        pytest.skip("PostgreSQL does not run as root, and there is no setpriv to be somebody else by")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def free_port() -> int:
    """Find a port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _own_folder() -> tuple[Path, list[str]]:
    """Make a folder that the server's user may enter, and return it with the words that run a program as them.

    Temporary files may lie in the home of root, where nobody else may enter; the folder then lies in /tmp.
    """
    for parent in (None, "/tmp"):
        folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=parent))
        words = _as_nobody(folder)
        if subprocess.run([*words, "test", "-w", str(folder)], cwd="/", check=False).returncode == 0:
            return folder, words
        folder.rmdir()
    pytest.fail("the user that PostgreSQL is run as may write neither where temporary files lie nor in /tmp")


@contextmanager
def running() -> Iterator[Server]:
    """Run a server that asks for passwords."""
    bin_, port = programs(), free_port()
    folder, words = _own_folder()
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    secret.chmod(0o644)
    data = folder / "data"
    made = subprocess.run(
        [
            *words,
            str(bin_ / "initdb"),
            "-D",
            str(data),
            "-U",
            "ann",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    options = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "fsync": "off",
        "max_connections": 10,
        "shared_buffers": "8MB",
    }
    process = subprocess.Popen(
        [
            *words,
            str(bin_ / "postgres"),
            "-D",
            str(data),
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Server(port=port)
    try:
        _wait(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=_MOST_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    begun = time.monotonic()
    while True:
        assert process.poll() is None, "the server has ended"
        try:
            server.connect().close()
        except psycopg.OperationalError:
            assert time.monotonic() - begun < _MOST_SECONDS, "the server does not answer"
            time.sleep(0.1)
        else:
            return
