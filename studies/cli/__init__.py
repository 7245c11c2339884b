"""The command line: arguments in, text out, exit codes. The only package that prints.

`main` is the console command; `python -m studies` is the same. Each command is a file, loaded when it is
asked for, so that `--help` loads none. Nothing heavy is imported here.

Exit status: 0 done; 1 a fault of ours; 2 the user's input is wrong; 3 a requested tolerance was not reached, or a
verified run is not the same; 130 interrupted, 143 terminated, 129 hung up; 141 the reader of the output went away.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from studies.shared.command import memory, stopping

DEBUG = "BREAKEVEN_DEBUG"
"""With this environment variable set, an unexpected error shows its traceback and warnings are not hidden."""

_READABLE = str.maketrans(
    {
        "±": "+/-",
        "–": "-",
        "—": "-",
        "…": "...",
        "×": "x",
        "·": "-",
        "≥": ">=",
        "≤": "<=",
        "∞": "inf",
        "█": "#",
        "▉": "#",
        "▊": "#",
        "▋": "#",
        "▌": "#",
        "▍": "#",
        "▎": "|",
        "▏": "|",
        "▁": ".",
        "▂": ".",
        "▃": ":",
        "▄": ":",
        "▅": "+",
        "▆": "+",
        "▇": "#",
        "├": "|",
        "┤": "|",
        "─": "-",
        "◆": "*",
        "²": "2",
    }
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line (default: that of the process) and returns its exit status. Never raises."""
    debug = bool(os.environ.get(DEBUG))
    try:
        with stopping.watched(), warnings.catch_warnings():
            if not debug:
                # Warnings of libraries are for developers; what a user has to know is said in words.
                warnings.simplefilter("ignore")
            return _run(list(sys.argv[1:] if arguments is None else arguments), debug)
    except KeyboardInterrupt:
        return _stopped("interrupted", signal.SIGINT)
    except stopping.Stopped as stop:
        return _stopped("hung up" if stop.number != signal.SIGTERM else "terminated", stop.number)
    except BrokenPipeError:
        _abandon_output()
        return 141


def run_as(*words: str) -> NoReturn:
    """The process that runs a study's file is the command of these words, with what follows on its command line."""
    sys.exit(main([*words, *sys.argv[1:]]))


def _run(arguments: list[str], debug: bool) -> int:
    from distributions.errors import UserError

    _tolerant_output()
    # A window system is never wanted, and a bad value here stops matplotlib from being imported at all.
    os.environ["MPLBACKEND"] = "agg"
    # Threads are ours to share out: those of the linear algebra within them would get in each other's way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        with stopping.reported_as_stop():
            return _invoke(arguments)
    except UserError as error:
        for fault in error.faults:
            _say(f"error: {fault}")
        return 2
    except BrokenPipeError:
        raise
    except OSError as error:
        if debug:
            raise
        where = f": {error.filename!r}" if error.filename is not None else ""
        _say(f"error: {error.strerror or error}{where}")
        return 2
    except Exception as error:
        if debug:
            raise
        if memory.missing(error):
            _say(
                "error: there is not memory enough: a run takes about 1 GB (1 GiB of address space, see 'ulimit -v'), "
                "and with --keep-draws 2 kB more for each draw; fewer --threads need less"
            )
            return 2
        _say(
            f"internal error: {type(error).__name__}: {error} (this is a fault of breakeven, not of "
            f"your input; "
            f"please report it with the output of the same command under {DEBUG}=1)"
        )
        return 1


def _invoke(arguments: list[str]) -> int:
    from studies.cli.group import COMPLETE, complete, invoke

    if COMPLETE in os.environ:
        return complete(os.environ[COMPLETE])
    status = invoke(arguments)
    if sys.stdout is not None:
        sys.stdout.flush()
    return status


def _say(message: str) -> None:
    """One line on stderr, with nothing in it that a terminal would act upon."""
    from distributions.text import clean

    if sys.stderr is not None:
        try:
            print(clean(message), file=sys.stderr, flush=True)
        except OSError:
            return


def _stopped(what: str, number: int) -> int:
    # Buffered output is dropped: half a document is worse than none.
    _abandon_output()
    # An interrupt that went through the execution of a text, as of a dataclass in the making, is noted by the
    # interpreter, and `python -m` then ends by the signal. The next text strikes the note out.
    exec("")
    _say(what)
    return 128 + number


def _abandon_output() -> None:
    """Points stdout to nowhere, so that flushing it at exit cannot fail."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
    except OSError:
        return


def _tolerant_output() -> None:
    """Lets output that the terminal's encoding cannot show degrade to plain characters instead of failing."""
    import codecs
    import io

    def plain(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        unreadable = error.object[error.start : error.end]
        return "".join(c.translate(_READABLE) if ord(c) in _READABLE else "?" for c in unreadable), error.end

    codecs.register_error("breakeven", plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="breakeven")
