"""Which draws of random operations are one sequence, inside functions of data sets."""

import numpy as np
import pytest

from minikeras.data.pipeline import Dataset
from minikeras.random.global_seed import set_random_seed
from minikeras.random.operation_seeds import own_positions, sequence_of


def draw():
    """Which seeds the next operation has, and how far its sequence is."""
    generator = sequence_of("uniform", "float32", None).use(1)
    return (int(generator.key), int(generator.stream)), int(generator.position)


@pytest.fixture(autouse=True)
def _seeded():
    set_random_seed(1)


def elements(dataset, seen):
    seen.clear()
    for _ in dataset:
        pass
    return list(seen)


def test_branches_count_their_own_places():
    seen = []

    def function(n):
        first, branch = draw(), own_positions(draw)()
        seen.append((first, branch, draw()))
        return n

    dataset = Dataset.range(3).map(function)
    for _ in range(2):  # a new iteration begins again
        draws = elements(dataset, seen)[-3:]
        assert all(first == branch for first, branch, _ in draws)  # both are the first of their graph
        assert all(first[0] != last[0] for first, _, last in draws)
        positions = [position for (_, position), _, _ in draws]
        assert positions == [0, positions[1], 2 * positions[1]]


def test_bodies_of_loops_go_on():
    seen = []

    def function(n):
        body = own_positions(draw)
        seen.extend(body() for _ in range(2))
        return n

    positions = [position for _, position in elements(Dataset.range(2).map(function), seen)[-4:]]
    assert positions == sorted(set(positions))
    assert len({seeds for seeds, _ in seen[-4:]}) == 1


def test_stages_that_a_function_makes_go_on_with_it():
    def position(_):
        return np.int64(draw()[1])

    dataset = Dataset.range(2).flat_map(lambda _: Dataset.range(2).map(position))
    positions = [int(x) for x in dataset]
    assert positions == [n * positions[1] for n in range(4)]
    assert [int(x) for x in dataset] == positions


def test_outside_functions_a_function_stays_as_it_is():
    assert own_positions(draw) is draw
