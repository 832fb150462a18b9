"""Why the `tf` namespace has none of some families of names, for messages: by the beginning of the full name."""

from minikeras.compat.names_not_here import NAMES_NOT_HERE

_REASONS = {
    "it is part of TensorFlow's graphs, which do not exist here": """
Graph Operation RegisterGradient graph_util import_graph_def variable_creator_scope io.write_graph summary.graph
test.assert_equal_graph_def version.GRAPH_DEF queue nondifferentiable_batch_function
    """,
    "it is for clusters of machines; here `minikeras run -n 4 script.py` trains in several processes": """
train.ClusterDef train.ClusterSpec train.JobDef train.ServerDef distribute test.create_local_cluster
data.experimental.service data.experimental.distributed_save
    """,
    "it loads or makes code for TensorFlow's runtime": """
load_library load_op_library experimental.register_filesystem_plugin mlir xla sysconfig.CXX_VERSION
config.experimental.disable_mlir_bridge config.experimental.enable_mlir_bridge
    """,
    "it is about devices other than the processor": """
DeviceSpec config.experimental.get_memory_usage config.experimental.reset_memory_stats
config.experimental.set_device_policy config.experimental.get_device_policy config.experimental.ClusterDeviceFilters
math.approx_min_k nn.approx_min_k experimental.dlpack nn.RNNCellDeviceWrapper
    """,
    "it is made of protocol buffers of TensorFlow, which are not read here": """
make_ndarray make_tensor_proto io.decode_proto io.encode_proto saved_model summary.experimental.write_raw_pb
    """,
    "types of your own cannot become tensors here; convert them before the call": """
experimental.ExtensionType experimental.BatchableExtensionType experimental.extension_type experimental.dispatch_for
experimental.unregister_dispatch_for experimental.StructuredTensor register_tensor_conversion_function
    """,
    "it draws candidates or boxes by random numbers of TensorFlow's own": """
nn.all_candidate_sampler random.all_candidate_sampler nn.fixed_unigram_candidate_sampler
nn.learned_unigram_candidate_sampler nn.fractional_avg_pool nn.fractional_max_pool
image.sample_distorted_bounding_box image.stateless_sample_distorted_bounding_box random_index_shuffle
    """,
}
_REASON_OF = {beginning: reason for reason, names in _REASONS.items() for beginning in names.split()}


def why_absent(module_name, name):
    """The reason why minikeras does not have `module_name.name` of TensorFlow, or None if there is none but time."""
    full = f"{module_name}.{name}".removeprefix("tensorflow.")
    if full in _REASON_OF:
        return _REASON_OF[full]
    if name not in NAMES_NOT_HERE.get(module_name, ()):
        return None
    return next((reason for beginning, reason in _REASON_OF.items() if full.startswith(beginning)), None)
