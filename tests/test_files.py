"""Where results go: tried before the work, and files that are whole or not there."""

from pathlib import Path

import pytest

from train.writing.files import file_for, folder_for, publish, unused, whole


def test_places_for_results(tmp_path: Path) -> None:
    new = tmp_path / "a" / "b"
    assert folder_for(new, "x.md") == new
    assert not new.parent.exists()  # it was tried, and nothing was left
    (new / "x.md").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"x\.md in it is a folder"):
        folder_for(new, "x.md")
    mine = tmp_path / "in.json"
    mine.write_text("{}")
    (tmp_path / "link.json").symlink_to(mine)
    with pytest.raises(ValueError, match="is read by the command itself"):
        file_for(tmp_path / "link.json", mine)
    with pytest.raises(ValueError, match="cannot be written"):
        folder_for(Path("/proc/self/results"))
    assert unused(new) == tmp_path / "a" / "b_2"
    assert unused(tmp_path / "free") == tmp_path / "free"


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("old")

    def fails() -> None:
        with whole(file) as partial:
            partial.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    publish(tmp_path, {"text.md": "× – ∞"})
    assert (tmp_path / "text.md").read_bytes().decode("utf-8") == "× – ∞"
    assert file.read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"table.csv", "text.md"}
