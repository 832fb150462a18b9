"""Task kernels: compiled loops that several threads share, and that a plan can run without Python in between.

A task kernel does one part of a job; its first argument is the index of that part:

```python
@task_kernel
def scale_rows(task, x: floats(2), y: floats(2), factor: float, rows_per_task: int):
    for i in range(task * rows_per_task, min(len(x), (task + 1) * rows_per_task)):
        for j in range(x.shape[1]):
            y[i, j] = factor * x[i, j]


run([scale_rows.job(4, x, y, 2.0, 8)])  # tasks 0 to 3, on all threads (`job_lists.py`)
```

Parts depend on shapes and never on which threads are free, so that sums are added in the same order in every run. A
kernel that needs scratch declares a second parameter `thread`, the index of the thread that it runs on (from 0 to
`threads()` − 1): `scratch[thread]` belongs to it, and is still in the cache from the task before.

Compiled code sees a task kernel as a function (address of an argument block, task). The block holds 64-bit words: for
an array its address and its lengths, for a scalar its value. `job` fills it once; the job can then run again and again
on the same arrays, or on others at other addresses (`relocation.py`).

For this, each address is declared. An array that a kernel reads with its own strides is a parameter annotated
`pointer`; many arrays come in an `AddressTable`. No address is passed as an `int`. Parameters that belong together may
be one structure (`structures.py`).
"""

import inspect
from collections import namedtuple

import numpy as np

from minikeras.kernels import python_form
from minikeras.kernels.address_table import AddressTable
from minikeras.kernels.memory import address_of
from minikeras.kernels.registry import compiles
from minikeras.kernels.structures import fields, flat_arguments, flattened


class ArrayType(namedtuple("ArrayType", "dtype ndim")):
    """The type of a task kernel's parameter: C-contiguous arrays of this dtype and number of axes."""

    def __str__(self):
        return f"a C-contiguous array of {self.dtype} with {self.ndim} axes"


def floats(ndim):
    """float32 arrays with `ndim` axes."""
    return ArrayType("float32", ndim)


def doubles(ndim):
    """float64 arrays with `ndim` axes."""
    return ArrayType("float64", ndim)


def integers(ndim):
    """int64 arrays with `ndim` axes."""
    return ArrayType("int64", ndim)


def indices(ndim):
    """int32 arrays with `ndim` axes."""
    return ArrayType("int32", ndim)


def bytes_(ndim):
    """uint8 arrays with `ndim` axes."""
    return ArrayType("uint8", ndim)


class pointer(int):  # noqa: N801 - an annotation, as `int` and `float` are
    """An array with any strides, or None: the kernel gets the address of its first element as an integer, or 0."""


class Job:
    """A task kernel with its arguments: `tasks` calls of it, in any order and on any thread.

    Attributes:
        kernel: the `TaskKernel`.
        tasks: how many parts it is divided into.
        arguments: arrays and scalars, kept alive by the job; None for an array that it has released.
        tables: the `AddressTable`s among the arguments.
        block: the arguments as 64-bit words, which compiled code reads.
        prepares: the weights (a tuple), if the job only converts them to the form in which the jobs after it read them.
            While they are unchanged, it need not run again. None for every other job.
        made: the array that it makes from them, if other jobs prepare that in turn, else None.
    """

    __slots__ = ("arguments", "block", "kernel", "made", "prepares", "tables", "tasks")

    def __init__(self, kernel, tasks, arguments):
        self.kernel = kernel
        self.tasks = tasks
        self.tables = tuple([x for x in arguments if type(x) is AddressTable])
        self.arguments = arguments
        if self.tables:
            self.arguments = tuple([x.rows if type(x) is AddressTable else x for x in arguments])
        self.prepares = self.made = None
        self.block = argument_block(kernel.parameters, self.values())

    def values(self):
        """The arguments as passed to the kernel: a pointer is an integer."""
        if not self.kernel.pointers:
            return self.arguments
        values = list(self.arguments)
        for position in self.kernel.pointers:
            values[position] = 0 if values[position] is None else address_of(values[position])
        return values

    def preparing(self, *weights, made=None):
        """Mark this job as one that only prepares these weights and makes an array that others prepare; return it."""
        self.prepares, self.made = weights, made
        return self

    def addresses(self):
        """(words, position, array) for each argument that is an array: the word there is the array's address.

        These are all arrays that compiled code reads and writes, with those of the `tables`, and no scalar.
        """
        for position, word in self.kernel.addresses:
            if self.arguments[position] is not None:
                yield self.block, word, self.arguments[position]

    def release(self, arrays):
        """Release the arguments that are in a collection of arrays, which the caller keeps alive."""
        arguments = list(self.arguments)
        for position, _ in self.kernel.addresses:
            if arguments[position] is not None and arguments[position] in arrays:
                arguments[position] = None
        self.arguments = tuple(arguments)
        if self.prepares is not None and any(weights in arrays for weights in self.prepares):
            self.prepares = None
        for table in self.tables:
            table.release(arrays)

    def run_in_python(self):
        """Run all tasks in order as ordinary Python, for a debugger to step into."""
        python_form.run_rows([(python_form.address_in_python(self.kernel), address_of(self.block), self.tasks)])

    def __repr__(self):
        return f"<Job {self.kernel.name} × {self.tasks}>"


class TaskKernel:
    """A function (task, *arguments) that is compiled the first time one of its jobs runs.

    Attributes:
        name: the function's name.
        function: the function as plain Python.
        parameters: one `ArrayType`, `int` or `float` for each parameter after `task` (and `thread`), as in the argument
            block: a pointer is an `int`.
        positions: {name of a parameter: (its position among these, the word of the argument block where it starts)}.
        addresses: the positions whose word is an address: those of arrays and pointers.
        pointers: the positions of the pointers among the parameters.
        formula: that of a `FormulaKernel`, otherwise None.
        compiled: the address of its compiled code, None before that is needed (`job_lists.kernel_address`).
        structures: the structure of each parameter as the function has them, or None; None for a kernel without any.
            The other attributes have each field as a parameter.
    """

    def __init__(self, function):
        self.name = self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__module__ = function.__module__
        self.__wrapped__ = function
        self.function = function
        _, *parameters = inspect.signature(function).parameters.values()
        self.takes_thread = bool(parameters) and parameters[0].name == "thread"
        self._note([(parameter.name, parameter.annotation) for parameter in parameters[self.takes_thread :]])
        self.formula = self.compiled = None

    def _note(self, parameters):
        """Set the attributes of the parameters, given as (name, annotation)."""
        structures = tuple([annotation if fields(annotation) else None for _, annotation in parameters])
        self.structures = structures if any(structures) else None
        parameters = flattened(parameters)
        self.parameters = tuple([int if annotation is pointer else annotation for _, annotation in parameters])
        self.pointers = [position for position, (_, annotation) in enumerate(parameters) if annotation is pointer]
        self.positions, self.addresses = {}, []
        word = 0
        for position, (name, annotation) in enumerate(parameters):
            is_array = isinstance(annotation, ArrayType)
            self.positions[name] = position, word
            if is_array or annotation is pointer:
                self.addresses.append((position, word))
            word += 1 + (annotation.ndim if is_array else 0)

    def job(self, tasks, *arguments):
        """A `Job` of this kernel on these arrays (C-contiguous, of the annotated dtypes), scalars and structures."""
        return Job(self, tasks, arguments if self.structures is None else flat_arguments(arguments))

    def __repr__(self):
        return f"<TaskKernel {self.name}>"


def task_kernel(function):
    """Decorator: a function (task, *annotated arguments) as a `TaskKernel`."""
    return TaskKernel(function)


DTYPES = {np.dtype(name): name for name in ("float32", "float64", "int64", "int32", "uint8")}
DTYPES[np.dtype(object)] = "int64"  # the addresses of the objects, as a kernel sees them


def argument_block(parameters, arguments):
    """The arguments as 64-bit words (see the module docstring).

    Raises:
        TypeError: compiled code would take an array for one of another type.
    """
    words = []
    for parameter, argument in zip(parameters, arguments, strict=True):
        if parameter is int:
            words.append(argument)
        elif parameter is float:
            words.append(float_bits(argument))
        else:
            is_taken = DTYPES.get(argument.dtype) == parameter.dtype and argument.ndim == parameter.ndim
            if not (is_taken and argument.flags.c_contiguous):
                raise TypeError(f"The kernel takes {parameter}, not {_description(argument)}.")
            words.append(address_of(argument))
            words += argument.shape
    return np.array(words, np.int64)


def _description(array):
    contiguous = "" if array.flags.c_contiguous else ", not C-contiguous"
    return f"{array.dtype} of shape {array.shape}{contiguous}"


def float_bits(number):
    """The bits of a float64 value as an integer."""
    return int(np.float64(number).view(np.int64))


# Array elements from which a job pays: making and starting one takes 10 to 20 µs, like a pass over that many.
LARGE = 1 << 16
CHUNK = 1 << 14  # elements of a task of an elementwise kernel, 64 kB of each array: worth waking a thread for
FLOAT32 = np.dtype(np.float32)  # in the machine's byte order


def should_use_jobs(*arrays):
    """Whether arrays fit jobs and the first has `LARGE` elements, so that jobs are faster than NumPy."""
    return arrays[0].size >= LARGE and fits_jobs(*arrays)


def fits_jobs(*arrays):
    """Whether jobs can be made for these arrays: float32 without gaps, the first of them not empty."""
    if not (arrays[0].size and compiles(*arrays)):
        return False
    for array in arrays:  # noqa: SIM110 - `all` of a generator takes three times as long
        if array.dtype != FLOAT32 or not array.flags.c_contiguous:
            return False
    return True
