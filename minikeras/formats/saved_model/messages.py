"""The messages of a SavedModel. Each line declares a field: its name, number, and kind.

Fields that nothing here writes or uses are omitted: readers skip them.

    SavedModel → MetaGraphDef → GraphDef → FunctionDefLibrary → FunctionDef → NodeDef → AttrValue
                              → SignatureDef → TensorInfo                       which functions serve what
                              → SavedObjectGraph → SavedObject                  the owners of functions and variables
                              → SaverDef                                        the operations that read variables

Source of names and numbers: the descriptors of TensorFlow's protocol buffers, `tensorflow/core/protobuf/`
(saved_model, meta_graph, saved_object_graph, trackable_object_graph, struct, saver, tensor_bundle) and
`tensorflow/core/framework/` (graph, function, node_def, op_def, attr_value, tensor, tensor_shape, types, versions).
"""

from minikeras.formats.protobuf.message import Message, choice, many, mapping, one

FILE, SCHEMA = "saved_model.pb", 1  # the file in the folder, and the version of its form
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"  # the key of a `TrackableObjectGraph` in the table of the variables

# --- arrays ----------------------------------------------------------------------------------------------------------


class Dim(Message):
    """The length of an axis: −1 if unknown."""

    size = one(1, "int64")


class TensorShapeProto(Message):
    """Lengths of the axes, unless not even their number is known."""

    dim = many(2, "Dim")
    unknown_rank = one(3, "bool")


class TensorProto(Message):
    """An array: `tensor_content`, or a list of the elements in one of the fields by dtype."""

    dtype = one(1, "enum")
    tensor_shape = one(2, "TensorShapeProto")
    tensor_content = one(4, "bytes")
    float_val = many(5, "float")
    double_val = many(6, "double")
    int_val = many(7, "int32")
    string_val = many(8, "bytes")
    scomplex_val = many(9, "float")
    int64_val = many(10, "int64")
    bool_val = many(11, "bool")
    dcomplex_val = many(12, "double")
    half_val = many(13, "int32")
    uint32_val = many(16, "uint32")
    uint64_val = many(17, "uint64")
    float8_val = one(18, "bytes")


class VersionDef(Message):
    """The versions of the program that wrote a graph, and of those that may read it."""

    producer = one(1, "int32")
    min_consumer = one(2, "int32")


# --- graphs ----------------------------------------------------------------------------------------------------------


class AttrList(Message):
    """An attribute with several values (`AttrValue.ListValue`)."""

    s = many(2, "bytes")
    i = many(3, "int64")
    f = many(4, "float")
    b = many(5, "bool")
    type = many(6, "enum")
    shape = many(7, "TensorShapeProto")
    tensor = many(8, "TensorProto")
    func = many(9, "NameAttrList")


class AttrValue(Message):
    """An attribute of a node or function."""

    list = choice(1, "AttrList")
    s = choice(2, "bytes")
    i = choice(3, "int64")
    f = choice(4, "float")
    b = choice(5, "bool")
    type = choice(6, "enum")
    shape = choice(7, "TensorShapeProto")
    tensor = choice(8, "TensorProto")
    placeholder = choice(9, "string")
    func = choice(10, "NameAttrList")


class NameAttrList(Message):
    """A function by name, with values for its attributes."""

    name = one(1, "string")
    attr = mapping(2, "string", "AttrValue")


class NodeDef(Message):
    """One use of an operation.

    `input` names outputs: "node", "node:1" in a graph, "node:output_arg:0" in a function, "^node" to run after it.
    """

    name = one(1, "string")
    op = one(2, "string")
    input = many(3, "string")
    device = one(4, "string")
    attr = mapping(5, "string", "AttrValue")


class ArgDef(Message):
    """An input or output of an operation or function: its dtype, fixed or by an attribute."""

    name = one(1, "string")
    type = one(3, "enum")


class OpDef(Message):
    """The inputs and outputs of an operation or function."""

    name = one(1, "string")
    input_arg = many(2, "ArgDef")
    output_arg = many(3, "ArgDef")
    is_stateful = one(17, "bool")
    control_output = many(20, "string")


class ArgAttrs(Message):
    """Attributes of a function's argument."""

    attr = mapping(1, "string", "AttrValue")


class FunctionDef(Message):
    """A function: nodes between the arguments and `ret`, which names an output for each of the signature's."""

    signature = one(1, "OpDef")
    node_def = many(3, "NodeDef")
    ret = mapping(4, "string", "string")
    attr = mapping(5, "string", "AttrValue")
    control_ret = mapping(6, "string", "string")
    arg_attr = mapping(7, "uint32", "ArgAttrs")


class FunctionDefLibrary(Message):
    """The functions that a graph may call."""

    function = many(1, "FunctionDef")


class GraphDef(Message):
    """Nodes, and functions."""

    node = many(1, "NodeDef")
    library = one(2, "FunctionDefLibrary")
    versions = one(4, "VersionDef")


# --- what is served --------------------------------------------------------------------------------------------------


class TensorInfo(Message):
    """A tensor of the graph, "node:0"."""

    name = choice(1, "string")
    dtype = one(2, "enum")
    tensor_shape = one(3, "TensorShapeProto")


class SignatureDef(Message):
    """A served function: tensors to feed and to fetch, by the names of arguments and results."""

    inputs = mapping(1, "string", "TensorInfo")
    outputs = mapping(2, "string", "TensorInfo")
    method_name = one(3, "string")
    defaults = mapping(4, "string", "TensorProto")


class SaverDef(Message):
    """The nodes that write and read the variables, and the placeholder of the path."""

    filename_tensor_name = one(1, "string")
    save_tensor_name = one(2, "string")
    restore_op_name = one(3, "string")
    max_to_keep = one(4, "int32")
    keep_checkpoint_every_n_hours = one(6, "float")
    version = one(7, "enum")


class AssetFileDef(Message):
    """A file in the folder `assets`, and the tensor that is its path."""

    filename = one(2, "string")


class NodeList(Message):
    """Names of nodes."""

    value = many(1, "string")


class CollectionDef(Message):
    """A named list of things in a graph."""

    node_list = choice(1, "NodeList")


class MetaInfoDef(Message):
    """The writer of a graph, and its purpose: its `tags`."""

    tags = many(4, "string")
    tensorflow_version = one(5, "string")
    tensorflow_git_version = one(6, "string")
    function_aliases = mapping(8, "string", "string")


class MetaGraphDef(Message):
    """A graph with all its metadata."""

    meta_info_def = one(1, "MetaInfoDef")
    graph_def = one(2, "GraphDef")
    saver_def = one(3, "SaverDef")
    collection_def = mapping(4, "string", "CollectionDef")
    signature_def = mapping(5, "string", "SignatureDef")
    asset_file_def = many(6, "AssetFileDef")
    object_graph_def = one(7, "SavedObjectGraph")


class SavedModel(Message):
    """The file `saved_model.pb`."""

    saved_model_schema_version = one(1, "int64")
    meta_graphs = many(2, "MetaGraphDef")


# --- structures of arguments and results -----------------------------------------------------------------------------


class NoneValue(Message):
    """None."""


class TensorSpecProto(Message):
    """A tensor whose shape and dtype are known."""

    name = one(1, "string")
    shape = one(2, "TensorShapeProto")
    dtype = one(3, "enum")


class BoundedTensorSpecProto(Message):
    """A tensor whose limits are known too."""

    name = one(1, "string")
    shape = one(2, "TensorShapeProto")
    dtype = one(3, "enum")


class TypeSpecProto(Message):
    """A value of several tensors: sparse, ragged, …."""

    type_spec_class_name = one(3, "string")


class StructuredValues(Message):
    """The items of a list or tuple (`ListValue`, `TupleValue`)."""

    values = many(1, "StructuredValue")


class DictValue(Message):
    """The items of a dict."""

    fields = mapping(1, "string", "StructuredValue")


class PairValue(Message):
    """An item of a named tuple."""

    key = one(1, "string")
    value = one(2, "StructuredValue")


class NamedTupleValue(Message):
    """A named tuple."""

    name = one(1, "string")
    values = many(2, "PairValue")


class StructuredValue(Message):
    """A Python value: nested lists, tuples and dicts of numbers, texts and specifications of tensors."""

    none_value = choice(1, "NoneValue")
    float64_value = choice(11, "double")
    int64_value = choice(12, "sint64")
    string_value = choice(13, "string")
    bool_value = choice(14, "bool")
    tensor_shape_value = choice(31, "TensorShapeProto")
    tensor_dtype_value = choice(32, "enum")
    tensor_spec_value = choice(33, "TensorSpecProto")
    type_spec_value = choice(34, "TypeSpecProto")
    bounded_tensor_spec_value = choice(35, "BoundedTensorSpecProto")
    list_value = choice(51, "StructuredValues")
    tuple_value = choice(52, "StructuredValues")
    dict_value = choice(53, "DictValue")
    named_tuple_value = choice(54, "NamedTupleValue")
    tensor_value = choice(55, "TensorProto")
    numpy_value = choice(56, "TensorProto")


# --- objects ---------------------------------------------------------------------------------------------------------


class ObjectReference(Message):
    """The attribute of an object that is another object: an index in the list of them."""

    node_id = one(1, "int32")
    local_name = one(2, "string")


class SavedUserObject(Message):
    """An object of the class that the identifier names."""

    identifier = one(1, "string")
    version = one(2, "VersionDef")
    metadata = one(3, "string")


class SavedAsset(Message):
    """A file in the folder `assets`."""

    asset_file_def_index = one(1, "int32")


class FunctionSpec(Message):
    """The arguments of a Python function (as `inspect.FullArgSpec`)."""

    fullargspec = one(1, "StructuredValue")
    is_method = one(2, "bool")
    input_signature = one(5, "StructuredValue")
    jit_compile = one(6, "enum")


class SavedFunction(Message):
    """A `tf.function` with its traces, by name."""

    concrete_functions = many(1, "string")
    function_spec = one(2, "FunctionSpec")


class SavedBareConcreteFunction(Message):
    """A function's trace for one signature, as a separate object."""

    concrete_function_name = one(1, "string")
    argument_keywords = many(2, "string")
    allowed_positional_arguments = one(3, "int64")
    function_spec = one(4, "FunctionSpec")


class SavedConstant(Message):
    """The node `operation` of the graph."""

    operation = one(1, "string")


class SavedVariable(Message):
    """A variable. Its values are in the table of the variables."""

    dtype = one(1, "enum")
    shape = one(2, "TensorShapeProto")
    trainable = one(3, "bool")
    synchronization = one(4, "enum")
    aggregation = one(5, "enum")
    name = one(6, "string")
    device = one(7, "string")


class SavedResource(Message):
    """A resource that functions create, such as a table of words."""

    device = one(1, "string")


class CapturedTensor(Message):
    """A tensor that a function reads from outside of it."""

    name = one(1, "string")
    concrete_function = one(2, "string")


class SavedObject(Message):
    """An object: its attributes and its kind."""

    children = many(1, "ObjectReference")
    user_object = choice(4, "SavedUserObject")
    asset = choice(5, "SavedAsset")
    function = choice(6, "SavedFunction")
    variable = choice(7, "SavedVariable")
    bare_concrete_function = choice(8, "SavedBareConcreteFunction")
    constant = choice(9, "SavedConstant")
    resource = choice(10, "SavedResource")
    captured_tensor = choice(12, "CapturedTensor")


class SavedConcreteFunction(Message):
    """A function's trace: the objects that it reads (indices), and the structures of its arguments and results."""

    bound_inputs = many(2, "int32")
    canonicalized_input_signature = one(3, "StructuredValue")
    output_signature = one(4, "StructuredValue")


class SavedObjectGraph(Message):
    """All objects, of which the first was saved, and the functions of the library by name."""

    nodes = many(1, "SavedObject")
    concrete_functions = mapping(2, "string", "SavedConcreteFunction")


# --- the values of variables -----------------------------------------------------------------------------------------


class SerializedTensor(Message):
    """A value of an object in the table of the variables."""

    name = one(1, "string")
    full_name = one(2, "string")
    checkpoint_key = one(3, "string")


class TrackableObject(Message):
    """An object in a checkpoint."""

    children = many(1, "ObjectReference")
    attributes = many(2, "SerializedTensor")


class TrackableObjectGraph(Message):
    """The objects of a checkpoint: stored in the table under `_CHECKPOINTABLE_OBJECT_GRAPH`."""

    nodes = many(1, "TrackableObject")


class BundleHeaderProto(Message):
    """The first entry of the table of the variables, under the empty key."""

    num_shards = one(1, "int32")
    endianness = one(2, "enum")
    version = one(3, "VersionDef")


class TensorSliceProto(Message):
    """A part of an array."""


class BundleEntryProto(Message):
    """The location of an array's bytes."""

    dtype = one(1, "enum")
    shape = one(2, "TensorShapeProto")
    shard_id = one(3, "int32")
    offset = one(4, "int64")
    size = one(5, "int64")
    crc32c = one(6, "fixed32")
    slices = many(7, "TensorSliceProto")
