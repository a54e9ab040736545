"""Whole episodes, scores, statistics and leaderboards."""
