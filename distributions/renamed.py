"""Names that were renamed: what a file, a link or a command line called them once, and what they are called now.

`errors.did_you_mean` reads this table, so that an old name is refused with the new one wherever it is written.
"""

from __future__ import annotations

from types import MappingProxyType

RENAMED = MappingProxyType(
    {
        # inputs
        "price.tuned_input": "price.small_input",
        "price.tuned_output": "price.small_output",
        "hybrid.fallback_rate": "fallback.rate",
        "hybrid.tuning_share": "tune.share_with_retrieval",
        "hybrid.retrain_interval_months": "drift.retrain_interval_retrieval_months",
        "serve.min_gpus": "serve.min_replicas",
        "tune.eval_weeks": "eval.weeks",
        # keys of the table [market]
        "tuned_model": "small_model",
        # options of commands
        "--output": "--of",
    }
)
"""Old name to new."""
