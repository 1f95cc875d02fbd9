"""The thresholds at which tables, summaries and pictures call results clear, doubtful or broken."""

from __future__ import annotations

#: The probability that the service's credible intervals contain the mean.
LEVEL = 0.9
#: A leader with at least this probability of being best wins, unless the experiment defines a
#: threshold of its own.
DEFAULT_THRESHOLD = LEVEL
#: A treatment with a lower probability of being best is very unlikely to be the best one.
UNLIKELY_BEST = 0.01
#: The units that each treatment needs, and the days that an iteration needs, before its results
#: decide anything. Fewer still change a lot; fewer days do not cover a weekend and a weekday.
MIN_UNITS, MIN_DAYS = 150, 3
#: The skewness of a difference of means up to which it is about normal. It is that of one mean of
#: ``355 * skewness**2`` units, the rule of Kohavi, Deng, Longbotham and Xu (2014).
MAX_SKEWNESS = 355**-0.5
#: Events of a running experiment that are older, in days, suggest that no more arrive.
MAX_AGE_DAYS = 2
#: A mismatch with at least this probability is mentioned, without a warning. About 1 in 20
#: experiments without a mismatch reach it by chance.
POSSIBLE_MISMATCH = 0.95
#: A mismatch with at least this probability causes a warning. The service documents no threshold;
#: this one corresponds to the p-value of 0.01 that is customary in tests for a mismatch.
MISMATCH_THRESHOLD = 0.99
