"""Whether steps may run by plans now, or must run line by line through their Python."""

from minikeras import config
from minikeras.autodiff.state import thread
from minikeras.debuggers import attached_debugger
from minikeras.messages import print_notice


def plans_may_run():
    """Whether the next step of this thread may be traced or replayed; checked before each.

    It may not

    - while a debugger is attached, unless `config.set_plans_under_debugger(True)` was called. One line reports it;
    - while an observer must see every step (`autodiff/observers.py`);
    - inside a step that is being traced, which sees the ops of the inner one as its own.
    """
    if thread.unfused or thread.eager_observers:
        return False
    debugger = attached_debugger()
    if debugger is None or config.plans_under_debugger():
        return True
    print_notice(
        "debugger",
        f"A debugger is attached ({debugger}), so every step runs line by line, without compiled plans. To keep the "
        "plans: keras.config.set_plans_under_debugger(True), or MINIKERAS_PLANS_UNDER_DEBUGGER=1 in the environment.",
    )
    return False


def function_plans_may_run():
    """The same for the next call of a `tf.function`, which an observer may want to see in addition to the steps of
    `fit`.
    """
    if not thread.function_observers:
        return plans_may_run()
    print_notice(
        "observed functions",
        "Steps are being watched, so every tf.function runs line by line, without compiled plans, until the last of "
        "them.",
    )
    return False
