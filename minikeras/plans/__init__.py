"""How graph compilers work: a step of training, traced once and then replayed. A tour.

`fit` runs the same few hundred operations again and again, only on other numbers. On the tape each of them costs
Python: find the op, wrap the result, note it for the gradient, walk back. A *plan* does that work once.

    train_step ──► trace ──► simplify ──► fuse ──► schedule ──► lower ──► allocate ──► program ──► replay, replay, …

Take `Dense(100, relu) → Dense(10, softmax)` with Adam. Read the files in this order:

1. `trace.py` observes the model's own `train_step` (see `autodiff/observers.py`). What comes out is a list of
   `instructions.py`: read kernel, Matmul, Add, Relu, …, gradient of Add, gradient of Matmul, …, adam.apply_gradients.
   Each names the *slots* (arrays) that it reads and writes. Two steps are traced: where they differ, the step depends
   on something that is no op, and the model stays on the tape. 24 instructions.
2. `simplify.py` drops what need not be done in every step: 1 / n is a constant, the softmax that the metric wants is a
   by-product of the crossentropy.
3. `fuse.py` finds groups that one loop can do: Matmul, Add and Relu are "dense + bias + relu". 16 instructions are
   left. The room `patterns/` has one small function for each; `graph.py` knows who reads and writes what.
4. `schedule.py` moves metrics to the end and random draws to the start, so that compiled work stands together.
5. `lower.py` says which instructions become *jobs*: compiled loops on fixed addresses, cut into tasks for the threads
   of the pool (`kernels/tasks.py`). An op by itself declares how (`Op.lowering`); for patterns and effects the package
   `lowerings/` has one small function each. What has none runs by NumPy.
6. `allocate.py` finds a place for each array. Most live for a few instructions only, so they share memory.
7. `layout.py` puts it all in order: [copy x, copy y, ten jobs in one call, check labels, learning rate, three jobs in
   one call]. `plan.py` runs that list for every further batch.
8. `repeat.py` goes one step further where nobody watches single batches: many of them in one call, gathered from the
   data by a job. `pieces.py` cuts predictions for large batches where samples do not depend on each other, and
   `lanes.py` gives each thread whole pieces to do.

Three files deal with the world outside. Variables may be assigned to, and their values held, by anybody at any time;
`bindings.py` looks before each step, and `weight_forms.py` prepares kernels anew if they have changed. Python that is
no op but belongs to the step (metrics, the optimizer, random seeds) is marked as an *effect* where it stands
(`autodiff/effects.py`), and done again in each replay; `update.py` makes jobs of the optimizers' effect.

What a user's function may do besides is in `changes.py` (Variables that it assigns to) and `watch.py` (Python that a
replay must not leave out); `function_plans.py` keeps the plans of a `tf.function`.

Nothing here knows the name of an op, layer, metric or function, except patterns and registered lowerings. Ops declare
facts about themselves (`autodiff/op_facts.py`), functions and packages what a replay may leave out (`replay.py`),
metrics whether they are made of ops, optimizers their step (`optimizers/rule_step.py`), constraints their jobs, and a
model answers by `trainers/planned_model.py`. So a new layer needs no line in this package.

Who decides: `permission.py` asks before each step whether a debugger is attached; then everything runs line by line.
`planner.py` keeps a model's plans, one for each kind of batch (a last, smaller batch has its own), and throws them away
when the model changes. What it hands to `fit` is a `Step` (`step.py`), done by a plan or to be run by `fit` itself, so
that no frame of this package stands between `fit` and `train_step`. `eligible.py` says which models have Python of the
user's inside a step. `model.explain_plan()` prints what came of all this (`explain.py`).

A plan computes what the tape computes: without lowerings bit for bit, since it calls the same functions in the same
order; with them to rounding, since sums are added in another order. tests/unit/plans holds both to that.
"""

__replay__ = "engine"
