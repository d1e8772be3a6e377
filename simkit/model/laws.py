"""The few mathematical functions of the dynamics.

Only ``math.exp``, ``math.log``, ``math.log1p`` and ``math.sqrt``: with these, plain Python and
compiled code agree to the last bit, which numpy's ufuncs and ``**`` do not.
"""

from __future__ import annotations

import math


def logistic(x: float) -> float:
    """Return 1 / (1 + exp(-x)), without overflow for any finite x."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def logistic_hazard(x: float) -> float:
    """Return -log(1 - logistic(x)): the hazard that an event of probability logistic(x) adds."""
    if x > 0.0:
        return x + math.log1p(math.exp(-x))
    return math.log1p(math.exp(x))


def exponential(u: float, rate: float) -> float:
    """Return the waiting time, at a rate per unit of time, of a uniform; infinite at rate 0."""
    if rate <= 0.0:
        return math.inf
    return -math.log(u) / rate


# AS 241's coefficients, constant term first.
_CENTRE_A = (
    3.3871328727963666080e0,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
)
_CENTRE_B = (
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
)
_MIDDLE_C = (
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
)
_MIDDLE_D = (
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)
_TAIL_E = (
    6.65790464350110377720e0,
    5.46378491116411436990e0,
    1.78482653991729133580e0,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)
_TAIL_F = (
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
)


def rational(x: float, above: tuple[float, ...], below: tuple[float, ...]) -> float:
    """Return the ratio of two polynomials of degree 7, coefficients from the constant term on."""
    num = above[7]
    den = below[7]
    for power in range(6, -1, -1):
        num = num * x + above[power]
        den = den * x + below[power]
    return num / den


def normal_quantile(u: float) -> float:
    """Return the standard normal quantile of 0 < u < 1, to about 15 digits.

    Source: Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988), 477-484.
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        return q * rational(0.180625 - q * q, _CENTRE_A, _CENTRE_B)
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    z = rational(r - 1.6, _MIDDLE_C, _MIDDLE_D) if r <= 5.0 else rational(r - 5.0, _TAIL_E, _TAIL_F)
    return z if q > 0.0 else -z
