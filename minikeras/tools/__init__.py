"""What helps a person look at the engine: the command line, recordings of steps, diagnoses, exercises.

`cli/` is `python -m minikeras`, `tracing/` records a training step as a page, `diagnosis/` finds mistakes, `learn/` has
exercises. The engine does not import this package. Four functions load a part of it when they are called, and the
layering test lists them: `Model.explain_plan`, `Model.diagnose`, `keras.utils.gradcheck` and the callback `StepTrace`.
"""
