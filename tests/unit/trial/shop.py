"""A trial with history that another package publishes: its users, made again."""

import numpy as np
import pandas as pd


def users() -> pd.DataFrame:
    """The draws of tea-tasting 1.14.0, ``make_users_data(rng=42, covariates=True)``, in order.

    4,000 users of two variants; sessions, orders and, from before the trial, orders.
    """
    random, number = np.random.default_rng(42), 4_000
    variant = random.binomial(n=1, p=0.5, size=number)
    sessions = 1 + random.poisson(lam=np.ones(number))
    uplift = 1 + 0.1 * variant
    per_session = random.beta(a=0.25 * uplift, b=1 - 0.25 * uplift, size=number)
    orders = random.binomial(n=sessions, p=per_session)
    random.lognormal(mean=np.zeros(number), sigma=0.5)  # revenue per order, not used here
    sessions_before = random.poisson(lam=sessions)
    before = random.binomial(n=sessions_before, p=per_session / uplift)
    arm = np.where(variant == 1, "treatment", "control")
    return pd.DataFrame(
        {"arm": arm, "sessions": sessions, "orders": orders, "orders_before": before}
    )
