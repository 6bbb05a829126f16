"""The estimator at the end of a pipeline: asked for by name, or made by a factory of somebody else's."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from fairaudit.errors import FROM_OTHERS, OptionError, did_you_mean, listed, one_line
from fairaudit.model.frame import Wants, package_of, wants
from fairaudit.model.together import ALONE, Together
from fairaudit.settings.choices import ModelKind
from fairaudit.spelling import Bare, item, setting, with_value

ESTIMATORS: dict[ModelKind, Callable[[], Any]] = {
    # 100 iterations, scikit-learn's default, are often too few for scaled columns beside one-hot ones.
    ModelKind.LOGISTIC: lambda: LogisticRegression(max_iter=1000),
    ModelKind.RANDOM_FOREST: RandomForestClassifier,
    ModelKind.HIST_GRADIENT_BOOSTING: HistGradientBoostingClassifier,
}

KNOWN_ESTIMATORS = (LogisticRegression, RandomForestClassifier, HistGradientBoostingClassifier)

TAKES_SPARSE = frozenset({ModelKind.LOGISTIC, ModelKind.RANDOM_FOREST})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Which estimator is fitted, and how.

    Attributes
    ----------
    model : ModelKind
        The estimator, unless `estimator` names another.
    params : Mapping[str, str]
        Parameters of the estimator as they were typed: ``{"C": "0.1"}``.
    estimator : str or None
        ``"package.module:factory"``; the factory is called without arguments and returns a scikit-learn
        classifier.
    class_weight : str or None
        ``"balanced"`` weighs both classes equally.
    seed : int
        Fixes every random choice: the split, the folds and the estimator's own.
    categories : Sequence[str]
        Columns that are categories by their type, for an estimator that gets its columns as they stand.
    together : Together
        Which rows stay on one side of every split.
    validation_size : float or None
        Share of the rows for validation, in (0, 1).
    tune : Mapping[str, str]
        Values of parameters to choose from, between commas: ``{"C": "0.1,1,10"}``.
    learning_curve : bool
        Whether it is tried what more rows would bring.
    """

    model: ModelKind = ModelKind.LOGISTIC
    params: Mapping[str, str] = field(default_factory=dict)
    estimator: str | None = None
    class_weight: str | None = None
    seed: int = 0
    categories: Sequence[str] = ()
    together: Together = ALONE
    validation_size: float | None = None
    tune: Mapping[str, str] = field(default_factory=dict)
    learning_curve: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An unfitted classifier, and what it is given: columns that are prepared for it, or as they stand."""

    estimator: Any
    give: Wants = Wants.PREPARED


def build_estimator(settings: ModelSettings) -> Any:
    """Make the unfitted classifier that the settings describe, with its parameters, class weight and seed.

    Raises
    ------
    OptionError
        The estimator cannot be made, or has no such parameter.
    """
    return make_estimator(settings).estimator


def make_estimator(settings: ModelSettings) -> Made:
    """Make the classifier as `build_estimator` does, and say what it is given."""
    made = (
        Made(estimator=ESTIMATORS[settings.model]())
        if settings.estimator is None
        else _call_factory(settings.estimator)
    )
    estimator = made.estimator
    known = known_params(estimator)
    name = type(estimator).__name__
    chosen: dict[str, Any] = {}
    for param, text in settings.params.items():
        refuse_param(estimator, param, option=item("param", param, text), text=text)
        chosen[param] = parse_param(text)
    if settings.class_weight is not None:
        if "class_weight" not in known:
            raise OptionError(setting("class_weight"), f"{name} takes no class weights")
        if "class_weight" in chosen:
            raise OptionError(
                setting("class_weight"),
                f"{item('param', 'class_weight')} is given as well",
                hint="Keep one of them",
            )
        chosen["class_weight"] = settings.class_weight
    chosen |= _seeds(estimator, known, settings.seed)
    if package_of(estimator) == "catboost" and known.get("allow_writing_files") is None:
        chosen.setdefault("allow_writing_files", False)
    try:
        estimator.set_params(**chosen)
    except (ValueError, TypeError, AttributeError) as error:
        raise OptionError(setting("param"), one_line(error)) from error
    return made


def known_params(estimator: Any) -> dict[str, Any]:
    """Return the parameters of an estimator, nested ones too; CatBoost itself names those only that were set."""
    known = dict(estimator.get_params(deep=True))
    if package_of(estimator) != "catboost":
        return known
    return {**dict.fromkeys(list(inspect.signature(type(estimator).__init__).parameters)[1:]), **known}


def refuse_param(estimator: Any, param: str, *, option: str, text: str = "0") -> None:
    """Refuse a parameter that an estimator does not have, or that is a seed.

    Raises
    ------
    OptionError
        It names the parameters that there are.
    """
    known = known_params(estimator)
    if param not in known:
        raise OptionError(
            option,
            f"{type(estimator).__name__} has no parameter {param!r}",
            hint=did_you_mean(param, known) or f"Its parameters are {listed(sorted(known))}",
        )
    if _is_seed(estimator, param):
        raise OptionError(
            option, f"random choices follow {setting('seed')}", hint=f"Say {setting('seed', Bare(text))}"
        )


def _is_seed(estimator: Any, param: str) -> bool:
    name = param.rpartition("__")[2]
    return name == "random_state" or (name == "random_seed" and package_of(estimator) == "catboost")


def _seeds(estimator: Any, known: Mapping[str, Any], seed: int) -> dict[str, int]:
    """Return the seeds that nobody has set."""
    if package_of(estimator) == "catboost":
        # Its two names for one seed must not both be set.
        is_set = any(known.get(name) is not None for name in ("random_state", "random_seed"))
        return {} if is_set else {"random_seed": seed}
    return {param: seed for param, value in known.items() if value is None and _is_seed(estimator, param)}


def parse_param(text: str) -> bool | int | float | str | None:
    """Read a parameter as it was typed: a number, true, false, none, or text.

    >>> [parse_param(text) for text in ("3", "0.1", "1e-3", "True", "none", "lbfgs")]
    [3, 0.1, 0.001, True, None, 'lbfgs']
    """
    word = text.strip()
    fixed: dict[str, bool | None] = {"true": True, "false": False, "none": None, "null": None}
    if word.casefold() in fixed:
        return fixed[word.casefold()]
    for number in (int, float):
        try:
            return number(word)
        except ValueError:
            continue
    return word


@contextlib.contextmanager
def modules_from_here() -> Iterator[None]:
    """Let modules of the working directory be imported too, after all others, while the context lasts."""
    here = str(Path.cwd())
    if here in sys.path or "" in sys.path:
        yield
        return
    sys.path.append(here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _call_factory(path: str) -> Made:
    option = with_value("estimator", path)
    module_name, colon, factory_name = path.partition(":")
    if not (colon and module_name and factory_name):
        raise OptionError(option, "no module and factory", hint="Write package.module:factory")
    with modules_from_here():
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            problem = f"there is no module {error.name!r}"
            hint = "It is looked for in the working directory and among the installed packages"
            raise OptionError(option, problem, hint=hint) from error
        except FROM_OTHERS as error:  # importing runs the user's code, which may raise anything
            raise OptionError(
                option, f"importing {module_name!r} failed: {type(error).__name__}: {one_line(error)}"
            ) from error
        factory = getattr(module, factory_name, None)
        if not callable(factory):
            names = [
                name for name in dir(module) if not name.startswith("_") and callable(getattr(module, name))
            ]
            raise OptionError(
                option,
                f"module {module_name!r} has no function or class {factory_name!r}",
                hint=did_you_mean(factory_name, names) or f"It has {listed(names)}",
            )
        try:
            estimator = factory()
        except FROM_OTHERS as error:  # as above
            raise OptionError(
                option, f"calling {factory_name}() failed: {type(error).__name__}: {one_line(error)}"
            ) from error
    checked = _check_estimator(estimator, option=option)
    return Made(estimator=checked, give=wants(checked, factory, option=option))


def _check_estimator(estimator: Any, *, option: str) -> Any:
    name = type(estimator).__name__
    for method in ("fit", "get_params", "set_params"):
        if isinstance(estimator, type) or not hasattr(estimator, method):
            hint = "The factory returns an unfitted scikit-learn classifier, derived from BaseEstimator"
            raise OptionError(
                option, f"{name} is no scikit-learn estimator: it has no method {method}", hint=hint
            )
    if not hasattr(estimator, "predict_proba"):
        hint = ""
        if hasattr(estimator, "decision_function"):
            hint = "sklearn.calibration.CalibratedClassifierCV makes probabilities of its decision_function"
        raise OptionError(option, f"{name} has no predict_proba, which is required", hint=hint)
    try:
        dict(estimator.get_params(deep=True))
    except FROM_OTHERS as error:  # a stranger's estimator may raise anything
        raise OptionError(
            option, f"asking {name} for its parameters failed: {type(error).__name__}: {one_line(error)}"
        ) from error
    return estimator
