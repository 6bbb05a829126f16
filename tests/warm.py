"""A Python that has loaded what many processes of the tests would each load anew, for up to two seconds, and forks for whoever asks.

A fork has words, a folder, an environment and streams of its own, as a process that is started by its name. It is its loading that tests ask
nothing about. Only what costs nothing is imported here, since every command that asks is a Python of its own.
"""

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator, Sequence

SERVE = "import sys; import warm; warm.serve(*sys.argv[1:])"
COMMAND = """#!{python} -IS
import sys
sys.path.insert(0, {folder!r})
from warm import ask
sys.exit(ask({place!r}, {program!r}, sys.argv))
"""
"""A command that is run by a fork."""


@contextlib.contextmanager
def warmed(folder: str, modules: Sequence[str], environment: "dict[str, str] | None" = None) -> Iterator[str]:
    """Start a process that loads modules, and give the place where it is asked; it ends with the block."""
    import subprocess

    place = os.path.join(folder, "warm")  # noqa: PTH118  # pathlib is not loaded yet
    own = dict(os.environ if environment is None else environment)
    own["PYTHONPATH"] = os.pathsep.join(filter(None, [os.path.dirname(__file__), own.get("PYTHONPATH")]))  # noqa: PTH120
    words = [sys.executable, "-P", "-c", SERVE, place, *modules]
    with subprocess.Popen(words, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        try:
            yield place
        finally:
            process.kill()


def ask(
    place: str,
    program: str,
    words: Sequence[str],
    streams: Sequence[int] = (0, 1, 2),
    seconds: "float | None" = None,
) -> int:
    """Let a fork run a program with these words and streams, in this folder and environment, and return how it ended."""
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(seconds)
        door.connect(place)
        socket.send_fds(door, [b"!"], list(streams))
        door.sendall(json.dumps([program, list(words), os.getcwd(), dict(os.environ)]).encode())  # noqa: PTH109
        door.shutdown(socket.SHUT_WR)
        return int(door.makefile().read())


def serve(place: str, *modules: str) -> None:
    """Load modules, and fork for each that asks, one after the other, as long as the one who started this lives."""
    import gc
    import importlib
    import select

    for module in modules:
        importlib.import_module(module)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(place)
        door.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            waiting, *_ = select.select([door, sys.stdin], [], [])
            if sys.stdin in waiting:
                return
            asker, _ = door.accept()
            with asker:
                _, streams, *_ = socket.recv_fds(asker, 1, 3)
                asked = json.loads(asker.makefile("rb").read())
                if not (fork := os.fork()):
                    door.close()
                    asker.close()
                    _become(*asked, streams)
                for stream in streams:
                    os.close(stream)
                _, status = os.waitpid(fork, 0)
                asker.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _become(
    program: str, words: list[str], folder: str, environment: dict[str, str], streams: list[int]
) -> None:
    """Do in a fork what Python does with a program, and end."""
    import atexit

    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = words
    code: object = 0
    try:
        exec(program, {"__name__": "__main__"})
    except SystemExit as ended:
        code = ended.code or 0
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)
