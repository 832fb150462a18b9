"""`Side`: one backend, in the form that workloads use."""

import importlib

import numpy as np


class Side:
    """What a workload needs beyond the `keras` module.

    Attributes:
        keras: the module with Keras's names.
        tape: the class of gradient tapes.
        operations: floating-point operations of one call, where the workload finds them out while it prepares.
    """

    def __init__(self, backend):
        self.backend = backend
        self.operations = None
        if backend == "minikeras":
            self.keras = importlib.import_module("minikeras")
            self.tape = self.keras.GradientTape
        else:
            self._tensorflow = importlib.import_module("tensorflow")
            self.keras = importlib.import_module("keras")
            self.tape = self._tensorflow.GradientTape

    def tensor(self, array):
        """The array as a tensor of the backend."""
        return self.keras.ops.convert_to_tensor(array)

    def compiled(self, function, *arguments):
        """The function with its arguments bound; TensorFlow gets a graph of it, as its users' kernels are in graphs."""
        if self.backend == "tensorflow":
            function = self._tensorflow.function(function)
        return lambda: function(*arguments)

    def with_gradient(self, forward, which):
        """A function (inputs…, dy) → (outputs, gradient of the input number `which`)."""

        def both(*inputs_and_dy):
            *inputs, dy = inputs_and_dy
            with self.tape() as tape:
                tape.watch(inputs[which])
                outputs = forward(*inputs)
            return outputs, tape.gradient(outputs, inputs[which], output_gradients=dy)

        return both

    def with_layer_gradients(self, layer, **arguments):
        """A function (x, dy) → (outputs, gradients of x and of the layer's weights)."""

        def all_of_them(x, dy):
            with self.tape() as tape:
                tape.watch(x)
                outputs = layer(x, **arguments)
            # Keras's variables hold those of TensorFlow, which its tape needs
            sources = [x, *(getattr(v, "value", v) for v in layer.trainable_variables)]
            if self.backend == "minikeras":
                sources = [x, *layer.trainable_variables]
            return outputs, *tape.gradient(outputs, sources, output_gradients=dy)

        return all_of_them

    def training_step(self, model, loss, optimizer):
        """A function (inputs…) → loss: a step of a loop that people write themselves.

        Args:
            model: a layer or model.
            loss: function of its outputs.
            optimizer: an optimizer that has been built.
        """

        def step(*inputs):
            with self.tape() as tape:
                value = loss(model(*inputs))
            variables = model.trainable_variables
            optimizer.apply(tape.gradient(value, variables), variables)
            return value

        return step

    def arrays(self, result):
        """The numbers in a nested result as float64 arrays."""
        flat = self.keras.tree.flatten(result)
        return [np.asarray(part.numpy() if hasattr(part, "numpy") else part, dtype=np.float64) for part in flat]
