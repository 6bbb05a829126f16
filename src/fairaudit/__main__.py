"""The way in, for ``fairaudit`` and ``python -m fairaudit``; whoever interrupts it while it is still loading is told no more than later.

What is imported here costs nothing, since nobody can be told anything before: modules that Python has loaded by itself, and the one in C
behind its `signal`.
"""

import _signal  # type: ignore[import-not-found]
import _thread
import os
import sys

INTERRUPTED = 130
MESSAGE = b"fairaudit: interrupted; no file was left half-written\n"


def main() -> None:
    """Load the program and run it."""
    import gc

    # Loading makes many objects and no garbage; looking for some took a fifth of the time of short commands, half of it while Python ends.
    usual_threshold = gc.get_threshold()
    gc.set_threshold(250_000, 20, 100)
    try:
        usual = _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler
        if usual:
            # An exception that is raised amid imports may be swallowed, or end in a traceback. No file has been touched yet.
            _signal.signal(_signal.SIGINT, _leave)
        from fairaudit.cli.app import main as run

        if usual:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
            sys.unraisablehook = _again
        run()
    except KeyboardInterrupt:
        _leave()
    finally:
        gc.freeze()
        gc.set_threshold(*usual_threshold)


def _again(swallowed: "sys.UnraisableHookArgs") -> None:
    """Interrupt once more where Python could only have told of it, such as in a callback amid an import, and have gone on."""
    if swallowed.exc_type is KeyboardInterrupt:
        # From elsewhere, and so a moment later: here it would be swallowed again.
        _thread.start_new_thread(_interrupt_soon, ())
    else:
        sys.__unraisablehook__(swallowed)


def _interrupt_soon() -> None:
    import time

    time.sleep(0.05)
    _thread.interrupt_main()


def _leave(*_: object) -> None:
    try:
        os.write(2, MESSAGE)
    finally:
        os._exit(INTERRUPTED)


if __name__ == "__main__":
    from fairaudit_cli import leave_other_package

    # As for the command `fairaudit`: what somebody put into the working directory is not taken for a library.
    if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:  # noqa: PTH109  # pathlib is not loaded yet
        del sys.path[0]
    leave_other_package()
    main()
