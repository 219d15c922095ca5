"""A whole estimator that a callable of one's own makes, and which of the parameters it takes itself."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from catalog.exceptions import CatalogError, InvalidRequest, near
from catalog.ml.training.estimator_checks import (
    accepts,
    check_params,
    check_task,
    find_packages,
    list_parameters,
    may_predict,
    write_no_files,
)
from catalog.ml.training.estimators import import_named

Kind = inspect.Parameter


@dataclass(frozen=True)
class OwnPipeline:
    """The estimator with all parameters set, and of each parameter who took it: the callable, or the estimator."""

    estimator: Any
    owners: Mapping[str, str]


def call_pipeline(
    path: str, params: Mapping[str, Any], *, task: str, search_space: Mapping[str, Any] = MappingProxyType({})
) -> OwnPipeline:
    """The estimator that the callable `module:callable` returns, with `params` given to it or set on what it returned,
    and nothing else done.

    A parameter is the callable's where its signature names it, else the estimator's; what that does not know either is
    given to a callable that takes any. A search tries the estimator's. Raises InvalidRequest.
    """
    factory = import_named(path, "pipeline")
    if not callable(factory):
        raise InvalidRequest(f"`pipeline` {path} is not callable.")
    known = _parameters(factory)
    own = {name: value for name, value in params.items() if name in known}
    made = _make(factory, path, own)
    takes_any = any(parameter.kind is Kind.VAR_KEYWORD for parameter in _signature(factory).values())
    others = {name: value for name, value in params.items() if name not in own}
    rest = {name: value for name, value in others.items() if takes_any and not accepts(made, name, value)}
    if rest:
        own |= rest
        made = _make(factory, path, own)
    on_estimator = {name: value for name, value in params.items() if name not in own}
    _check_known(made, path, known, {**search_space, **on_estimator})
    check_task(made, f"`pipeline` {path}", task)
    owners = {name: path if name in own else type(made).__name__ for name in params}
    return OwnPipeline(write_no_files(made.set_params(**on_estimator)), owners)


def _make(factory: Callable[..., Any], path: str, own: Mapping[str, Any]) -> Any:
    required = [name for name, parameter in _parameters(factory).items() if parameter.default is Kind.empty]
    if missing := [name for name in required if name not in own]:
        raise InvalidRequest(f"`pipeline` {path} needs its parameter {missing[0]!r}: give it among `params`.")
    try:
        made = factory(**own)
    except CatalogError:
        raise
    except Exception as error:  # it is anybody's code
        lines = str(error).strip().splitlines() or [""]
        given = f" with {', '.join(own)}" if own else ""
        raise InvalidRequest(f"`pipeline` {path}{given} failed: {type(error).__name__}: {lines[0][:300]}") from error
    if not (all(hasattr(made, method) for method in ("fit", "get_params")) and may_predict(made)):
        raise InvalidRequest(f"`pipeline` {path} returned {type(made).__name__}, expected a scikit-learn estimator.")
    return made


def _signature(factory: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(factory).parameters
    except (TypeError, ValueError):  # of C, which tells nothing
        return {}


def _parameters(factory: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Those that can be given by name."""
    named = (Kind.POSITIONAL_OR_KEYWORD, Kind.KEYWORD_ONLY)
    return {name: parameter for name, parameter in _signature(factory).items() if parameter.kind in named}


def _check_known(made: Any, path: str, own: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    if not own:
        check_params(made, params, f"the pipeline of {path}")
    for name, value in params.items():
        if not accepts(made, name, value):
            raise InvalidRequest(
                f"Neither {path} nor the {type(made).__name__} that it returns has a parameter {name!r}."
                f"{near(name, {*own, *list_parameters(made)})}"
            )


def check_takes_several(pipeline: Any, path: str, task: str) -> None:
    """Raises InvalidRequest when the last step of a pipeline of one's own is one of scikit-learn's that takes one
    target. What is around others, or is not scikit-learn's, has to show when it is fitted."""
    final = pipeline
    while isinstance(final, Pipeline):
        final = final[-1]
    is_around = any(hasattr(value, "fit") for value in final.get_params().values())
    if is_around or find_packages(final) != {"sklearn"} or get_tags(final).target_tags.multi_output:
        return
    name, kind = type(final).__name__, "Classifier" if task == "classification" else "Regressor"
    raise InvalidRequest(
        f"`pipeline` {path}: {name} predicts one target. Put MultiOutput{kind}({name}(…)) of sklearn.multioutput in "
        "its place, which fits one for each."
    )
