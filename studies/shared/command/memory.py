"""Whether there is room to draw: asked before, since libraries that lack memory in mid-work may abort the process."""

from __future__ import annotations

ENOUGH = 2**30
"""Bytes of address space in which a run gets through."""


def check() -> None:
    """Raises MemoryError where a limit leaves less (`ulimit -v`).

    Without it C code is the first to notice: the loader, LLVM and HDF5 then end the process with words of their own,
    or a thread dies and others wait for it.
    """
    if address_space() < ENOUGH:
        raise MemoryError("too small an address space")


def missing(error: BaseException | None) -> bool:
    """Whether memory is what was missing; a library that could not be loaded for want of it has words of its own."""
    while error is not None:
        message = str(error)
        if isinstance(error, MemoryError) or any(
            sign in message for sign in ("failed to map segment", "allocate memory", "start new thread")
        ):
            return True
        # C code that is denied memory may come back without saying why
        if isinstance(error, ImportError | SystemError) and address_space() < ENOUGH:
            return True
        error = error.__cause__ or error.__context__
    return False


def address_space() -> float:
    """Bytes that this process may reserve."""
    try:
        import resource
    except ImportError:  # pragma: no cover - Windows has no such limits
        return float("inf")
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return float("inf") if limit == resource.RLIM_INFINITY else float(limit)
