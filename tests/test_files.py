"""Where results go: tried before the work, and files that are whole or not there."""

import errno
from pathlib import Path

import pytest

from train.writing.files import file_for, folder_for, publish, unused, whole, write_atomically


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


def test_files_that_belong_together_are_all_written_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, {"a.md": "old", "b.csv": "old"})
    write, free = Path.write_bytes, [1]

    def full(path: Path, content: bytes) -> int:
        if not free:
            raise OSError(errno.ENOSPC, "No space left on device")
        free.pop()
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*b\.csv'"):
        publish(tmp_path, {"a.md": "new", "b.csv": "new"})
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.md": "old", "b.csv": "old"}


def test_a_link_stays_and_leads_to_the_new_file(tmp_path: Path) -> None:
    (tmp_path / "dated.csv").write_text("old")
    (tmp_path / "latest.csv").symlink_to("dated.csv")
    write_atomically(tmp_path / "latest.csv", "new")
    assert (tmp_path / "latest.csv").is_symlink()
    assert (tmp_path / "dated.csv").read_text() == "new"
    for name, target in (("round", "round"), ("nowhere", "none/x")):
        (tmp_path / name).symlink_to(target)
        with pytest.raises(ValueError, match="is a link that leads nowhere"):
            file_for(tmp_path / name)
