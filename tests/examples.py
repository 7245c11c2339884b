"""How many examples a test looks at, where it is not as many as the profile has."""

from __future__ import annotations

from hypothesis import settings


def share(of: float) -> settings:
    """A share of the profile's examples, for tests whose examples cost much."""
    return settings(max_examples=max(1, round(of * settings().max_examples)))
