"""Which rows are a rank's, and what is known without MPI."""

import functools
import operator
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

import minikeras as keras
from minikeras.collectives import across_hosts, launched, strategy, waiting, world, writing
from minikeras.collectives.agreement import AgreementError, check_agreement
from minikeras.collectives.share import Share, current_share, share_of, working_on
from minikeras.collectives.waiting import FINISHED, Barriers, RankError
from minikeras.data import py_dataset_on_ranks
from minikeras.data.arrays import ArrayAdapter
from minikeras.data.division import END, RowsOfRank, divided
from minikeras.data.iterables import IterableAdapter
from minikeras.data.py_dataset import PyDatasetAdapter
from minikeras.random.dropout import draw_mask
from minikeras.trainers.ranks import _order_of


class Ranks:
    """Stands for a `Group`: the others give what this rank gives, or first what `others` lists."""

    def __init__(self, rank, size, *others):
        self.rank, self.size, self.others = rank, size, list(others)

    def exchange(self, value):
        return self.others.pop(0) if self.others else [value] * self.size

    numbers = exchange

    def broadcast(self, value):
        return value


class Adding(Ranks):
    """Adds what all ranks give, the same on each; counts its sums."""

    sums = 0

    def all_sum(self, arrays, weight, views=False):
        self.sums += 1
        return [self.size * weight * array for array in arrays]


def test_optimizers_of_several_add_all_gradients_at_once():
    a, b = (keras.Variable(np.zeros(2, "float32"), name=name) for name in "ab")
    optimizers = keras.optimizers.OptimizerMap(keras.optimizers.SGD(1.0), {"b": keras.optimizers.SGD(0.5)})
    group = Adding(0, 2)
    with working_on(share_of(0, 2, 8), group):
        keras.optimizers.MultiOptimizer(optimizers).apply([np.ones(2, "float32")] * 2, [a, b])
    assert group.sums == 1
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([-1, -1], [-0.5, -0.5])


@pytest.mark.parametrize("size, total", [(1, 5), (2, 5), (4, 10), (4, 3), (7, 64)])
def test_shares_are_all_rows_once(size, total):
    shares = [share_of(rank, size, total) for rank in range(size)]
    rows = np.arange(total)
    assert np.concatenate([rows[share.slice][: share.rows] for share in shares]).tolist() == rows.tolist()
    assert sum(share.weight for share in shares) == pytest.approx(1)
    assert {share.computed for share in shares} <= {max(total // size, 1), total // size + 1}


def test_launchers_are_known_by_their_variables(monkeypatch):
    for rank, size in launched.VARIABLES:
        monkeypatch.delenv(rank, raising=False)
        monkeypatch.delenv(size, raising=False)
    assert not launched.is_launched()
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "2")
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "3")
    assert launched.launched_rank_and_size() == (2, 3)
    assert keras.distribution.list_devices() == ["cpu:0", "cpu:1", "cpu:2"]
    assert keras.distribution.get_device_count("cpu") == 3


def test_one_process_needs_no_mpi():
    assert keras.distribution.get_device_count() == 1
    assert keras.distribution.initialize() is None
    with pytest.raises(ValueError, match="minikeras run -n 4"):
        keras.distribution.initialize(num_processes=4)
    with keras.distribution.DataParallel().scope():
        assert strategy.current_strategy().replicas == 1
    tensor = keras.ops.ones((2,))
    layout = keras.distribution.TensorLayout((None,), keras.distribution.DeviceMesh((1,), ["batch"]))
    assert keras.distribution.distribute_tensor(tensor, layout) is tensor


def batches_of(adapter):
    return [np.asarray(batch[0].array)[:, 0].tolist() for batch in adapter.epoch()]


@pytest.mark.parametrize("shuffle", [False, True])
def test_arrays_are_divided_row_by_row(shuffle):
    keras.utils.set_random_seed(0)
    x = np.arange(10, dtype="float32")[:, None]
    whole = batches_of(ArrayAdapter(x, x, batch_size=4, shuffle=shuffle))
    ranks = [
        divided(ArrayAdapter(x, x, batch_size=4, shuffle=shuffle), strategy.Strategy(Ranks(rank, 2)))
        for rank in range(2)
    ]
    joined = [one + two for one, two in zip(*map(batches_of, ranks), strict=True)]
    assert joined == whole
    runs = [[x[run.order, 0].tolist() for run in rank.runs()] for rank in ranks]
    assert [sorted(one + two) for one, two in zip(*runs, strict=True)] == [
        sorted(functools.reduce(operator.iadd, whole[:2], [])),
        sorted(whole[2]),
    ]


def test_whole_batches_are_divided_and_other_lengths_refused():
    x = np.arange(6, dtype="float32")[:, None]
    adapter = divided(IterableAdapter([(x, x)]), strategy.Strategy(Ranks(1, 2)))
    assert batches_of(adapter) == [[3, 4, 5]]
    assert adapter.share == Share(1, 2, 3, 3, 6)
    with pytest.raises(AgreementError, match=r"Batch 0 has another length on each rank: \[6, 5\]"):
        batches_of(divided(IterableAdapter([(x, x)]), strategy.Strategy(Ranks(0, 2, [6, 5]))))
    own = divided(IterableAdapter([(x, x)]), strategy.Strategy(Ranks(1, 2, [5, 6]), auto_shard=False))
    assert batches_of(own) == [x[:, 0].tolist()]
    assert own.share == Share(1, 2, 5, 6, 11, is_whole=False)


def test_a_distributed_data_set_is_divided_once():
    x = np.arange(2, dtype="float32")[:, None]
    group = Ranks(0, 3)
    assert [batch.tolist() for batch in RowsOfRank([x], group)] == [[[0.0]]]
    adapter = divided(IterableAdapter(RowsOfRank([(x, x)], group)), strategy.Strategy(group))
    assert batches_of(adapter) == [[0]]  # a row of another rank, to compute something
    assert adapter.share == Share(0, 3, 0, 0, 2)
    unknown = RowsOfRank((batch for batch in [x]), group)
    assert IterableAdapter(unknown).num_batches is None


def test_a_rank_whose_data_ends_early_is_named():
    x = np.ones((4, 1), "float32")
    adapter = divided(IterableAdapter([(x, x)]), strategy.Strategy(Ranks(0, 2, [4, 4], [END, 4])))
    batches = adapter.epoch()
    next(batches)
    with pytest.warns(UserWarning, match="rank 0 ended after 1 batches"):
        assert next(batches, None) is None


def test_settings_that_differ_are_named():
    with pytest.raises(AgreementError, match=r"epochs of rank 0: 2, rank 1: 3"):
        check_agreement(Ranks(0, 2, [{"epochs": 2}, {"epochs": 3}]), "The arguments", "", epochs=2)


def test_masks_are_rows_of_the_mask_of_one_process():
    whole = draw_mask(5, (7, 3), (7, 3), 0.5, "float32")
    parts = [draw_mask(5, (share.computed, 3), (share.computed, 3), 0.5, "float32", share)
             for share in (share_of(rank, 3, 7) for rank in range(3))]  # fmt: skip
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_random_numbers_of_rows_are_those_of_one_process():
    whole = keras.random.normal((6, 2), seed=1).numpy()
    for rank in range(2):
        with working_on(share_of(rank, 2, 6), None):
            np.testing.assert_array_equal(keras.random.normal((3, 2), seed=1), whole[3 * rank : 3 * rank + 3])
            assert keras.random.normal((2,), seed=1).shape == (2,)
    assert current_share() is None


def test_predictions_come_back_in_order():
    rows = [[2, 1, 0], [2, 1, 1]]  # of two ranks in three batches: samples 0 1|2 3, 4|5, |6
    of_ranks = np.array([0, 1, 4, 2, 3, 5, 6])
    assert of_ranks[_order_of(rows)].tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_buckets_are_the_same_on_all_hosts_and_the_last_arrays_first(monkeypatch):
    monkeypatch.setattr(across_hosts, "BUCKET", 10)
    assert across_hosts.buckets_of([4, 7, 3, 6, 5]) == [slice(14, 25), slice(4, 14), slice(0, 4)]
    assert across_hosts.buckets_of([20]) == [slice(0, 20)]
    assert across_hosts.buckets_of([0]) == []


@pytest.mark.parametrize("sharing, threads", [(1, 6), (4, 1), (3, 2), (9, 1)])
def test_ranks_that_may_use_the_same_processors_share_them(monkeypatch, sharing, threads):
    """As many threads as the affinity allows, divided by the ranks of the host with the same one."""
    found = []
    monkeypatch.delenv("MINIKERAS_THREADS", raising=False)
    monkeypatch.setattr(world, "processors", lambda: {0, 1, 2, 3, 4, 5})
    monkeypatch.setattr(world, "count_of_processors", lambda: 6)
    monkeypatch.setattr(world, "set_threads", found.append)
    elsewhere = [("another host", (0, 1)), (world.socket.gethostname(), (6, 7))]
    world._share_processors(SimpleNamespace(exchange=lambda own: [*[own] * sharing, *elsewhere]))
    assert found == [threads]


class Plain(keras.utils.PyDataset):
    """Ten batches, in an order that changes."""

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return read_rows(index)

    def on_epoch_end(self):
        self.order = np.random.permutation(10)


class Noisy(Plain):
    def augmented(self, x):
        return x + np.random.normal(size=x.shape)

    def __getitem__(self, index):
        return self.augmented(read_rows(index))


class WithGlobalGenerator(Plain):
    def __getitem__(self, index):
        return read_rows(index + NUMBERS.integers(2))


class WithGenerator(Plain):
    def __init__(self):
        super().__init__()
        self.numbers = np.random.default_rng(0)


NUMBERS = np.random.default_rng(0)


def read_rows(index):
    return np.full((3, 1), index, "float32")


def test_batches_are_made_by_one_rank_each_where_that_is_quicker_and_draws_no_numbers():
    drawing = Noisy, WithGlobalGenerator, WithGenerator
    assert [py_dataset_on_ranks.draws_numbers(kind()) for kind in (Plain, *drawing)] == [False, True, True, True]
    adapter, group = PyDatasetAdapter(Plain()), SimpleNamespace(hosts=1, size=2, broadcast=lambda value: value)
    adapter.seconds_of_batch, adapter.bytes_of_batch = 0.1, 1000
    assert py_dataset_on_ranks.pays(adapter, group)
    adapter.bytes_of_batch = 10**9
    assert not py_dataset_on_ranks.pays(adapter, group)
    adapter.bytes_of_batch, adapter.dataset = 1000, Noisy()
    assert not py_dataset_on_ranks.pays(adapter, group)
    adapter.dataset, group.hosts = Plain(), 2
    assert not py_dataset_on_ranks.pays(adapter, group)


def test_a_meeting_with_one_who_has_ended_is_an_error():
    counters, states, pids = [0, 0], [0, FINISHED], [0, 0]
    barriers = Barriers(counters, states, pids, [0, 0], 0, [0, 1], lambda: None)
    with pytest.raises(RankError, match="Rank 1 has ended its program while rank 0 still waits"):
        barriers.meet()
    counters[1] = 2
    barriers.meet()
    assert barriers.waited >= 0


def test_one_who_comes_and_ends_between_two_looks_was_not_waited_for_in_vain():
    counters = [0, 0]

    class States(list):
        def __getitem__(self, place):
            counters[1] = 1
            return FINISHED

    Barriers(counters, States([0, 0]), [0, 0], [0, 0], 0, [0, 1], lambda: None).meet()


@pytest.mark.parametrize("looks, arrives", [([False, True], True), ([False, False], False)])
def test_what_rank_0_wrote_just_before_its_end_counts(monkeypatch, looks, arrives):
    def ended(rank):
        raise RankError("Rank 0 has ended")

    monkeypatch.setattr(writing, "BETWEEN_CHECKS", -1.0)  # it is looked for each time
    group = SimpleNamespace(across=None, window=SimpleNamespace(barriers=SimpleNamespace(check_rank=ended)))
    with nullcontext() if arrives else pytest.raises(RankError):
        writing._wait(group, SimpleNamespace(Test=iter(looks).__next__))


def test_a_rank_for_which_the_others_wait_is_named_while_they_do(monkeypatch, capsys):
    counters, now = [0, 0], [0.0]

    def sleep(seconds):
        now[0] += 1.0  # a second passes with each look
        if now[0] == 12:
            counters[1] = 1

    monkeypatch.setattr(waiting, "time", SimpleNamespace(perf_counter=lambda: now[0], sleep=sleep))
    monkeypatch.setattr(waiting.os, "sched_yield", lambda: sleep(0), raising=False)
    barriers = Barriers(counters, [0, 0], [0, 0], [0, 0], 0, [0, 1], lambda: None)
    barriers.meet()
    assert (barriers.waited, barriers.lateness) == (12, [0, 12])
    assert capsys.readouterr().err == "minikeras: all wait for rank 1 (process 0) since 11 seconds.\n"
