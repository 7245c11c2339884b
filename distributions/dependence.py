"""Rank correlations between inputs, through a Gaussian copula.

Spearman's ρ of a pair becomes the correlation r = 2 sin(π ρ/6) of their normal scores (Pearson 1907), which leaves
each input's own distribution as it is; where values have a probability of their own r is solved for
(`rank_matching.py`). The matrix of the r has to be positive semi-definite, which is stricter than the matrix of the ρ
being so (Cario & Nelson 1997).
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from distributions.rank_matching import Atoms, atoms, attained, limits, matched, shown_limits

if TYPE_CHECKING:
    from distributions.spec import Marginal

Matrix = NDArray[np.float64]
TOLERANCE = 1e-10
"""Eigenvalues down to minus this are 0 but for rounding."""
_DECIMALS = 3


@dataclass(frozen=True)
class Copula:
    """Correlated normal scores for the k inputs that any pair names; all others are independent.

    members: their names, in the order of the inputs.
    matrix: (k, k), correlations of the normal scores.
    cholesky: (k, k), lower triangular, cholesky @ cholesky.T = matrix; z = cholesky @ (independent scores).
    """

    members: tuple[str, ...]
    matrix: Matrix = field(repr=False)
    cholesky: Matrix = field(repr=False)

    @property
    def components(self) -> tuple[tuple[str, ...], ...]:
        """The members in groups that are correlated within and independent of each other."""
        groups = _components(self.matrix)
        return tuple(tuple(self.members[i] for i in group) for group in groups)

    def given(self, held: Sequence[str]) -> tuple[Conditional, Copula | None]:
        """The inputs tied to some that are held fixed, given their normal scores; and the copula of all others.

        Raises UserError where two that are held are tied together completely, so that one fixes the other.
        """
        touched = {name for group in self.components if set(group) & set(held) for name in group}
        fixed = [i for i, name in enumerate(self.members) if name in held]
        tied = [i for i, name in enumerate(self.members) if name in touched and name not in held]
        rest = [i for i, name in enumerate(self.members) if name not in touched]
        among = self.matrix[np.ix_(fixed, fixed)]
        if len(fixed) > 1 and least_eigenvalue(among) < TOLERANCE:
            names = " and ".join(self.members[i] for i in fixed)
            raise UserError(Fault(names, "are tied together completely: one fixes the other", "one of them"))
        across = self.matrix[np.ix_(tied, fixed)]
        weights: Matrix = np.linalg.solve(among, across.T).T.astype(float)
        spread = self.matrix[np.ix_(tied, tied)] - weights @ across.T
        conditional = Conditional(
            tuple(self.members[i] for i in fixed),
            tuple(self.members[i] for i in tied),
            weights,
            lower_factor(spread),
        )
        within = np.ix_(rest, rest)
        names_left = tuple(self.members[i] for i in rest)
        # nothing correlates across components, so that part of the factor is the part's factor
        return conditional, Copula(names_left, self.matrix[within], self.cholesky[within]) if rest else None


@dataclass(frozen=True)
class Conditional:
    """Normal scores of k inputs given those of f others: z = weights @ z_held + cholesky @ (independent scores).

    The multivariate normal's conditional distribution (Anderson 1984, theorem 2.5.1).

    held: the f that are given. members: the k. weights: (k, f). cholesky: (k, k), lower triangular.
    """

    held: tuple[str, ...]
    members: tuple[str, ...]
    weights: Matrix = field(repr=False)
    cholesky: Matrix = field(repr=False)


def correlation(pairs: Iterable[Any], inputs: Mapping[str, Marginal]) -> Copula:
    """The copula of pairs ((input, input), Spearman's rank correlation).

    A correlation of 1 or -1 ties two inputs together: each is then a rising, or falling, function of the other.

    Raises:
        UserError: not two different, uncertain, known inputs; a pair twice; a correlation not from -1 to 1, or beyond
            what inputs with ties can have (keys "dependence.<number from 0>.…"); or a matrix that no copula has:
            names the inputs that clash, the least eigenvalue and the nearest feasible values.
    """
    faults: list[Fault] = []
    ties: dict[str, Atoms] = {}
    ranks: dict[tuple[str, str], float] = {}
    for number, (names, value) in enumerate(pairs):
        pair_faults = _pair_faults(f"dependence.{number}", names, value, inputs)
        if not pair_faults:
            order = list(inputs)
            first, second = sorted(names, key=order.index)
            if (first, second) in ranks:
                pair_faults = [
                    Fault(f"dependence.{number}", f"{names[0]} and {names[1]} are correlated already")
                ]
            ranks[first, second] = float(value)
            ties |= {name: atoms(inputs[name].distribution) for name in (first, second) if name not in ties}
            pair_faults += _beyond_limits(f"dependence.{number}", (first, second), float(value), ties)
        faults += pair_faults
    if faults:
        raise UserError(*faults)
    named = {name for pair in ranks for name in pair}
    members = tuple(name for name in inputs if name in named)
    position = {name: i for i, name in enumerate(members)}
    rank_matrix = np.eye(len(members))
    for (first, second), value in ranks.items():
        i, j = position[first], position[second]
        rank_matrix[i, j] = rank_matrix[j, i] = value
    of_members = [ties[name] for name in members]
    matrix = normal_scores(rank_matrix, of_members)
    for group in _components(matrix):
        part = np.ix_(group, group)
        if least_eigenvalue(matrix[part]) < -TOLERANCE:
            tied = [of_members[i] for i in group]
            faults.append(_infeasible([members[i] for i in group], rank_matrix[part], tied, ranks))
    if faults:
        raise UserError(*faults)
    return Copula(members, matrix, lower_factor(matrix))


def normal_scores(rank: Matrix, ties: Sequence[Atoms] = ()) -> Matrix:
    """Spearman's correlations as those of the normal scores, 2 sin(π ρ/6); 1 and -1 stay exact.

    ties: of each input the values with a probability of their own; none unless given.
    """
    scores: Matrix = np.where(np.abs(rank) == 1, rank, 2 * np.sin(np.pi * rank / 6))
    for i, j in _tied_pairs(ties):
        scores[i, j] = scores[j, i] = matched(float(rank[i, j]), ties[i], ties[j])
    return scores


def _rank_correlations(scores: Matrix, ties: Sequence[Atoms]) -> Matrix:
    """Spearman's correlations of inputs whose normal scores are correlated like this: undoes `normal_scores`."""
    rank: Matrix = 6 / np.pi * np.arcsin(scores / 2)
    for i, j in _tied_pairs(ties):
        rank[i, j] = rank[j, i] = attained(float(scores[i, j]), ties[i], ties[j])
    return rank


def _tied_pairs(ties: Sequence[Atoms]) -> list[tuple[int, int]]:
    """The pairs of which at least one input has values with a probability of their own."""
    return [(i, j) for j in range(len(ties)) for i in range(j) if ties[i] or ties[j]]


def least_eigenvalue(matrix: Matrix) -> float:
    """The least eigenvalue of a symmetric matrix; below 0, it is no correlation matrix."""
    return float(np.linalg.eigvalsh(matrix)[0])


def nearest_feasible(rank: Matrix, ties: Sequence[Atoms] = ()) -> Matrix:
    """Rank correlations near the given ones that a Gaussian copula can have, to three decimals.

    The nearest correlation matrix (Higham 2002) to that of the normal scores, converted back, and drawn towards
    independence by as little as rounding makes necessary. ties: as in `normal_scores`.
    """
    nearest = np.clip(_higham(normal_scores(rank, ties)), -1.0, 1.0)
    back = _rank_correlations(nearest, ties)
    for shrink in np.linspace(0.0, 1.0, 1001):
        feasible: Matrix = np.round(back * (1.0 - shrink), _DECIMALS)
        np.fill_diagonal(feasible, 1.0)
        if least_eigenvalue(normal_scores(feasible, ties)) >= -TOLERANCE:
            break
    return feasible


def _pair_faults(key: str, names: Any, value: Any, inputs: Mapping[str, Marginal]) -> list[Fault]:
    where, allowed = f"{key}.inputs", "two different inputs"
    if (
        isinstance(names, str)
        or not isinstance(names, Sequence)
        or not all(isinstance(n, str) for n in names)
    ):
        return [Fault(where, f"found {names!r:.60}", allowed)]
    faults = []
    for name in dict.fromkeys(names):
        if name not in inputs:
            faults.append(Fault(where, f"unknown input '{name:.60}'", hint=did_you_mean(name, inputs)))
        elif inputs[name].certain:
            problem = f"{name} is a plain number and has no spread to correlate"
            faults.append(Fault(where, problem, "inputs with a distribution"))
    if len(names) != 2:
        faults.append(Fault(where, f"found {len(names)} inputs", allowed))
    elif names[0] == names[1]:
        faults.append(Fault(where, f"{names[0]} is named twice", allowed))
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not -1 <= value <= 1:
        faults.append(Fault(f"{key}.rank_correlation", f"found {value!r:.60}", "a number from -1 to 1"))
    return faults


def _beyond_limits(key: str, names: tuple[str, str], value: float, ties: Mapping[str, Atoms]) -> list[Fault]:
    """The fault of a correlation that two inputs cannot have since values of theirs tie."""
    first, second = (ties[name] for name in names)
    if not (first or second):
        return []
    least, most = limits(first, second)
    if least - TOLERANCE <= value <= most + TOLERANCE:
        return []
    low, high = shown_limits(first, second)
    which = " and ".join(name for name in names if ties[name])
    has = "has" if bool(first) != bool(second) else "have"
    return [
        Fault(
            f"{key}.rank_correlation",
            f"found {value:g}, stronger than {names[0]} and {names[1]} can have: {which} {has} values with a "
            "probability of their own, whose draws tie",
            f"from {low:g} to {high:g}",
        )
    ]


def _components(matrix: Matrix) -> list[list[int]]:
    """Indices in connected groups, in order."""
    left = set(range(len(matrix)))
    groups = []
    while left:
        group = {min(left)}
        while more := {j for i in group for j in left if matrix[i, j] != 0} - group:
            group |= more
        left -= group
        groups.append(sorted(group))
    return groups


def _infeasible(
    members: Sequence[str], rank: Matrix, ties: Sequence[Atoms], given: Mapping[tuple[str, str], float]
) -> Fault:
    """The fault of one group, given some of its pairs: the eigenvector of the least eigenvalue says who clashes."""
    values, vectors = np.linalg.eigh(normal_scores(rank, ties))
    share = np.abs(vectors[:, 0])
    clashing = ", ".join(name for name, part in zip(members, share, strict=True) if part > 0.05 * share.max())
    nearest = nearest_feasible(rank, ties)
    changes = [
        f"{members[i]} with {members[j]} {nearest[i, j]:g} "
        + (f"(given: {rank[i, j]:g})" if (members[i], members[j]) in given else "(not given)")
        for i in range(len(members))
        for j in range(i + 1, len(members))
        if abs(nearest[i, j] - rank[i, j]) >= 10.0**-_DECIMALS
    ]
    more = f" and {len(changes) - 10} more" if len(changes) > 10 else ""
    rank_least = least_eigenvalue(rank)
    also = f" ({rank_least:.6g} before conversion to normal scores)" if rank_least < -TOLERANCE else ""
    return Fault(
        "dependence",
        f"no inputs can be correlated like this: {clashing}; "
        f"the least eigenvalue of the matrix is {values[0]:.6g}{also}",
        "a positive semi-definite matrix of "
        + ("the normal scores' correlations" if any(ties) else "2 sin(π ρ/6)"),
        f"nearest feasible: {'; '.join(changes[:10])}{more}",
    )


def _higham(matrix: Matrix) -> Matrix:
    """The nearest correlation matrix in the Frobenius norm: alternating projections with Dykstra's correction.

    Higham 2002, IMA Journal of Numerical Analysis 22, algorithm 3.3.
    """
    y = matrix.copy()
    correction = np.zeros_like(matrix)
    for _ in range(1000):
        r = y - correction
        values, vectors = np.linalg.eigh(r)
        x = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = x - r
        before = y
        y = x.copy()
        np.fill_diagonal(y, 1.0)
        if np.linalg.norm(y - before) <= 1e-12 * np.linalg.norm(y):
            break
    return y


def lower_factor(matrix: Matrix) -> Matrix:
    """Cholesky's factor of a positive semi-definite matrix, singular ones included: a pivot of 0 ends its column."""
    n = len(matrix)
    factor = np.zeros((n, n))
    for j in range(n):
        pivot = matrix[j, j] - factor[j, :j] @ factor[j, :j]
        if pivot <= TOLERANCE:
            continue
        factor[j, j] = math.sqrt(pivot)
        factor[j + 1 :, j] = (matrix[j + 1 :, j] - factor[j + 1 :, :j] @ factor[j, :j]) / factor[j, j]
    return factor
