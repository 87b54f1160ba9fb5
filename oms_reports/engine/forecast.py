"""Short forecasts of one series, and how wrong they would have been: no database here.

Simple methods compete: every one of the last periods is forecast from those before it, and the
method with the smallest error says what comes next. The error that is told is the one that this
would have made in each of the last periods, with the method that had been the best until then: who
chooses the winner afterwards always looks good. Beside it stands the error of the naive forecast
(the same as last time), which anything must beat to be of use.
"""

from dataclasses import dataclass

SEASON = 52
# Periods that a method sees before its first trial, and trials at most that decide between them.
WARM_UP = 6
TRIALS = 13


@dataclass(frozen=True, slots=True)
class Forecast:
    """What comes next and how far to believe it.

    :ivar value: the next period, never negative
    :ivar method: name of the method that did best
    :ivar wape: sum of absolute errors of what would have been forecast ÷ sum of demand, ``None``
        where it can't be said
    :ivar naive_wape: the same of the naive forecast
    :ivar bias: sum of errors ÷ sum of demand; positive: it forecast too much
    """

    value: float
    method: str
    wape: float | None
    naive_wape: float | None
    bias: float | None


def naive(series):
    return series[-1]


def mean(series, window=4):
    tail = series[-window:]
    return sum(tail) / len(tail)


def smoothed(series, alpha=0.3):
    """Simple exponential smoothing."""
    level = series[0]
    for value in series[1:]:
        level += alpha * (value - level)
    return level


def damped_trend(series, alpha=0.3, beta=0.1, phi=0.9):
    """Holt's linear trend, damped: growth that does not go on for ever."""
    level, trend = series[0], 0.0
    for value in series[1:]:
        before = level
        level = alpha * value + (1 - alpha) * (level + phi * trend)
        trend = beta * (level - before) + (1 - beta) * phi * trend
    return max(level + phi * trend, 0.0)


def seasonal(series):
    """The same week of the year before, moved by what the last weeks are above or below theirs."""
    if len(series) < SEASON + 4:
        return naive(series)
    then = sum(series[-SEASON - 4 : -SEASON])
    level = sum(series[-4:]) / then if then else 1.0
    return series[-SEASON] * min(level, 3.0)


METHODS = {
    "naive": naive,
    "mean": mean,
    "smoothed": smoothed,
    "damped_trend": damped_trend,
    "seasonal": seasonal,
}


def forecast(series):
    """Return the :class:`Forecast` of a series, oldest first; ``None`` for an empty one."""
    if not series:
        return None
    trials = range(max(len(series) - TRIALS, WARM_UP), len(series))
    demand = sum(series[index] for index in trials)
    if not demand:
        return Forecast(mean(series), "mean", None, None, None)
    errors = _errors(series, trials.start - TRIALS)
    told = [errors[_best(errors, index)][index] for index in trials]
    method = _best(errors, len(series))
    return Forecast(
        METHODS[method](series),
        method,
        sum(map(abs, told)) / demand,
        sum(abs(errors["naive"][index]) for index in trials) / demand,
        sum(told) / demand,
    )


def _errors(series, start):
    """``{method: {index: error}}`` of the forecasts from an index on, each from what was before."""
    watched = range(max(start, WARM_UP), len(series))
    return {
        name: {index: method(series[:index]) - series[index] for index in watched}
        for name, method in METHODS.items()
    }


def _best(errors, index):
    """The method with the smallest error in the periods before an index; the mean, if none was
    tried yet."""
    seen = [past for past in errors["naive"] if index - TRIALS <= past < index]
    if not seen:
        return "mean"
    known = [name for name in errors if name != "seasonal" or index >= SEASON + 4 + TRIALS]
    return min(known, key=lambda name: sum(abs(errors[name][past]) for past in seen))
