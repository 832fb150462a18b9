"""SavedModels written message by message, for tests without TensorFlow."""

import numpy as np

from minikeras.formats.saved_model import messages as m
from minikeras.formats.saved_model.tensor_bundle import write_bundle
from minikeras.formats.saved_model.tensors import RESOURCE, dtype_number, shape_message, tensor_message

FLOAT = dtype_number("float32")


def attribute(value):
    """The message of an attribute: a number, text, list, array, dtype (as "dtype:float32") or function ("f:name")."""
    if isinstance(value, bool):
        return m.AttrValue(b=value)
    if isinstance(value, (int, float)):
        return m.AttrValue(i=value) if isinstance(value, int) else m.AttrValue(f=value)
    if isinstance(value, np.ndarray):
        return m.AttrValue(tensor=tensor_message(value))
    if isinstance(value, list) and all(isinstance(each, int) for each in value):
        return m.AttrValue(list=m.AttrList(i=value))
    if isinstance(value, list):
        return m.AttrValue(list=m.AttrList(type=[dtype_number(each.removeprefix("dtype:")) for each in value]))
    if value.startswith("dtype:"):
        return m.AttrValue(type=dtype_number(value.removeprefix("dtype:")))
    if value.startswith("f:"):
        return m.AttrValue(func=m.NameAttrList(name=value.removeprefix("f:")))
    return m.AttrValue(s=value.encode())


def node(name, op, *inputs, **attributes):
    """A node."""
    attr = {key: attribute(value) for key, value in attributes.items()}
    return m.NodeDef(name=name, op=op, input=list(inputs), attr=attr)


def constant(name, value, dtype="float32"):
    """A node with a constant."""
    array = np.asarray(value, object if dtype == "string" else dtype)
    return node(name, "Const", value=array, dtype=f"dtype:{dtype}")


def function(name, arguments, nodes, results, effects=()):
    """A function of arguments {name: number of the dtype}, with results {name: reference}."""
    signature = m.OpDef(
        name=name,
        input_arg=[m.ArgDef(name=key, type=kind) for key, kind in arguments.items()],
        output_arg=[m.ArgDef(name=key, type=FLOAT) for key in results],
    )
    return m.FunctionDef(signature=signature, node_def=nodes, ret=results, control_ret={each: each for each in effects})


def spec(shape, name=None):
    """The description of a float32 tensor."""
    return m.StructuredValue(
        tensor_spec_value=m.TensorSpecProto(name=name or "", shape=shape_message(shape), dtype=FLOAT)
    )


def linear_model(nodes=None, kernel=((1.0, 2.0), (3.0, 4.0)), more=()):
    """A SavedModel of `serve(x) = x · kernel`, and the arrays of its variables."""
    nodes = nodes or [
        node("read", "ReadVariableOp", "kernel", dtype="dtype:float32"),
        node("y", "MatMul", "x", "read:value:0", transpose_a=False),
    ]
    graph = function("serve", {"x": FLOAT, "kernel": RESOURCE}, nodes, {"result": "y:product:0"})
    arguments = m.StructuredValue(
        tuple_value=m.StructuredValues(
            values=[
                m.StructuredValue(tuple_value=m.StructuredValues(values=[spec((None, 2), "x")])),
                m.StructuredValue(dict_value=m.DictValue()),
            ]
        )
    )
    names = m.StructuredValue(list_value=m.StructuredValues(values=[m.StructuredValue(string_value="x")]))
    nothing = m.StructuredValue(none_value=m.NoneValue())
    fields = {
        "args": names, "varargs": nothing, "varkw": nothing, "defaults": nothing, "kwonlydefaults": nothing,
        "kwonlyargs": m.StructuredValue(list_value=m.StructuredValues()), "annotations": nothing,
    }  # fmt: skip
    fullargspec = m.StructuredValue(
        named_tuple_value=m.NamedTupleValue(
            name="FullArgSpec", values=[m.PairValue(key=key, value=value) for key, value in fields.items()]
        )
    )
    objects = [
        m.SavedObject(
            user_object=m.SavedUserObject(identifier="_generic_user_object"),
            children=[
                m.ObjectReference(node_id=1, local_name="kernel"),
                m.ObjectReference(node_id=2, local_name="serve"),
            ],
        ),
        m.SavedObject(
            variable=m.SavedVariable(dtype=FLOAT, shape=shape_message((2, 2)), trainable=True, name="kernel")
        ),
        m.SavedObject(
            function=m.SavedFunction(
                concrete_functions=["serve"], function_spec=m.FunctionSpec(fullargspec=fullargspec)
            )
        ),
    ]
    traced = m.SavedConcreteFunction(
        bound_inputs=[1], canonicalized_input_signature=arguments, output_signature=spec((None, 2))
    )
    model = m.SavedModel(
        saved_model_schema_version=1,
        meta_graphs=[
            m.MetaGraphDef(
                meta_info_def=m.MetaInfoDef(tags=["serve"]),
                graph_def=m.GraphDef(library=m.FunctionDefLibrary(function=[graph, *more])),
                object_graph_def=m.SavedObjectGraph(nodes=objects, concrete_functions={"serve": traced}),
            )
        ],
    )
    key = "kernel/.ATTRIBUTES/VARIABLE_VALUE"
    described = m.TrackableObjectGraph(
        nodes=[
            m.TrackableObject(children=[m.ObjectReference(node_id=1, local_name="kernel")]),
            m.TrackableObject(attributes=[m.SerializedTensor(name="VARIABLE_VALUE", checkpoint_key=key)]),
        ]
    )
    arrays = {key: np.array(kernel, "f"), "_CHECKPOINTABLE_OBJECT_GRAPH": np.array(described.encoded(), object)}
    return model, arrays


def write(folder, model, arrays):
    """Write a SavedModel."""
    (folder / "variables").mkdir(parents=True, exist_ok=True)
    (folder / "saved_model.pb").write_bytes(model.encoded())
    write_bundle(folder / "variables" / "variables", arrays)
    return folder
