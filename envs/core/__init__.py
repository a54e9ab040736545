"""Foundations that every economy stands on."""
