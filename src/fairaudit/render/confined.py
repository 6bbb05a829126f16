"""Render what somebody else wrote in a process of its own, which ends when it takes too much time or memory.

The sandbox of Jinja keeps a template from running other code. It does not keep it from looping for a year, or from writing a text of a
terabyte, and ways to do that are too many to be listed: the system's own limits hold against all of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from fairaudit.errors import FairauditError, FileError, printable

MOST_SECONDS = 20
MOST_MEGABYTES = 512
"""Beyond what the process has taken before the template begins."""
MOST_CHARACTERS = 50_000_000
_TOO_LARGE = {"error": f"needs more than {MOST_MEGABYTES} MB of memory"}
_PATIENCE = 60.0
"""Seconds, where the system has no clock that ends a process, and for the imports before."""
_CHILD = "from fairaudit.render.confined import answer; answer()"


def confined(name: str, function: Callable[..., str], *arguments: object) -> str:
    """Call a function of this package that renders a text, where it can do no harm.

    Parameters
    ----------
    name
        What messages call the template.
    function, arguments
        Both can be pickled.

    Raises
    ------
    FileError
        If the function raises an error of this program, takes too much of anything, or breaks down.
    """
    # -P: what lies in the current folder is not imported.
    words = [sys.executable, "-P", "-c", _CHILD]
    try:
        done = subprocess.run(  # noqa: S603
            words,
            input=pickle.dumps((function, arguments)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_long(name) from None
    except OSError as error:
        raise FileError(name, f"cannot be rendered in a process of its own: {error.strerror}") from None
    if done.returncode == -getattr(signal, "SIGALRM", 0):
        raise _too_long(name)
    try:
        parsed = json.loads(done.stdout)
    except ValueError:
        raise FileError(name, f"broke down while it was rendered (exit code {done.returncode})") from None
    if "error" in parsed:
        raise FileError(name, str(parsed["error"]).removeprefix(f"{printable(name)}: "))
    return str(parsed["text"])


def answer() -> None:
    """Render what is asked for on stdin, and write the answer to stdout; the process's own end of `confined`."""
    function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  # from this program
    _limit()
    try:
        text = function(*arguments)
        reply = (
            {"text": text}
            if len(text) <= MOST_CHARACTERS
            else {"error": f"writes more than {MOST_CHARACTERS:,} characters"}
        )
    except FairauditError as error:
        reply = {"error": str(error)}
    except MemoryError:
        reply = _TOO_LARGE
    except RecursionError:
        reply = {"error": "calls itself too often, or is nested too deeply"}
    try:
        written = json.dumps(reply)
    except MemoryError:
        written = json.dumps(_TOO_LARGE)
    sys.stdout.write(written)


def _limit() -> None:
    """Let the system end this process after a while, and give it no more than some memory."""
    if hasattr(signal, "setitimer"):
        # Nothing handles this signal: the system ends the process, whatever it is doing.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        import resource
    except ImportError:
        return
    pages = Path("/proc/self/statm")
    taken = int(pages.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if pages.is_file() else 4 << 30
    most = taken + (MOST_MEGABYTES << 20)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))


def _too_long(name: str) -> FileError:
    return FileError(name, f"takes longer than {MOST_SECONDS} seconds to render")
