"""`breakeven warm`: compile the kernel once, so that the first run need not."""

from __future__ import annotations

import click


@click.command(
    "warm",
    help="Compile the kernel and keep it on disk, so that the first run starts at once.",
    epilog="Example: breakeven warm (after installing, or in the build of an image)",
)
def command() -> None:
    """The command; one small run of each kind compiles everything."""
    import time

    from distributions.sampling.jit import cache_folder
    from sim import Model, Scenario, evaluate, simulate
    from sim.draws.value_cache import Memory

    started = time.monotonic()
    scenario = Scenario.from_dict({})
    evaluate(scenario)
    simulate(scenario, 256)
    simulate(scenario, 256, design="aligned")
    simulate(scenario, 256, memory=Memory(1 << 20))
    simulate(
        Model({"x": {"uniform": {"min": 0.0, "max": 1.0}}}, ("y",), lambda values: {"y": values["x"]}), 256
    )
    folder = cache_folder()
    where = f"kept in {folder}" if folder is not None else "no folder could be written to keep it in"
    click.echo(f"compiled in {time.monotonic() - started:.1f} s; {where}", err=True)
