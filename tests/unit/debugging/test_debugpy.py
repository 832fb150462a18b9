"""Breakpoints stop in every step: debugpy, which VS Code attaches."""

from collections import Counter

import pytest

from tests.unit.debugging.children import Listening, breakpoint_in_dense
from tests.unit.debugging.program import MODELS, STEPS, STOPS, compiled, phases

pytest.importorskip("debugpy")

PHASE = "__import__('sys').modules['program'].now['phase']"


def stops_until_the_end(client):
    """How many times the program stops until it ends."""
    count = 0
    while (thread := client.next_stop()) is not None:
        count += 1
        client.go_on(thread)
    return count


def test_a_breakpoint_in_a_layer_stops_in_every_step_of_fit():
    with Listening("sequential", "first") as child:
        client = child.attach()
        for _ in range(STOPS):
            thread = client.next_stop()
            assert client.evaluate(thread, PHASE) == "'fit'"
            client.go_on(thread)
        thread = client.next_stop()
        assert client.evaluate(thread, PHASE) == "'second fit'"
        client.close()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("kind", MODELS)
def test_a_breakpoint_in_a_layer_is_met_in_every_step(kind):
    with Listening(kind, "first") as child:
        client = child.attach(log=f"{{{PHASE}}}")
        hits = Counter(client.logged())
        client.close()
    assert hits == dict.fromkeys(phases(compiled(kind)), STOPS)


@pytest.mark.full
def test_a_debugger_that_is_attached_between_two_batches_counts_from_the_next_on():
    with Listening("sequential", "between batches") as child:
        client = child.attach()
        assert stops_until_the_end(client) == STOPS // 2
        client.close()


@pytest.mark.full
def test_a_debugger_that_is_attached_from_outside_while_many_batches_run_in_one_call():
    try:
        counts_from_outside()
    except TimeoutError:  # debugpy's handshake with a running program hung once in some two hundred runs
        counts_from_outside()


def counts_from_outside():
    with Listening("sequential", "outside") as child:
        client = child.attach()
        iterations = []
        for _ in range(10):
            thread = client.next_stop()
            iterations.append(int(client.evaluate(thread, "int(__import__('__main__').model.optimizer.iterations)")))
            client.go_on(thread)
        thread = client.next_stop()
        first = iterations[0]
        assert first > 2 * STEPS  # an epoch at least was over
        second = int(iterations[1] != first)  # 1 if the breakpoint came between the two layers of a step
        assert iterations == [first + (i + second) // 2 for i in range(10)]
        client.set_breakpoint(breakpoint_in_dense()[0], None)
        client.evaluate(thread, "setattr(__import__('__main__').model, 'stop_training', True)")
        client.go_on(thread)
        assert client.next_stop() is None
        client.close()
        assert child.process.stdout.read().endswith("end\n")
