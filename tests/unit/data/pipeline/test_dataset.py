"""Input pipelines: threads, laziness, what is kept where, mistakes. Elements are compared in tests/parity/compat."""

import gc
import threading
import time

import numpy as np
import pytest

import minikeras
from minikeras import ops
from minikeras.data.pipeline import ArraySpec, Dataset
from minikeras.data.pipeline.parallel import CALLS_TIMED
from minikeras.data.pipeline.prefetching import SLOW_ONES, WORTH_A_THREAD
from minikeras.tensors import ragged
from tests.waiting import DEADLINE, wait_until


def numbers(dataset):
    return [int(x) for x in dataset]


EARLIER = set()


@pytest.fixture(autouse=True)
def threads_of_other_tests():
    """Those that end when what other tests have left is collected."""
    EARLIER.update(threading.enumerate())
    yield
    EARLIER.clear()


def prefetching_threads():
    named = [t for t in threading.enumerate() if t.name.startswith(("minikeras-prefetch", "minikeras-map"))]
    return [t for t in named if t not in EARLIER]


def assert_threads_end():
    gc.collect()
    wait_until(lambda: not prefetching_threads(), "all threads have ended")


class Clock:
    """A clock that goes on only by what a test says that something takes."""

    def __init__(self):
        self.seconds = self.computing = 0.0

    def wait(self, seconds):
        """Let seconds pass in which nothing is computed."""
        self.seconds += seconds

    def slow(self, x):
        """x, after a while."""
        self.wait(2 * WORTH_A_THREAD)
        return x


@pytest.fixture
def clock(monkeypatch):
    """The clock by which pipelines decide whether threads are worth while."""
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", lambda: clock.seconds)
    monkeypatch.setattr(time, "thread_time", lambda: clock.computing)
    return clock


def counted(n=10):
    """A data set, and the list of the elements that have been made."""
    made = []

    def make(x):
        made.append(int(x))
        return x

    return Dataset.range(n).map(make), made


def test_nothing_is_made_before_it_is_asked_for():
    dataset, made = counted()
    pipeline = dataset.filter(lambda x: x >= 0).batch(2).take(3).repeat(2)
    iterator = iter(pipeline)
    assert made == []
    next(iterator)
    assert made == [0, 1]


def test_shuffle_takes_no_more_than_its_buffer():
    dataset, made = counted()
    next(iter(dataset.shuffle(4, seed=1)))
    assert len(made) == 4


def test_asking_for_the_spec_makes_one_element_at_most():
    dataset, made = counted()
    assert dataset.batch(2).repeat().element_spec == ArraySpec((None,), "int64")
    Dataset.range(3).shuffle(3).map(lambda x: x + 1).element_spec  # noqa: B018
    assert len(made) <= 1  # `int(x)` does not work on symbols, so one element is looked at


def test_prefetch_works_ahead_in_a_thread_that_ends_with_the_epoch(clock):
    dataset, made = counted(12)
    iterator = iter(dataset.map(clock.slow).prefetch(3))
    for _ in range(SLOW_ONES):
        assert not prefetching_threads()
        next(iterator)
    next(iterator)
    wait_until(lambda: len(made) >= SLOW_ONES + 4, "the thread has made three more")
    assert made[: SLOW_ONES + 4] == list(range(SLOW_ONES + 4))
    assert len(prefetching_threads()) == 1
    assert numbers(iterator) == list(range(SLOW_ONES + 1, 12))
    assert_threads_end()


@pytest.mark.usefixtures("clock")
def test_prefetch_of_what_is_made_quickly_needs_no_thread():
    for _ in Dataset.from_tensor_slices(np.zeros((40, 2))).batch(2).prefetch(2):
        assert not prefetching_threads()


def test_prefetch_ends_when_its_iterator_is_thrown_away(clock):
    dataset, made = counted(10**6)
    iterator = iter(dataset.map(clock.slow).prefetch(2).map(lambda x: x).prefetch(2))
    for _ in range(10):
        next(iterator)
    del iterator
    assert_threads_end()
    assert len(made) < 40


def test_a_loop_left_early_leaves_no_thread(clock):
    for _ in range(3):
        for x in Dataset.range(100).map(clock.slow).prefetch(1):
            if int(x) == 6:
                break
    assert_threads_end()


def test_an_exception_comes_through_prefetch_where_its_element_would_have_been(clock):
    def fail(x):
        if int(x) == 8:
            raise KeyError("no such thing")
        return clock.slow(x)

    iterator = iter(Dataset.range(12).map(fail).prefetch(4))
    assert [int(next(iterator)) for _ in range(8)] == list(range(8))
    with pytest.raises(KeyError, match="no such thing"):
        next(iterator)
    assert_threads_end()


def test_an_interruption_of_the_consumer_ends_the_thread(clock):
    def consume():
        for x in Dataset.range(100).map(clock.slow).prefetch(2):
            if int(x) == 6:
                assert prefetching_threads()
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        consume()
    assert_threads_end()


def test_a_generator_is_closed_when_the_epoch_is_left(clock):
    closed = []

    def generate():
        try:
            yield from map(clock.slow, range(100))
        finally:
            closed.append(True)

    dataset = Dataset.from_generator(generate, output_signature=ArraySpec((), "int32"))
    for x in dataset.batch(2).prefetch(1):
        if int(x[0]) == 10:
            break
    assert_threads_end()
    assert closed == [True]


def test_calls_that_wait_are_made_side_by_side_and_keep_their_order(clock):
    together = threading.Barrier(4, timeout=DEADLINE)  # broken unless four calls are under way at a time

    def wait(x):
        if CALLS_TIMED <= int(x) < CALLS_TIMED + 4:
            together.wait()
        else:
            clock.wait(0.02)
        return x

    assert numbers(Dataset.range(12).map(wait, num_parallel_calls=4)) == list(range(12))
    assert_threads_end()


def test_calls_that_compute_stay_in_one_thread(clock):
    threads = set()

    def compute(x):
        clock.wait(0.02)
        clock.computing += 0.02
        threads.add(threading.get_ident())
        return x

    numbers(Dataset.range(50).map(compute, num_parallel_calls=-1))
    assert threads == {threading.get_ident()}


def test_memory_cache_makes_each_element_once_and_forgets_an_incomplete_epoch():
    dataset, made = counted(4)
    cached = dataset.cache()
    next(iter(cached))
    assert numbers(cached) == numbers(cached) == [0, 1, 2, 3]
    assert made == [0, 0, 1, 2, 3]


def elements():
    """A data set of many kinds of elements."""
    return Dataset.from_tensor_slices(
        {"x": np.arange(6.0).reshape(3, 2), "word": ["a", "", "grün\0"], "more": (np.arange(3), [True, False, True])}
    )


def assert_same_elements(a, b):
    a, b = list(a.as_numpy_iterator()), list(b.as_numpy_iterator())
    assert repr(a) == repr(b)


def test_file_cache_is_read_by_another_data_set(tmp_path):
    path = str(tmp_path / "folder" / "cache")
    made = []
    first = elements().map(lambda d: made.append(1) or d).cache(path)
    next(iter(first))
    gc.collect()
    assert not list((tmp_path / "folder").iterdir())  # an epoch that was left leaves nothing
    assert_same_elements(first, elements())
    before = len(made)
    assert_same_elements(first, elements())
    assert_same_elements(Dataset.range(0).cache(path), elements())
    assert len(made) == before


def test_a_foreign_file_is_no_cache(tmp_path):
    (tmp_path / "cache").write_bytes(b"something else\n")
    with pytest.raises(ValueError, match="not a file of elements"):
        list(elements().cache(str(tmp_path / "cache")))


def test_saved_elements_are_loaded(tmp_path):
    elements().save(str(tmp_path / "saved"))
    loaded = Dataset.load(str(tmp_path / "saved"))
    assert_same_elements(loaded, elements())
    assert len(loaded) == 3
    assert loaded.element_spec == elements().element_spec


def test_saving_into_shards(tmp_path):
    Dataset.range(6).save(str(tmp_path), shard_func=lambda x: x % 2)
    assert numbers(Dataset.load(str(tmp_path))) == [0, 2, 4, 1, 3, 5]


def test_only_dense_elements_are_padded():
    rows = Dataset.from_tensor_slices(ragged.constant([[1, 2], [], [3]]))
    with pytest.raises(TypeError, match=r"`padded_batch` takes elements of dense tensors\."):
        rows.padded_batch(2)
    with pytest.raises(TypeError, match=r"`padded_batch` takes elements of dense tensors\."):
        next(iter(rows.batch(2).padded_batch(2)))


def test_ragged_elements_in_files(tmp_path):
    rows = Dataset.from_tensors(ragged.constant([[1, 2], [], [3]]))
    rows.save(str(tmp_path / "saved"))
    assert next(iter(Dataset.load(str(tmp_path / "saved")))).to_list() == [[1, 2], [], [3]]


def test_snapshot_is_written_once(tmp_path):
    dataset, made = counted(3)
    kept = dataset.snapshot(str(tmp_path))
    assert numbers(kept) == numbers(kept) == [0, 1, 2]
    assert made == [0, 1, 2]


def test_a_change_of_the_users_array_does_not_reach_the_data_set():
    x = np.zeros((4, 2))
    dataset = Dataset.from_tensor_slices(x).batch(4)
    x += 1
    assert not next(iter(dataset)).numpy().any()


def test_ignored_errors():
    dataset = Dataset.from_tensor_slices([1.0, 0.0, 4.0]).map(lambda x: ops.convert_to_tensor(1 / float(x)))
    assert [float(x) for x in dataset.ignore_errors()] == [1.0, 0.25]


def test_rejection_resample_gives_the_wanted_frequencies():
    labels = np.array([0] * 900 + [1] * 100)
    dataset = Dataset.from_tensor_slices(np.random.default_rng(0).permutation(labels))
    resampled = dataset.rejection_resample(lambda y: ops.cast(y, "int32"), [0.5, 0.5], [0.9, 0.1], seed=1)
    resampled = resampled.repeat(10).take(4000)  # an epoch ends with the rarer class's last element
    assert 0.45 < np.mean([int(number) for number, _ in resampled]) < 0.55


@pytest.mark.parametrize("initial", [[0.9, 0.1], None])
def test_rejection_resample_wastes_few_elements(initial):
    labels = np.random.default_rng(0).permutation([0] * 900 + [1] * 100)
    resampled = Dataset.from_tensor_slices(labels).rejection_resample(lambda y: y, [0.8, 0.2], initial, seed=1)
    assert len(list(resampled)) > 600


def test_rejection_resample_of_a_distribution_that_is_right_already():
    labels = np.array([0, 1, 1, 0])
    resampled = Dataset.from_tensor_slices(labels).rejection_resample(lambda y: y, [0.5, 0.5], [0.5, 0.5])
    assert [int(y) for _, y in resampled] == [0, 1, 1, 0]


def test_batches_out_of_arrays_equal_those_of_single_elements():
    x, y = np.random.default_rng(0).normal(size=(50, 3)), np.arange(50)
    arrays = Dataset.from_tensor_slices((x, y))
    assert arrays.shuffle(20).take(43).repeat(2)._stage.rows() is not None
    assert arrays.map(lambda a, b: (a, b))._stage.rows() is None

    def epochs(dataset):
        batches = dataset.shuffle(20, seed=2).take(43).repeat(2).batch(8)
        return [[part.array.tolist() for part in batch] for _ in range(3) for batch in batches]

    assert epochs(arrays) == epochs(arrays.map(lambda a, b: (a, b)))


MISTAKES = {
    "batch of nothing": (lambda d: d.batch(0), ValueError, "batch_size"),
    "buffer of nothing": (lambda d: d.shuffle(0), ValueError, "buffer_size"),
    "map without a function": (lambda d: d.map(3), TypeError, "map"),
    "shard out of range": (lambda d: d.shard(2, 2), ValueError, "index"),
    "flat_map without a data set": (lambda d: list(d.flat_map(lambda x: x)), TypeError, "Did you mean `map`"),
    "no such weights": (
        lambda d: Dataset.sample_from_datasets([d, d], [1.0]), ValueError, "one number for each"
    ),
    "window and function": (
        lambda d: d.group_by_window(lambda x: x, lambda k, w: w), ValueError, "window_size_func"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_reported(name):
    call, kind, words = MISTAKES[name]
    with pytest.raises(kind, match=words):
        call(Dataset.range(4))


def test_fit_takes_the_number_of_steps_from_the_cardinality():
    model = minikeras.Sequential([minikeras.Input((2,)), minikeras.layers.Dense(1)])
    model.compile("sgd", "mse")
    dataset = Dataset.from_tensor_slices((np.ones((10, 2), "float32"), np.ones(10, "float32"))).batch(4)
    assert model.fit(dataset, shuffle=False, verbose=0).params["steps"] == 3
    endless = model.fit(dataset.repeat().prefetch(1), steps_per_epoch=2, epochs=2, shuffle=False, verbose=0)
    assert endless.params["steps"] == 2
    del endless, model
    assert_threads_end()
