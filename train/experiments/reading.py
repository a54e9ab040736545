"""A design from YAML, and back: strictly, with the place of every mistake."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from .design import Arm, Design, Trajectories
from .figures import Figure, Goal
from .sampling import Range, Vary

Kind = TypeVar("Kind")


def read_design(file: Path | str) -> Design:
    """The design in a YAML file.

    Raises:
        ValueError: it cannot be read, or asks for what cannot be had; one line that begins with the file's name.
    """
    try:
        content = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} is not YAML: {' '.join(str(error).split())}") from None
    try:
        return design_of(content)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None


def design_of(content: Any) -> Design:
    """The design in what a YAML file holds.

    Raises:
        ValueError: it asks for what cannot be had.
    """
    return record(Design, content, "")


def content_of(design: Design) -> dict[str, Any]:
    """What a YAML file of this design holds, with every default spelt out."""
    plain: dict[str, Any] = _plain(asdict(design))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def record(kind: type[Kind], content: Any, where: str) -> Kind:
    """A dataclass from a mapping of its fields.

    Raises:
        ValueError: a field is unknown, missing or of another kind.
    """
    inside = f"{where}: " if where else ""
    if not isinstance(content, Mapping):
        raise ValueError(f"{inside}{content!r} is no mapping of {', '.join(_names(kind))}")
    for name in content:
        if name not in _names(kind):
            raise ValueError(f"{inside}unknown entry {name!r}; there are {', '.join(_names(kind))}")
    hints = get_type_hints(kind)
    for one in fields(kind):  # type: ignore[arg-type]
        if one.default is MISSING and one.default_factory is MISSING and one.name not in content:
            raise ValueError(f"{inside}{one.name} is missing")
    values = {
        name: _read(hints[name], value, f"{where}.{name}" if where else str(name))
        for name, value in content.items()
    }
    try:
        return kind(**values)
    except ValueError as error:
        raise ValueError(f"{inside}{error}") from None


def _names(kind: type[Any]) -> list[str]:
    return [one.name for one in fields(kind)]


def _read(hint: Any, value: Any, where: str) -> Any:
    """A value of a field's type."""
    if hint in (Arm, Figure, Goal, Trajectories, Vary):
        return record(hint, {} if value is None and hint is Arm else value, where)
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _either(inside, value, where)
    if origin is tuple:
        return _listed(inside[0], value, where)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapped(inside[1], value, where)
    if origin is Literal:
        return _of(
            value in inside and not isinstance(value, bool),
            value,
            where,
            f"one of {', '.join(map(str, inside))}",
        )
    reader: Callable[[Any, str], Any] | None = READERS.get(hint)
    return value if reader is None else reader(value, where)


def _either(inside: tuple[Any, ...], value: Any, where: str) -> Any:
    if Range in inside:
        return record(Range, value, where) if isinstance(value, Mapping) else _levels(value, where)
    if value is None and NoneType in inside:
        return None
    if isinstance(value, bool) and bool in inside:
        return value
    kept = [one for one in inside if one not in (NoneType, bool)]
    if bool in inside and get_origin(kept[0]) is Literal:
        return _of(value in get_args(kept[0]), value, where, f"true, false or {', '.join(get_args(kept[0]))}")
    return _read(kept[0], value, where)


def _levels(value: Any, where: str) -> tuple[Any, ...]:
    _of(isinstance(value, list), value, where, "a list of values, or a range {low: , high: }")
    return tuple(_level(one) for one in value)


def _level(value: Any) -> Any:
    if isinstance(value, str) and _numeric(value):  # YAML reads 1e5 as a word
        return float(value)
    return tuple(map(_level, value)) if isinstance(value, list) else value


def _listed(kind: Any, value: Any, where: str) -> tuple[Any, ...]:
    if isinstance(value, str):
        value = [value]
    _of(isinstance(value, list), value, where, "a list")
    return tuple(_read(kind, one, f"{where}[{place}]") for place, one in enumerate(value, start=1))


def _mapped(kind: Any, value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    _of(isinstance(value, Mapping), value, where, "a mapping of names")
    return {str(name): _read(kind, one, f"{where}.{name}") for name, one in value.items()}


def _numeric(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _number(value: Any, where: str) -> float:
    value = _level(value)
    return _of(isinstance(value, int | float) and not isinstance(value, bool), value, where, "a number")  # type: ignore[no-any-return]


def _count(value: Any, where: str) -> int:
    return _of(isinstance(value, int) and not isinstance(value, bool), value, where, "a whole number")  # type: ignore[no-any-return]


def _text(value: Any, where: str) -> str:
    return _of(isinstance(value, str), value, where, "text")  # type: ignore[no-any-return]


def _truth(value: Any, where: str) -> bool:
    return _of(isinstance(value, bool), value, where, "true or false")  # type: ignore[no-any-return]


READERS: Mapping[Any, Callable[[Any, str], Any]] = {float: _number, int: _count, str: _text, bool: _truth}


def _of(right: bool, value: Any, where: str, wanted: str) -> Any:
    if not right:
        raise ValueError(f"{where} is {value!r}; it must be {wanted}")
    return value
