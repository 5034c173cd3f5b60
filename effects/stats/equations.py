"""Least squares with rep effects, period effects and a few dummies, as sums over reps.

Sweeping out rep i's effect from its row of weights w_i (T,) and dummies X_i leaves X_i' W_i X_i - z_i z_i' with
z_i = X_i' w_i / sqrt(W_i). What remains to solve is small, (T + P) x (T + P), and adds up over reps, so that the
equations without a team are a subtraction. P placebo dummies are given by ``column`` (N, T): 0..P-1, or -1.
"""

from __future__ import annotations

import numpy as np

from lms.arrays import FloatArray, IntArray


def equations(
    weight: FloatArray, outcome: FloatArray, column: IntArray | None = None, number: int = 0
) -> tuple[FloatArray, FloatArray]:
    """Matrix (T+P, T+P) and right side (T+P,) for period effects and placebos; ``weight`` is 0 where unused."""
    periods = weight.shape[1]
    swept, residual = _sweep(weight, outcome, column, number)
    matrix = -(swept.T @ swept)
    matrix[np.diag_indices(periods)] += weight.sum(axis=0)
    right = np.zeros(periods + number)
    right[:periods] = residual.sum(axis=0)
    if column is not None and number:
        n, t = np.nonzero(column >= 0)
        _add_placebos(matrix[None], right[None], 0 * n, t, periods + column[n, t], weight[n, t], residual[n, t])
    return matrix, right


def equations_by_cluster(
    weight: FloatArray, outcome: FloatArray, cluster: IntArray, column: IntArray | None = None, number: int = 0
) -> tuple[FloatArray, FloatArray]:
    """The same per cluster: (G, T+P, T+P) and (G, T+P). Rows sorted by ``cluster``, which runs 0..G-1."""
    periods = weight.shape[1]
    swept, residual = _sweep(weight, outcome, column, number)
    edges = np.flatnonzero(np.diff(cluster, prepend=-1))
    matrix = -np.add.reduceat(swept[:, :, None] * swept[:, None, :], edges, axis=0)
    diagonal = np.arange(periods)
    matrix[:, diagonal, diagonal] += np.add.reduceat(weight, edges, axis=0)
    right = np.zeros((len(edges), periods + number))
    right[:, :periods] = np.add.reduceat(residual, edges, axis=0)
    if column is not None and number:
        n, t = np.nonzero(column >= 0)
        _add_placebos(matrix, right, cluster[n], t, periods + column[n, t], weight[n, t], residual[n, t])
    return matrix, right


def _sweep(
    weight: FloatArray, outcome: FloatArray, column: IntArray | None, number: int
) -> tuple[FloatArray, FloatArray]:
    """z_i (N, T+P) and the weighted residual from the own mean (N, T)."""
    total = weight.sum(axis=1)
    safe = np.where(total > 0, total, 1.0)
    mean = (weight * outcome).sum(axis=1) / safe
    placebo = np.zeros((len(weight), number))
    if column is not None and number:
        n, t = np.nonzero(column >= 0)
        np.add.at(placebo, (n, column[n, t]), weight[n, t])
    swept = np.hstack([weight, placebo]) / np.sqrt(safe)[:, None]
    return swept, weight * (outcome - mean[:, None])


def _add_placebos(
    matrix: FloatArray,
    right: FloatArray,
    g: IntArray,
    t: IntArray,
    row: IntArray,
    weight: FloatArray,
    residual: FloatArray,
) -> None:
    """Adds X'WX of the placebo dummies in place: one entry per placebo cell."""
    np.add.at(matrix, (g, t, row), weight)
    np.add.at(matrix, (g, row, t), weight)
    np.add.at(matrix, (g, row, row), weight)
    np.add.at(right, (g, row), residual)
