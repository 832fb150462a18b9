"""Learning-rate schedules: plots of the rate at each step.

python examples/learning_rate_schedules.py [--backend tensorflow] [--picture schedules.png]
"""

import argparse

from backend import keras
from drawing import chart

parser = argparse.ArgumentParser()
parser.add_argument("--picture", default="schedules.png")
picture = parser.parse_args().picture
schedules = keras.optimizers.schedules

STEPS = 1000
SCHEDULES = {
    "ExponentialDecay": schedules.ExponentialDecay(0.1, decay_steps=200, decay_rate=0.5),
    "the same, staircase": schedules.ExponentialDecay(0.1, decay_steps=200, decay_rate=0.5, staircase=True),
    "InverseTimeDecay": schedules.InverseTimeDecay(0.1, decay_steps=200, decay_rate=1.0),
    "PiecewiseConstantDecay": schedules.PiecewiseConstantDecay([300, 700], [0.1, 0.05, 0.01]),
    "PolynomialDecay": schedules.PolynomialDecay(0.1, decay_steps=800, end_learning_rate=0.01, power=2.0),
    "CosineDecay, warm-up": schedules.CosineDecay(0.0, decay_steps=900, warmup_target=0.1, warmup_steps=100),
    "CosineDecayRestarts": schedules.CosineDecayRestarts(0.1, first_decay_steps=150),
}

curves = {}
for name, schedule in SCHEDULES.items():
    rates = [float(schedule(step)) for step in range(0, STEPS, 5)]
    curves[name] = range(0, STEPS, 5), rates
    print(f"{name:24s} step 0: {rates[0]:.4f}, step 500: {rates[100]:.4f}, step {STEPS - 5}: {rates[-1]:.4f}")
chart(picture, curves, xlabel="step", ylabel="learning rate", title="Learning-rate schedules")

# A schedule can be passed instead of a number.
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(SCHEDULES["CosineDecay, warm-up"]), "mse")
