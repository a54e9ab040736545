"""Parameters: the fields of an economy, declared with unit, source and range, and checked."""

from dataclasses import Field, field, fields, is_dataclass
from numbers import Integral, Real
from sys import float_info
from typing import Any

import torch
from torch import Tensor

LARGEST = 2**53  # up to which a float holds every whole number


def parameter(
    default: Any,
    doc: str,
    *,
    unit: str = "1",
    source: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    above: float | None = None,
    fixed: bool = False,
) -> Any:
    """A dataclass field that is a parameter of an economy.

    Args:
        default: value of the published model.
        doc: one line of meaning.
        unit: unit, "1" for pure numbers.
        source: section of `model.md`.
        low, high: smallest and largest allowed value.
        above: allowed values are strictly greater than this.
        choices: allowed words, for a parameter that names a rule.
        fixed: refuses a value per environment (parameters that shape the program).
    """
    metadata = {
        "doc": doc, "unit": unit, "source": source, "low": low, "high": high,
        "above": above, "choices": choices, "fixed": fixed,
    }  # fmt: skip
    return field(default=default, metadata=metadata)


def check_parameters(economy: Any) -> None:
    """Raises ValueError or TypeError naming the field of `economy` that is out of range.

    Numbers of other libraries become Python's, and whole ones whole where the default is.
    """
    for declared in fields(economy):
        value = getattr(economy, declared.name)
        if isinstance(declared.default, bool) and not isinstance(
            value, bool
        ):  # parameters and other switches
            raise TypeError(
                f"{type(economy).__name__}.{declared.name} is {value!r}; it must be true or false"
            )
        if "doc" in declared.metadata:
            _check(type(economy).__name__, declared, value)
            if _is_number(value):
                whole = isinstance(value, Integral) or _is_whole(declared.default)
                object.__setattr__(economy, declared.name, int(value) if whole else float(value))


def check_batch(economy: Any, batch: int) -> None:
    """Refuses a parameter that has a value for every environment, but not for as many as there are.

    Raises:
        ValueError: naming it.
    """
    for declared in fields(economy):
        value = getattr(economy, declared.name)
        if is_dataclass(value):
            check_batch(value, batch)
        elif isinstance(value, torch.Tensor) and value.shape not in ((), (1,), (batch,)):
            shape = tuple(value.shape)
            raise ValueError(
                f"{type(economy).__name__}.{declared.name} has shape {shape}; it must be one number, or {batch}"
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(default: Any) -> bool:
    return isinstance(default, int) and not isinstance(default, bool)


def _check(owner: str, declared: Field[Any], value: Any) -> None:
    name, rule = f"{owner}.{declared.name}", declared.metadata
    if value is None and declared.default is None:
        return
    if is_dataclass(value):  # a record of parameters
        check_parameters(value)
        return
    if rule["choices"]:
        if not isinstance(value, str) or value not in rule["choices"]:
            raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(rule['choices'])}")
        return
    if isinstance(value, tuple) != isinstance(declared.default, tuple):
        wanted = "a list of numbers" if isinstance(declared.default, tuple) else "one number"
        raise TypeError(f"{name} is {value!r}; it must be {wanted}")
    if isinstance(value, Tensor):
        if rule["fixed"]:
            raise TypeError(f"{name} cannot differ between environments; pass one value")
        if not value.numel() or value.dtype == torch.bool or value.is_complex():
            raise TypeError(f"{name} holds {value.numel()} of {value.dtype}; it must hold numbers")
        if value.is_meta:  # a shape without values
            return
        values = [float(value.min()), float(value.max())] if not value.isnan().any() else [float("nan")]
    elif isinstance(value, tuple):
        values = list(value)
    else:
        values = [value]
    for one in values:
        _check_value(name, rule, declared, one)


def _check_value(name: str, rule: Any, declared: Field[Any], value: Any) -> None:
    default = declared.default
    sample = default[0] if isinstance(default, tuple) and default else default
    if isinstance(sample, bool):
        if not isinstance(value, bool):  # in a list
            raise TypeError(f"{name} is {value!r}; it must be true or false")
        return
    if not _is_number(value):
        raise TypeError(f"{name} is {value!r}; it must be a number")
    if not abs(value) <= float_info.max:  # nan, inf, and whole numbers beyond any float
        raise ValueError(f"{name} is {value!r}; it must be finite")
    if rule["low"] is not None and value < rule["low"]:
        raise ValueError(f"{name} is {value!r}; it must be at least {rule['low']!r}")
    if rule["above"] is not None and value <= rule["above"]:
        raise ValueError(f"{name} is {value!r}; it must be greater than {rule['above']!r}")
    if rule["high"] is not None and value > rule["high"]:
        raise ValueError(f"{name} is {value!r}; it must be at most {rule['high']!r}")
    if isinstance(sample, int) and (value != int(value) or abs(value) > LARGEST):
        raise TypeError(f"{name} is {value!r}; it must be a whole number below 2^53")
