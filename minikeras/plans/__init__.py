"""How a graph compiler works: a training step, traced once and then replayed. A tour.

`fit` runs the same few hundred operations again and again on new values. On the tape each costs Python time: find the
op, wrap the result, record it for the gradient, traverse it backward. A *plan* does that work once.

    train_step ──► trace ──► simplify ──► fuse ──► schedule ──► lower ──► allocate ──► program ──► replay, replay, …

Take `Dense(100, relu) → Dense(10, softmax)` with Adam. Read the files in this order:

1. `trace.py` observes the model's own `train_step` (see `autodiff/observers.py`). The result is a list of
   `instructions.py`: read kernel, Matmul, Add, Relu, …, gradient of Add, gradient of Matmul, …, adam.apply_gradients.
   Each names the *buffers* (arrays) that it reads and writes. Two steps are traced: if they differ, the step depends on
   a non-op, and the model stays on the tape. 24 instructions.
2. `simplify.py` drops work that is not needed in every step: 1 / n is a constant, the metric's softmax is a by-product
   of the crossentropy.
3. `fuse.py` finds groups that one loop can compute: Matmul, Add and Relu are "dense + bias + relu". 16 instructions are
   left. The package `patterns/` has one small function for each; `graph.py` records the readers and writers of each
   buffer.
4. `schedule.py` moves metrics to the end and random draws to the start, so that compiled jobs are contiguous.
5. `lower.py` decides which instructions become *jobs*: compiled loops on fixed addresses, split into tasks for threads
   (`kernels/tasks.py`). A single op declares its own (`Op.lowering`); for patterns and effects, and for
   ops that share their jobs, the package `lowerings/` has small functions. An op without jobs is replaced by the ops it
   is made of (`decompose.py`); bfloat16 and float16 become float32 (`half_precision.py`). All other instructions run in
   NumPy. Jobs raise no errors: `checks.py` finds wrong labels afterwards.
6. `allocate.py` assigns memory to each array. Most live for a few instructions only, so they share memory.
7. `layout.py` puts it all in order: [copy x, copy y, ten jobs in one call, check labels, learning rate, three jobs in
   one call]. `plan.py` runs that list for every further batch.
8. `repeat.py` runs many steps in one call where no callback observes single batches; a job gathers the batches from the
   data. `micro_batches.py` cuts predictions for large batches into micro-batches where samples are independent, and
   `thread_workspaces.py` gives each thread whole micro-batches.

Some files handle state outside the plan. Any code may assign to Variables or hold their values at any time;
`bindings.py` checks before each step. `weight_forms.py` prepares kernels again when they have changed, and
`weight_values.py` the weights that are computed from others. Python that is not an op but belongs to the step (metrics,
the optimizer, random seeds) is marked as an *effect* in its code (`autodiff/effects.py`) and repeated in each replay;
`update.py` lowers the optimizers' effect to jobs, and `collective.py` the sum of gradients over several processes.
`changes.py` tracks the Variables that a user's function assigns to, `watch.py` Python that a replay must not skip;
`function_plans.py` keeps the plans of a `tf.function`.

Only patterns and registered lowerings name an op, layer, metric or function. Ops declare facts about themselves
(`autodiff/op_facts.py`), functions and packages what a replay may skip (`base/replay.py`), metrics whether they are
made of ops, optimizers their step (`optimizers/rule_step.py`), constraints their jobs, and a model implements
`trainers/planned_model.py`. So a new layer needs no line in this package.

Control: `permission.py` checks before each step whether a debugger is attached; then everything runs line by line. It
also finds models with user Python inside a step.
`planner.py` keeps a model's plans, one for each kind of batch (a last, smaller batch has its own), and discards them
when the model changes; `candidate.py` waits for the trace that confirms one. It returns a `Step` to `fit` (`step.py`),
which a plan has already run, or which `fit` runs itself, so that no frame of this package is between `fit` and
`train_step`. `model.explain_plan()` prints the plans (`explain.py`).

A plan computes what the tape computes: bit for bit without lowerings, since it calls the same functions in the same
order; up to rounding with them, since sums are added in another order. tests/unit/plans checks both.
"""

__replay__ = "engine"
