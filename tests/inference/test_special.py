"""The special functions are SciPy's own, and its library can be used beside them."""

from __future__ import annotations

import subprocess
import sys

import pytest
import scipy.special

from fairaudit.inference import special

ALONE = """
import sys
from fairaudit.inference import special
assert "scipy.special" not in sys.modules, "the whole library was loaded"
assert float(special.ndtri(0.975)) == 1.959963984540054
import scipy.special
assert all(getattr(scipy.special, name) is getattr(special, name) for name in special.__all__)
assert scipy.special.__file__ and scipy.special.logsumexp([0, 0]) > 0.69
import scipy.optimize
assert abs(scipy.optimize.brentq(scipy.special.erf, -1, 2)) < 1e-9
"""
THREADED = """
import sys, threading
stop = threading.Event()
threading.Thread(target=stop.wait).start()
from fairaudit.inference import special
stop.set()
assert sys.modules["scipy.special"].__file__
assert special.ndtri is sys.modules["scipy.special"].ndtri
"""


@pytest.mark.parametrize("name", special.__all__)
def test_they_are_those_of_scipy(name: str) -> None:
    assert getattr(special, name) is getattr(scipy.special, name)


@pytest.mark.parametrize("code", [ALONE, THREADED], ids=["alone", "beside another thread"])
def test_nobody_finds_half_a_library(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def test_another_version_of_scipy_is_loaded_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scipy.special
    monkeypatch.setattr(special, "UFUNCS", "scipy.special.moved_elsewhere")
    monkeypatch.setattr(special.threading, "active_count", lambda: 1)
    monkeypatch.delitem(sys.modules, "scipy.special")
    monkeypatch.setattr(special.importlib, "import_module", _refuses(whole))
    assert special._load() is whole
    assert "scipy.special" not in sys.modules


def _refuses(whole: object) -> object:
    def import_module(name: str) -> object:
        if name == "scipy.special":
            return whole
        raise ModuleNotFoundError(name)

    return import_module
