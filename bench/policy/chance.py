"""Chance that can be had again."""

import random


def chance_of(seed: int) -> random.Random:
    """Give a source of chance that is the same for the same seed."""
    return random.Random(seed)  # noqa: S311 - nothing is secret here
