"""Parameters: the fields of an economy, declared with unit, source and range, and checked."""

from dataclasses import Field, field, fields, is_dataclass
from sys import float_info
from typing import Any

from torch import Tensor


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
    """Raises ValueError or TypeError naming the field of `economy` that is out of range."""
    for declared in fields(economy):
        if "doc" in declared.metadata:
            _check(type(economy).__name__, declared, getattr(economy, declared.name))


def _check(owner: str, declared: Field[Any], value: Any) -> None:
    name, rule = f"{owner}.{declared.name}", declared.metadata
    if value is None and declared.default is None:
        return
    if is_dataclass(value):  # a record of parameters
        check_parameters(value)
        return
    if rule["choices"]:
        if value not in rule["choices"]:
            raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(rule['choices'])}")
        return
    if isinstance(value, tuple) != isinstance(declared.default, tuple):
        wanted = "a list of numbers" if isinstance(declared.default, tuple) else "one number"
        raise TypeError(f"{name} is {value!r}; it must be {wanted}")
    if isinstance(value, Tensor):
        if rule["fixed"]:
            raise TypeError(f"{name} cannot differ between environments; pass one value")
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
        if not isinstance(value, bool):
            raise TypeError(f"{name} is {value!r}; it must be true or false")
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}; it must be a number")
    if not abs(value) <= float_info.max:  # nan, inf, and whole numbers beyond any float
        raise ValueError(f"{name} is {value!r}; it must be finite")
    if rule["low"] is not None and value < rule["low"]:
        raise ValueError(f"{name} is {value!r}; it must be at least {rule['low']!r}")
    if rule["above"] is not None and value <= rule["above"]:
        raise ValueError(f"{name} is {value!r}; it must be greater than {rule['above']!r}")
    if rule["high"] is not None and value > rule["high"]:
        raise ValueError(f"{name} is {value!r}; it must be at most {rule['high']!r}")
    if isinstance(sample, int) and value != int(value):
        raise TypeError(f"{name} is {value!r}; it must be a whole number")
