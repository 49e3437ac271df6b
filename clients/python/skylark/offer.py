"""What a provider offers: the public functions of an object, a module or a dictionary, as methods of a service."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .errors import SkylarkError
from .messages import Method, Service

_Function = TypeVar("_Function", bound=Callable[..., Any])
_IDEMPOTENT = "__skylark_idempotent__"


def idempotent(function: _Function) -> _Function:
    """Marks a method that may run twice: its callers try again what may have run."""
    setattr(function, _IDEMPOTENT, True)
    return function


@dataclass(frozen=True)
class Offered:
    """One method. `function` is called with the arguments of a call."""

    service: str
    entry: Method
    function: Callable[..., Any]
    #: Its result is sent as "undefined", as that of a function without one is.
    answers_nothing: bool

    def bind(self, arguments: list[Any]) -> None:
        """Raises `invalid_argument` where it does not take these."""
        try:
            inspect.signature(self.function).bind(*arguments)
        except TypeError as misfit:
            name = f"{self.service}.{self.entry.name}"
            raise SkylarkError("invalid_argument", f"{name}: {misfit}", not_executed=True) from misfit


class Offer:
    """A service and its methods, which have the ids from `first_id` on."""

    def __init__(self, name: str, target: object, version: str, first_id: int = 0) -> None:
        functions = _functions(target)
        if not functions:
            raise ValueError(f'"{name}" would have no methods: nothing public there can be called')
        self.methods = tuple(
            Offered(name, _entry(first_id + at, each, function), function, _answers_nothing(function))
            for at, (each, function) in enumerate(functions.items())
        )
        self.service = Service(name, version, tuple(each.entry for each in self.methods))


def _functions(target: object) -> dict[str, Callable[..., Any]]:
    if isinstance(target, Mapping):
        found = dict(target)
    else:
        # in the order of their definition, those of base classes first
        own = [vars(each) for each in reversed(type(target).__mro__[:-1])] if not inspect.ismodule(target) else [vars(target)]
        found = {name: getattr(target, name) for fields in own for name in fields}
    public = {name: each for name, each in found.items() if not name.startswith("_")}
    if inspect.ismodule(target):
        public = {n: each for n, each in public.items() if getattr(each, "__module__", None) == target.__name__}
    return {name: each for name, each in public.items() if inspect.isroutine(each)}


def _entry(method_id: int, name: str, function: Callable[..., Any]) -> Method:
    shape = "server-stream" if inspect.isasyncgenfunction(function) else "unary"
    return Method(method_id, name, shape, getattr(function, _IDEMPOTENT, False))


def _answers_nothing(function: Callable[..., Any]) -> bool:
    return inspect.signature(function).return_annotation in (None, "None")
