"""Scores of one example after the other, by sorting."""

import math


def order(scores):
    """Class ids from the most to the least likely; equal scores by class id, NaN last."""
    finite = [k for k, score in enumerate(scores) if not math.isnan(score)]
    return sorted(finite, key=lambda k: (-scores[k], k))


def totals(scores, labels, mask):
    """n, negative log-likelihood, top-1 errors, top-5 errors."""
    n, nll, top1, top5 = 0, 0.0, 0, 0
    for row, label, counted in zip(scores, labels, mask, strict=True):
        if not counted:
            continue
        ranked = order(row)
        n += 1
        nll -= row[label] - math.log(sum(math.exp(score) for score in row))
        top1 += label not in ranked[:1]
        top5 += label not in ranked[:5]
    return n, nll, top1, top5
