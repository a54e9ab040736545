"""Tables of injected draws are read strictly."""

import re
from pathlib import Path

import pytest
import torch

from train.judging.draws import read_draws

TABLES = [
    ("a,b\n1,0.2\n0,61,0.38\n", "line 3 has 3 fields; the header has 2"),
    ("a,b\n1,0.2\n0\n", "line 3 has 1 fields; the header has 2"),
    ("a,b,a\n1,1,1\n1,1,1\n", "columns are 'a', 'b', 'a'; each needs a name of its own"),
    ("a,\n1,1\n1,1\n", "columns are 'a', ''; each needs a name of its own"),
    ("a\n1\n", "has 1 rows; 2 steps need 2"),
    ("a\n1\nx\n", "is not a table of numbers"),
    ("a\n1\ninf\n", "column a holds a number that is not finite"),
    ("", "each needs a name of its own"),
]


@pytest.mark.parametrize(("text", "message"), TABLES)
def test_a_table_of_draws_is_read_strictly(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "draws.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=re.escape(message)):
        read_draws(file, 2)


def test_draws_lie_inside_their_laws(tmp_path: Path) -> None:
    file = tmp_path / "draws.csv"
    file.write_text("\ufefftimestep,u,n\n1,0.25,3\n2,1.5,2.5\n", encoding="utf-8")
    first = read_draws(file, 2).chance.at(torch.tensor([0]))
    assert set(first.draws) == {"u", "n"}  # no letter from the byte order mark, and steps are no draws
    assert first.uniform("u").tolist() == [0.25]
    assert first.poisson("n", torch.ones(1)).tolist() == [3.0]
    second = first.at(torch.tensor([1]))
    with pytest.raises(ValueError, match=r"u is 1.5 in line 3; it must be a draw from 0 to 1"):
        second.uniform("u")
    with pytest.raises(ValueError, match=r"n is 2.5 in line 3; it must be a whole number from 0 on"):
        second.poisson("n", torch.ones(1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "it must be a list of objects"),
        ("[1]", "it must be a list of objects"),
        ('[{"u": "a"}]', "is not a list of records of numbers"),
        ("[{", "is not a list of records of numbers"),
        ('[{"u": 0.5}, {"u": 0.5}]', "has 2 records; an initial state and 2 steps need 3"),
        ('[{"u": 0.5}, {"u": NaN}, {"u": 0.5}]', "u of record 1 holds a number that is not finite"),
    ],
)
def test_records_of_draws_are_read_strictly(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "draws.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_draws(file, 2)


def test_records_may_change_their_shape(tmp_path: Path) -> None:
    file = tmp_path / "draws.json"
    file.write_text('[{"u": [[0.1, 0.2]]}, {"u": 0.3}, {"u": 1.4}]', encoding="utf-8")
    chance = read_draws(file, 2).chance
    assert chance.at(torch.tensor([-1])).uniform("u", 1, 2).tolist() == [[[0.1, 0.2]]]
    assert chance.at(torch.tensor([0])).uniform("u").tolist() == [0.3]
    with pytest.raises(ValueError, match=r"u is 1.4 in record 2; it must be a draw from 0 to 1"):
        chance.at(torch.tensor([1])).uniform("u")
