"""The command that compares conviction voting's speed with the original's."""

from envs.conviction_voting.original import ORIGINAL, Arguments, table


def test_table_holds_every_task_and_a_ratio() -> None:
    text = table(Arguments(batch=2, runs=1, compile=False, tasks=("tokenomics/ConvictionVotingSeed-v0",)))
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| tokenomics")]
    assert [row[3].strip() for row in rows] == [
        "economy, published rho 0.02", "economy, lively rho 0.001", "task, rho 0.0022",
    ]  # fmt: skip
    for row in rows:
        rate, original, ratio = (float(row[i].replace(",", "")) for i in (6, 8, 9))
        assert original == ORIGINAL["tokenomics/ConvictionVotingSeed-v0"][1]
        assert abs(ratio - rate / original) <= 1.0
        assert rate > 0.0
