"""The functions of a loaded SavedModel, with TensorFlow's attributes."""

from minikeras import tree
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.tensor_shape import TensorShape
from minikeras.compat.tensorflow.tensor_spec import TensorSpec
from minikeras.compat.tensorflow.variables import Variable
from minikeras.formats.saved_model import loaded_functions, loading
from minikeras.formats.saved_model.structures import tensor_specs, with_values


class ConcreteFunction(loaded_functions.LoadedConcreteFunction):
    __doc__ = loaded_functions.LoadedConcreteFunction.__doc__

    @property
    def structured_input_signature(self):
        """(positional arguments, arguments by name), nested, with TensorSpecs for tensors."""
        return _with_specs(self.arguments)

    @property
    def structured_outputs(self):
        """The results, nested, with TensorSpecs for tensors."""
        return _with_specs(self.results)

    @property
    def inputs(self):
        """The TensorSpecs of the arguments, as a flat list."""
        return list(map(_spec, tensor_specs(self.arguments)))

    @property
    def outputs(self):
        """The TensorSpecs of the results, as a flat list."""
        return list(map(_spec, tensor_specs(self.results)))

    # The shapes and the dtypes of the results, nested as these are.
    output_shapes = property(lambda self: self._of_results(lambda spec: TensorShape(spec.shape)))
    output_dtypes = property(lambda self: self._of_results(lambda spec: as_dtype(spec.dtype)))

    def _of_results(self, function):
        return with_values(self.results, map(function, tensor_specs(self.results)))


class Function(loaded_functions.LoadedFunction):
    __doc__ = loaded_functions.LoadedFunction.__doc__

    def get_concrete_function(self, *args, **kwargs):
        """The `ConcreteFunction` for arguments with TensorSpecs in place of tensors."""

        def symbolic(x):
            return KerasTensor(tuple(x.shape), x.dtype.name) if isinstance(x, TensorSpec) else x

        return self.fitting(*tree.map_structure(symbolic, (args, kwargs), none_is_leaf=False))[0]


class LoadedClasses(loading.LoadedClasses):
    """Functions with TensorFlow's attributes, and `tf.Variable`s."""

    function, concrete_function = Function, ConcreteFunction

    @staticmethod
    def variable(array, trainable, name):
        return Variable(array, trainable=trainable, dtype=array.dtype.name, name=name or None)


def _spec(spec):
    return TensorSpec(spec.shape, spec.dtype, spec.name)


def _with_specs(structure):
    return with_values(structure, map(_spec, tensor_specs(structure)))
