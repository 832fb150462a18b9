"""Rank 0 writes a file alone, later all write another one, for which the other ranks must wait."""

import json
import sys
import time
from pathlib import Path

import beside  # a module in the folder of the script
import keras

from minikeras.collectives.world import world
from minikeras.collectives.writing import on_first_rank

FOLDER = Path(sys.argv[1])


@on_first_rank
def write(path):
    time.sleep(0.2)  # another rank that does not wait would be far ahead
    path.write_text("written")


model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
if world().rank == 0:
    write(FOLDER / "alone")
model.fit(beside.X, beside.Y, verbose=0)
write(FOLDER / "together")
found = world().exchange((FOLDER / "together").exists())
print(json.dumps(found))
