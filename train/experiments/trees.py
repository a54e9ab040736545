"""Shallow decision trees that say in words what decides."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .intervals import Array

DEPTH = 3  # as many questions as one keeps in mind
LEAST = 20  # a leaf holds at least that fraction of the cells, one in so many


class Leaf(NamedTuple):
    """Cells that are alike: the conditions that they meet, the mean of what was asked about them, and how many they are."""

    words: str
    value: float
    cells: int


def features(cells: pd.DataFrame) -> pd.DataFrame:
    """What tells cells apart, as numbers: a word becomes a column for each of its values."""
    table = dict[str, Any]()
    for name in cells:
        if name.startswith("point.") or cells[name].nunique(dropna=False) < 2:
            continue
        if pd.api.types.is_numeric_dtype(cells[name]):
            table[name] = cells[name].to_numpy(np.float64)
        else:
            words = cells[name].map(str)
            table |= {
                f"{name} = {word}": (words == word).to_numpy(np.float64) for word in dict.fromkeys(words)
            }
    return pd.DataFrame(table, index=cells.index)


def leaves(table: pd.DataFrame, target: Array) -> list[Leaf]:
    """The leaves of a tree over these features, the greatest first; one leaf where nothing tells them apart."""
    from sklearn.tree import DecisionTreeRegressor

    if table.empty:
        return [Leaf("everywhere", float(np.mean(target)), len(target))]
    least = max(1, len(target) // LEAST)
    tree = DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=least, random_state=0)
    found = _leaves(tree.fit(table.to_numpy(), target).tree_, list(table), 0, {})
    return sorted(found, key=lambda leaf: -leaf.value)


def _leaves(tree: Any, names: list[str], node: int, limits: dict[str, tuple[float, float]]) -> list[Leaf]:
    if tree.children_left[node] < 0:
        words = " and ".join(_condition(name, *limit) for name, limit in limits.items()) or "everywhere"
        return [Leaf(words, float(tree.value[node].reshape(-1)[0]), int(tree.n_node_samples[node]))]
    name, at = names[tree.feature[node]], float(tree.threshold[node])
    low, high = limits.get(name, (-np.inf, np.inf))
    left = _leaves(tree, names, tree.children_left[node], limits | {name: (low, at)})
    return left + _leaves(tree, names, tree.children_right[node], limits | {name: (at, high)})


def _condition(name: str, low: float, high: float) -> str:
    if " = " in name:
        return name if low > -np.inf else name.replace(" = ", " is not ")
    if low > -np.inf and high < np.inf:
        return f"{low:.4g} < {name} ≤ {high:.4g}"
    return f"{name} ≤ {high:.4g}" if high < np.inf else f"{name} > {low:.4g}"
