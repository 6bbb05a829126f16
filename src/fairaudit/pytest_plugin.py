"""The gates of a policy as tests: pytest collects every ``fairaudit.toml`` that declares some, one test for each gate.

pytest loads this in every project where fairaudit is installed, so that nothing heavy is imported before a policy is found.
``-p no:fairaudit`` turns it off; the marker ``fairaudit`` is on every gate.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import tomllib
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fairaudit_cli import refuse_other_package

if TYPE_CHECKING:
    from fairaudit.documents.gates import CheckDocument, GatePart
    from fairaudit.settings.resolve import Resolved
    from fairaudit.workflow.pipeline import Audit

refuse_other_package()
POLICY = "fairaudit.toml"
PROJECT = "pyproject.toml"
INI = "fairaudit_policy"
MARKER = "fairaudit"
_COLLECTED = pytest.StashKey[set[Path]]()
WAY_OUT = (
    "pytest knows no third outcome. More people may decide it; in the policy, on_undecided says what becomes of such a gate, "
    'and decide = "point" takes the measured value for the truth'
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the setting that names policies elsewhere."""
    parser.addini(
        INI,
        "policies of fairaudit to run whenever no path is given, relative to this file: "
        "for one that lies outside of testpaths, or has a name of its own",
        type="paths",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and add the policies that the configuration names to what is collected."""
    config.addinivalue_line("markers", f"{MARKER}: a gate of a policy, from {POLICY}")
    folders = [Path(os.path.normpath(config.invocation_params.dir / argument)) for argument in config.args]
    named = _named(config)
    _refuse_absent(named)
    # pytest 8 loses tests where one argument lies below another.
    config.args += [
        str(path)
        for path in dict.fromkeys(named)
        if not any(path.is_relative_to(folder) for folder in folders)
    ]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PolicyFile | None:
    """Collect a file that declares gates."""
    by_setting = file_path in _named(parent.config)
    asked_for = by_setting or parent.session.isinitpath(file_path)
    is_policy = by_setting or (asked_for and file_path.suffix == ".toml")
    if not is_policy and file_path.name not in (POLICY, PROJECT):
        return None
    if not _declares_gates(file_path):
        return None
    parent.config.stash.setdefault(_COLLECTED, set()).add(file_path)
    policy = PolicyFile.from_parent(parent, path=file_path)
    policy.named = asked_for
    return policy


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """Refuse to go on without a policy that the configuration names: gates that nobody asks are no gates."""
    collected = config.stash.get(_COLLECTED, set())
    absent = [path for path in _named(config) if path not in collected]
    if absent:
        why = (
            "pytest passes it over, by its norecursedirs or by what it is told to ignore"
            if _declares_gates(absent[0])
            else "it declares no gate ([[tool.fairaudit.gate]])"
            if absent[0].name == PROJECT
            else "it declares no gate ([[gate]])"
        )
        raise pytest.UsageError(f"{INI}: {absent[0]} was not collected: {why}")


def _named(config: pytest.Config) -> list[Path]:
    """Return the policies that the configuration names, as pytest names what it collects; what is given on the command line counts alone."""
    on_command_line = config.args_source is pytest.Config.ArgsSource.ARGS
    return [] if on_command_line else [Path(os.path.normpath(path)) for path in config.getini(INI)]


def _refuse_absent(paths: Sequence[Path]) -> None:
    """Refuse what is no file before pytest looks for it, which knows nothing of the setting that names it."""
    for path in paths:
        if not path.is_file():
            why = "it is a folder. Name the policy in it" if path.is_dir() else "there is no such file"
            raise pytest.UsageError(f"{INI}: {path}: {why}")


def _declares_gates(path: Path) -> bool:
    """Return whether a file has gates, however wrong; a policy that cannot be read is reported rather than passed over."""
    from fairaudit.texts import shallow

    try:
        content: Any = tomllib.loads(shallow(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return path.name != PROJECT
    if path.name == PROJECT:
        content = content.get("tool", {})
        content = content.get("fairaudit", {}) if isinstance(content, dict) else {}
    return isinstance(content, dict) and "gate" in content


class PolicyFile(pytest.File):
    """A file with gates, which are answered all at once, whichever of them are run."""

    answered: CheckDocument | str | None = None
    """The answers, or what is wrong with the input."""

    named = False
    """Whether somebody named it, rather than pytest come upon it."""

    def collect(self) -> Iterator[GateItem | BrokenPolicy]:
        """Yield a test for each gate; their names are told apart, and free of what pytest would take for something else.

        A policy that makes no sense is one test that fails, and no other: it may be there for some test's sake.
        """
        with _no_errors_of_warnings():
            from fairaudit.errors import FairauditError, printable
            from fairaudit.render.escape import without_commands
            from fairaudit.settings.file import refuse_stranger
            from fairaudit.spelling import Edge, Spelling, spelled
            from fairaudit.workflow.check import read_policy

        try:
            with _no_errors_of_warnings(), spelled(Spelling(edge=Edge.FILE)):
                if not self.named:
                    refuse_stranger(self.path)
                gates = read_policy(self.path)
        except FairauditError as error:
            yield BrokenPolicy.from_parent(self, name="policy", message=without_commands(str(error)))
            return
        seen: set[str] = set()
        for place, gate in enumerate(gates):
            # Nor does GitHub, which reads what pytest prints, find a command in them.
            name = without_commands(printable(gate.name).replace("::", ": :"))
            name = name if name not in seen else f"{name} ({place + 1})"
            seen.add(name)
            yield GateItem.from_parent(self, name=name, policy=self, place=place)

    def answers(self) -> CheckDocument:
        """Answer the gates as ``fairaudit check`` does in the policy's folder, or in pytest's root for one of another name."""
        if self.answered is None:
            self.answered = self._answer()
        if isinstance(self.answered, str):
            pytest.fail(self.answered, pytrace=False)
        return self.answered

    def _answer(self) -> CheckDocument | str:
        with _no_errors_of_warnings():
            from fairaudit.errors import FairauditError
            from fairaudit.render.escape import without_commands
            from fairaudit.workflow.policy import check_file

        folder = self.path.parent if self.path.name in (POLICY, PROJECT) else self.config.rootpath
        try:
            with contextlib.chdir(folder), _no_errors_of_warnings():
                return check_file(self.path).document
        except FairauditError as error:
            return without_commands(str(error))


@contextlib.contextmanager
def _no_errors_of_warnings() -> Iterator[None]:
    """Keep what some library warns of from ending the gates, where pytest makes errors of warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        yield


class BrokenPolicy(pytest.Item):
    """A policy whose gates cannot be read, as a test that says why."""

    def __init__(self, *, message: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.message = message
        self.add_marker(MARKER)

    def setup(self) -> None:
        """Say what is wrong: an error, and no failure of the model."""
        pytest.fail(self.message, pytrace=False)

    def runtest(self) -> None:
        """Do nothing: it never comes to this."""

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Say where it stands."""
        return self.path, None, "the policy"


class GateItem(pytest.Item):
    """A gate as a test: passed if it passed; failed if it failed, or could not be decided."""

    def __init__(self, *, policy: PolicyFile, place: int, **rest: Any) -> None:
        super().__init__(**rest)
        self.policy = policy
        self.place = place
        self.add_marker(MARKER)

    def setup(self) -> None:
        """Have the gates answered; wrong input is an error, and no failure of the model."""
        self._answers()

    def runtest(self) -> None:
        """Turn the answer into pytest's."""
        from fairaudit.errors import printable
        from fairaudit.gates.evaluate import Outcome
        from fairaudit.render.escape import without_commands
        from fairaudit.render.gates.failure import failure
        from fairaudit.render.words.gates import too_few_text
        from fairaudit.render.words.people import words_of
        from fairaudit.render.words.waivers import waiver_texts

        document, gate = self._answers()
        if gate.outcome is Outcome.PASSED:
            few = too_few_text(gate, words_of(document.settings))
            if texts := [*([few] if few else []), *waiver_texts(gate, document)]:
                self._warn(without_commands("\n".join(map(printable, texts))))
            return
        message = failure(gate, document, way_out=WAY_OUT if gate.outcome is Outcome.UNDECIDED else "")
        if gate.outcome in (Outcome.WARNED, Outcome.WAIVED):
            self._warn(message)
        else:
            pytest.fail(message, pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Say where it stands, and what it is called."""
        return self.path, None, f"gate {self.name}"

    def _answers(self) -> tuple[CheckDocument, GatePart]:
        document = self.policy.answers()
        return document, document.gates[self.place]

    def _warn(self, message: str) -> None:
        """Warn, and no more than that: the policy says so, even where pytest makes errors of warnings."""
        from fairaudit.testing import UndecidedWarning

        place = self._answers()[1].place
        line = (place and place.line) or 1
        with warnings.catch_warnings():
            warnings.simplefilter("always", UndecidedWarning)
            warnings.warn_explicit(message, UndecidedWarning, str(self.path), line)


@pytest.fixture
def fairaudit_audit(request: pytest.FixtureRequest) -> Callable[..., Audit]:
    """Audit a table or file by ``fairaudit.audit``; what is not given comes from the nearest fairaudit.toml.

    Where a test names attributes of its own, settings about other tables, columns and groups fall away, with a warning.
    """

    def audit(source: object, **settings: Any) -> Audit:
        import fairaudit
        from fairaudit.settings.arguments import check_kinds
        from fairaudit.spelling import Edge, spelled
        from fairaudit.workflow.own_attributes import audit_with_what_holds

        has_own = bool(settings.get("attributes"))
        near = _settings_near(request.path.parent, set_by_test=settings, is_needed=not has_own)
        with spelled(near.spelling(Edge.PYTHON)):
            check_kinds(settings)
            if not has_own:
                return fairaudit.audit(source, **{**near.keywords(_accepted()), **settings})
            audited, passed_over = audit_with_what_holds(fairaudit.audit, source, settings, near, _accepted())
        if passed_over:
            _warn_always(passed_over)
        return audited

    return audit


def _warn_always(sentence: str, *, stacklevel: int = 3) -> None:
    """Warn at the line of a test, and no more than that, even where pytest makes errors of warnings."""
    from fairaudit.testing import PassedOverWarning

    with warnings.catch_warnings():
        warnings.simplefilter("always", PassedOverWarning)
        warnings.warn(sentence, PassedOverWarning, stacklevel=stacklevel)


def _accepted() -> frozenset[str]:
    """Name the settings that `fairaudit.audit` takes from a file; a test writes nothing that it does not ask for."""
    import fairaudit

    return frozenset(inspect.signature(fairaudit.audit).parameters) - {"out", "statements", "template"}


def _settings_near(folder: Path, *, set_by_test: Collection[str], is_needed: bool = True) -> Resolved:
    """Read the settings of the nearest configuration file; what is given beats what it excludes.

    Where a test can do without, a file that makes no sense is passed over.
    """
    from fairaudit.errors import FairauditError
    from fairaudit.settings.commands import options_of
    from fairaudit.settings.edges import called_from_python
    from fairaudit.settings.resolve import Request, Resolved, resolve

    names = frozenset(name for name, option in options_of("audit").items() if option.keyword in set_by_test)
    with called_from_python():
        try:
            resolved = resolve(folder, Request(command="audit", typed=names))
        except FairauditError as error:
            if is_needed:
                raise
            why = f"{error} All of the file is passed over"
            resolved = Resolved(command="audit", values={}, origins={}, policy=None, passed_over=(why,))
    accepted = _accepted()
    taken = {name for name, option in options_of("audit").items() if option.keyword in accepted}
    if is_needed:
        with called_from_python():
            resolved.refuse_code(taken)
    for sentence in resolved.passed_over:
        _warn_always(sentence, stacklevel=4)
    return resolved
