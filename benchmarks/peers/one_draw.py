"""The cost model of one draw in plain Python, month after month, for the peers that work draw by draw."""

from __future__ import annotations

import math
from typing import Any

KEYS = """
workload.queries_per_month workload.annual_growth labor.weekly_rate observability.monthly
price.input price.output price.annual_decline price.small_input price.small_output price.tuned_premium
price.training price.embedding
tokens.system tokens.examples tokens.tuned_system tokens.question tokens.retrieved tokens.output
cache.prompt_hit_rate cache.retrieved_hit_rate cache.read_multiplier cache.write_multiplier cache.answer_hit_rate
prompt.setup_weeks rag.setup_weeks rag.upkeep_weeks_per_month rag.vector_db_monthly rag.search_price
rag.corpus_tokens rag.monthly_refresh_share
tune.curation_weeks eval.weeks tune.pipeline_weeks tune.deploy_weeks tune.examples tune.tokens_per_example
tune.runs tune.epochs tune.gpu_hours_per_run tune.hosting_monthly
drift.retrain_interval_months drift.refresh_share gpu.hourly_rate gpu.annual_decline
serve.tokens_per_second serve.target_utilisation serve.peak_to_mean serve.min_replicas serve.ops_weeks_per_month
fallback.rate tune.share_with_retrieval drift.retrain_interval_retrieval_months
quality.accuracy_prompt quality.accuracy_rag quality.accuracy_tuned quality.accuracy_hybrid
quality.loss_per_quarter quality.cost_per_error fallback.auroc
""".split()
"""The inputs of `one_draw`, in its order."""


def one_draw(x: Any, discount: Any, path: Any) -> None:
    """Fill path[m, s], the cumulative discounted cost of strategy s after month m = 0 … H.

    x: values of KEYS. discount: (H + 1,). path: an array, or in plain Python a dict. Numba compiles it as it stands.
    """
    volume, growth, labor, watch = x[0], x[1], x[2], x[3]
    p_in, p_out, decline, t_in, t_out, premium = x[4], x[5], x[6], x[7], x[8], 1 + x[9]
    train_price, embed = x[10], x[11]
    s, examples, tuned_s, u, r, o = x[12], x[13], x[14], x[15], x[16], x[17]
    hit, retrieved_hit, read, write, c = x[18], x[19], x[20], x[21], 1 - x[22]
    prompt_weeks, rag_weeks, upkeep, database, search = x[23], x[24], x[25], x[26], x[27]
    corpus, refresh = x[28] * embed / 1e6, x[29]
    people, pipeline, deploy = (x[30] + x[31]) * labor, x[32] * labor, x[33] * labor
    hosted, hosting = x[36] * x[34] * x[35] * x[37] * train_price / 1e6, x[39]
    interval, share, gpu, gpu_decline = x[40], x[41], x[42], x[43]
    own = x[36] * x[38] * gpu
    capacity, peak, min_replicas, operations = 730 * 3600 * x[44] * x[45], x[46], x[47], x[48] * labor
    fallback, tuning, hybrid_interval = x[49], x[50], x[51]
    prompt_right, rag_right, launch, hybrid_launch, loss, per_error = x[52], x[53], x[54], x[55], x[56], x[57]
    caught_at_most = fallback ** ((1 - x[58]) / x[58])

    k_s = hit * read + (1 - hit) * write
    k_r = 1 - retrieved_hit * (1 - read)
    frontier = c / 1e6 * (p_in * (k_s * s + k_r * r + u) + p_out * o)
    prompt_token = c / 1e6 * (p_in * (k_s * (s + examples) + u) + p_out * o)
    hosted_token = c / 1e6 * premium * (t_in * (k_s * tuned_s + u) + t_out * o)
    hybrid_token = (
        c / 1e6 * premium * (t_in * (k_s * tuned_s + k_r * r + u) + t_out * o) + fallback * frontier
    )
    per_query = c * (search / 1e3 + embed * u / 1e6)
    prompt_query = (1 - prompt_right) * per_error
    rag_query = per_query + (1 - rag_right) * per_error
    rag_month = corpus * refresh + database + watch + upkeep * labor
    load = c * (tuned_s + u + o) * peak / capacity

    prompt = prompt_weeks * labor
    rag = rag_weeks * labor + corpus
    tuned_hosted = people + pipeline + hosted
    self_hosted = people + pipeline + deploy + own
    hybrid = tuning * (people + hosted) + pipeline + rag_weeks * labor + corpus
    path[0, 0], path[0, 1], path[0, 2], path[0, 3], path[0, 4] = (
        prompt,
        rag,
        tuned_hosted,
        self_hosted,
        hybrid,
    )

    q, p, g = volume, 1.0, 1.0
    q_step, p_step, g_step = (
        (1 + growth) ** (1 / 12),
        (1 - decline) ** (1 / 12),
        (1 - gpu_decline) ** (1 / 12),
    )
    done = hybrid_done = 0.0
    last = hybrid_last = 0.0
    horizon = len(discount) - 1
    for month in range(1, horizon + 1):
        if month > 1:
            q *= q_step
            p *= p_step
            g *= g_step
        worth, qp = discount[month], q * p
        wrong = q * (1 - max(0.0, launch - loss * (month - 1 - last) / 3)) * per_error
        errors = 1 - max(0.0, hybrid_launch - loss * (month - 1 - hybrid_last) / 3)
        caught = min(fallback / errors, caught_at_most)
        hybrid_wrong = q * ((1 - caught) * errors + caught * (1 - rag_right)) * per_error
        again = hybrid_again = 0.0
        if month < horizon:
            so_far, hybrid_so_far = (
                float(math.floor(month / interval)),
                float(math.floor(month / hybrid_interval)),
            )
            again, hybrid_again = so_far - done, hybrid_so_far - hybrid_done
            done, hybrid_done = so_far, hybrid_so_far
            if again > 0:
                last = float(month)
            if hybrid_again > 0:
                hybrid_last = float(month)
        gpus = max(min_replicas, float(math.ceil(load * q)))
        prompt += worth * (qp * prompt_token + q * prompt_query + watch)
        rag += worth * (qp * frontier + q * rag_query + rag_month)
        tuned_hosted += worth * (
            qp * hosted_token + hosting + watch + again * share * (people + hosted) + wrong
        )
        self_hosted += worth * (
            gpus * 730 * gpu * g + operations + watch + again * share * (people + own * g) + wrong
        )
        hybrid += worth * (
            qp * hybrid_token
            + q * per_query
            + rag_month
            + hosting
            + hybrid_again * tuning * share * (people + hosted)
            + hybrid_wrong
        )
        path[month, 0], path[month, 1], path[month, 2] = prompt, rag, tuned_hosted
        path[month, 3], path[month, 4] = self_hosted, hybrid
