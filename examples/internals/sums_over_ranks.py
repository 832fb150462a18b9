"""How several processes train one model: their gradients, and three ways to add numbers across several memories.

python examples/internals/sums_over_ranks.py      # one process simulates all ranks; needs no MPI
"""

import numpy as np

import minikeras as keras

RANKS = 4
rng = np.random.default_rng(0)

# --- 1. The gradient of a batch is the weighted mean of its parts' gradients ------------------------------------------

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
x, y = rng.normal(size=(5, 3)).astype("float32"), rng.normal(size=(5, 2)).astype("float32")


def gradient(rows):
    """The gradient of the mean loss over some rows, with respect to the kernel."""
    with keras.GradientTape() as tape:
        loss = keras.ops.mean(keras.losses.mean_squared_error(y[rows], model(x[rows])))
    return tape.gradient(loss, model.trainable_variables)[0].numpy()


whole = gradient(slice(0, 5))
first, second = gradient(slice(0, 2)), gradient(slice(2, 5))  # rank 0 has two rows, rank 1 has three
added = 2 / 5 * first + 3 / 5 * second
print("kernel   rank 0, 2 rows   rank 1, 3 rows   2/5 · rank 0 + 3/5 · rank 1   one process")
for row in range(3):
    for column in range(2):
        at = row, column
        print(f"{at}   {first[at]:14.5f}   {second[at]:14.5f}   {added[at]:27.5f}   {whole[at]:11.5f}")
np.testing.assert_allclose(added, whole, rtol=1e-5, atol=1e-6)  # another order of summation

# --- 2. Ring: each rank sends to the next, one chunk at a time --------------------------------------------------------


def show(title, memories):
    """One line for each rank: what its memory holds."""
    print(f"\n{title}")
    for rank, memory in enumerate(memories):
        print(f"  rank {rank}   " + "  ".join(f"{number:5.0f}" for number in memory))


def ring(memories):
    """Sum in place: 2 (p − 1) rounds, in each of which every rank sends 1/p of its numbers.

    No rank sends more than twice its numbers, however many ranks there are, but there are many rounds.
    """
    p = len(memories)
    for step in range(p - 1):  # after them, rank r has the whole sum of chunk r + 1
        sent = [memories[r][(r - step) % p] for r in range(p)]
        for r in range(p):
            memories[r][(r - 1 - step) % p] += sent[(r - 1) % p]
        show(f"ring, round {step + 1}: each adds what the previous rank sent", memories)
    for step in range(p - 1):
        sent = [memories[r][(r + 1 - step) % p] for r in range(p)]
        for r in range(p):
            memories[r][(r - step) % p] = sent[(r - 1) % p]
        show(f"ring, round {p + step}: each keeps what the previous rank sent", memories)


def doubling(memories):
    """Sum in place: log₂ p rounds; in each, ranks exchange all their numbers with a partner at twice the distance.

    There are few rounds, so this is the method for few numbers.
    """
    distance = 1
    while distance < len(memories):
        memories[:] = [memories[r] + memories[r ^ distance] for r in range(len(memories))]
        show(f"recursive doubling, distance {distance}: each adds its partner's numbers", memories)
        distance *= 2


def window(memories):
    """Sum in shared memory: rank r adds chunk r of all ranks, then all read the result. No message is sent.

    Each sum is taken in the order of the ranks, so it is the same bits in every run.
    """
    result = np.zeros_like(memories[0])
    for r in range(len(memories)):
        for other in memories:
            result[r] += other[r]
        show(f"shared window: rank {r} has added its chunk", [result])
    memories[:] = [result] * len(memories)


expected = None
for add in (ring, doubling, window):
    memories = [np.array([100.0 * rank + chunk for chunk in range(RANKS)]) for rank in range(RANKS)]
    expected = sum(memories)
    if add is ring:
        show("before: chunk c of rank r is 100 · r + c", memories)
    add(memories)
    assert all(np.array_equal(memory, expected) for memory in memories)
print("\nAll three methods end with the same sums on every rank:", expected)
