"""`breakeven plan-eval`: how many test examples a gap in accuracy takes, and what gap a set of examples can see."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from distributions import text
from studies.shared.command import options

if TYPE_CHECKING:
    from studies.plan_eval.analysis import Plan


@click.command(
    "plan-eval",
    help="How many test examples it takes to see that one strategy answers better than another when both answer the "
    "same ones (McNemar's test), and what gap a set of examples can see. Writes nothing.",
    epilog="Example: breakeven plan-eval --gap 0.05 --discordance 0.2. Of two strategies right on 85 and 90 % whose "
    "errors have nothing to do with each other, the discordance is 0.85 x 0.10 + 0.15 x 0.90 = 0.22; where they err "
    "on the same examples it falls towards the gap itself.",
)
@click.option("--gap", type=float, required=True, metavar="SHARE", help="Difference of the two accuracies.")
@click.option(
    "--discordance",
    type=float,
    required=True,
    metavar="SHARE",
    help="Share of examples on which just one of the two is right.",
)
@click.option(
    "--power", type=float, default=0.8, show_default=True, metavar="SHARE", help="Probability to see the gap."
)
@click.option(
    "--level", type=float, default=0.05, show_default=True, metavar="SHARE", help="Of the two-sided test."
)
@options.number("--examples", default=200, most=1_000_000_000, help="Size of a set: which gap can it see?")
@options.as_json
def command(gap: float, discordance: float, power: float, level: float, examples: int, as_json: bool) -> None:
    """The command; the study is `studies.plan_eval.analysis.plan`."""
    from studies.plan_eval.analysis import plan

    planned = plan(gap, discordance, power, level, examples)
    if as_json:
        from studies.shared.folder.contents import document

        click.echo(document(planned), nl=False)
        return
    for line in _lines(planned):
        click.echo(line)


def _lines(planned: Plan) -> list[str]:
    points = f"{text.number(100 * planned.gap, 3)} points"
    if planned.its_gap_exact is None:
        seen = (
            f"{text.count(planned.examples, 'example')} can see no gap with that power: even where all discordant "
            "examples go one way there are too few"
        )
    else:
        seen = (
            f"{text.count(planned.examples, 'example')} can see a gap of {_points(planned.its_gap_exact)} or more "
            f"(normal approximation: {_points(planned.its_gap_normal)})"
        )
    return [
        f"To see a gap of {points} with probability {text.percent(planned.power)} takes "
        f"{text.count(planned.needed_exact, 'example')}",
        f"  McNemar's exact test, two-sided at {text.number(100 * planned.level, 3)} %, where "
        f"{text.number(100 * planned.discordance, 3)} % of examples are discordant "
        f"(normal approximation: {math.ceil(planned.needed_normal):,})",
        seen,
        f"  and the gap of {points} with probability {text.percent(planned.its_power)}",
    ]


def _points(gap: float | None) -> str:
    return "none" if gap is None else f"{text.number(100 * gap, 3)} points"
