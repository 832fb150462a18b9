"""Why the `tf` namespace has none of some families of names, for messages: by the beginning of the full name."""

from minikeras.compat.names_not_here import NAMES_NOT_HERE

_REASONS = {
    "it is part of TensorFlow's graphs, which do not exist here": """
Graph Operation RegisterGradient graph_util import_graph_def variable_creator_scope io.write_graph summary.graph
test.assert_equal_graph_def version.GRAPH_DEF nondifferentiable_batch_function
    """,
    "it is for clusters of machines; here `minikeras run -n 4 script.py` trains in several processes": """
experimental.dtensor train.ClusterDef train.ClusterSpec train.JobDef train.ServerDef distribute
test.create_local_cluster
data.experimental.service data.experimental.distributed_save
    """,
    "it loads or makes code for TensorFlow's runtime": """
load_library load_op_library experimental.register_filesystem_plugin mlir xla sysconfig
config.experimental.disable_mlir_bridge config.experimental.enable_mlir_bridge
    """,
    "it is about devices other than the processor": """
config.experimental.get_memory_usage config.experimental.reset_memory_stats
config.experimental.set_device_policy config.experimental.get_device_policy config.experimental.ClusterDeviceFilters
math.approx_min_k nn.approx_min_k approx_top_k experimental.dlpack nn.RNNCellDeviceWrapper
fftnd ifftnd rfftnd irfftnd signal.fftnd signal.ifftnd signal.rfftnd signal.irfftnd
image.generate_bounding_box_proposals data.experimental.pad_to_cardinality
    """,
    "no tensor has a quantized dtype here; `tf.quantization.fake_quant_with_min_max_vars` rounds floats": """
quantization.quantize quantization.dequantize quantization.quantized_concat quantization.experimental
    """,
    "it was for models of Keras 2 and Estimators; Keras 3 has `keras.utils.FeatureSpace` and preprocessing layers": """
feature_column
    """,
    "cells of TensorFlow 1 are not those of Keras 3; `keras.layers.LSTMCell` and others have `dropout`": """
nn.RNNCellDropoutWrapper nn.RNNCellResidualWrapper
    """,
    "it describes values for graphs, and functions here get the values": """
IndexedSlicesSpec NoneTensorSpec OptionalSpec TensorArraySpec data.IteratorSpec
types.experimental.AtomicFunction types.experimental.FunctionType types.experimental.SupportsTracingProtocol
types.experimental.TraceType data.experimental.from_variant data.experimental.to_variant
data.experimental.get_model_proto data.experimental.make_saveable_from_iterator
    """,
    "operations run one after the other here, each as soon as it is called": """
experimental.async_clear_error experimental.async_scope experimental.function_executor_type
    """,
    "it is for another machine that watches or serves this one": """
profiler.experimental.client profiler.experimental.server types.experimental.distributed
    """,
    "the formats of fewer than 8 bits are `int4` and `uint4`, those of 8 bits `float8_e4m3fn` and `float8_e5m2`": """
dtypes.experimental.float4 dtypes.experimental.float8 dtypes.experimental.int2 dtypes.experimental.uint2
experimental.float4 experimental.float8 experimental.int2 experimental.uint2
    """,
    "no known program uses it; `scipy.special` computes it of arrays": "math.special",
    "no known program uses it; `scipy.stats.qmc.Sobol` draws these points": "math.sobol_sample",
    "no known program uses it; `scipy.optimize.isotonic_regression` computes it of arrays": "nn.isotonic_regression",
    "no known program uses it; `scipy.ndimage` has it for arrays": "nn.dilation2d nn.erosion2d",
    "no known program uses it; `tf.linalg` has the operations on dense matrices": """
linalg.LinearOperator linalg.experimental
    """,
    "no known program uses it; `tf.nn.max_pool2d` and `avg_pool2d` have regions of one size": """
nn.fractional_avg_pool nn.fractional_max_pool
    """,
    "no known program uses it; `tf.GradientTape` computes derivatives by backward passes": """
autodiff.ForwardAccumulator
    """,
    "no known program uses it; `tf.random.experimental.stateless_shuffle` permutes tensors": """
random.experimental.index_shuffle
    """,
    "no known program uses it; `tf.quantization.fake_quant_with_min_max_vars` rounds floats": """
quantization.quantize_and_dequantize
    """,
    "no package here reads or writes JPEG XL": "image.decode_jxl io.decode_jxl",
    "it belongs to TensorFlow's own tests": """
test.Benchmark test.benchmark_config test.disable_with_predicate test.experimental test.is_cpu_target_available
test.with_eager_op_as_function check_pinned
    """,
    "checkpoints here have their own format; `tf.train.list_variables` shows the contents of one": """
train.CheckpointView train.TrackableView train.experimental
    """,
    "it is part of an interface below `tf.nn.convolution`, which computes the same": """
conv conv2d_backprop_filter_v2 conv2d_backprop_input_v2 nn.with_space_to_batch
    """,
    "ragged tensors here have one class, `tf.RaggedTensor`": """
experimental.DynamicRaggedShape experimental.RowPartition ragged_fill_empty_rows
    """,
    "it is made of protocol buffers of TensorFlow, which are not read here": """
io.decode_proto io.encode_proto summary.experimental.write_raw_pb
    """,
    "files that a SavedModel brings along are read, and none are written": "saved_model.Asset saved_model.experimental",
    "nested dicts of ragged tensors hold the same": "experimental.StructuredTensor",
    "it draws by random numbers of TensorFlow's own": """
nn.learned_unigram_candidate_sampler random.learned_unigram_candidate_sampler random_index_shuffle
random.stateless_parameterized_truncated_normal
    """,
    "it stacks without waiting for other machines, and `tf.stack` computes the same": "parallel_stack",
    "data sets are read in order; `next(iter(dataset.skip(i)))` is element i": "data.experimental.at",
    "it is a method of data sets now, `dataset.sparse_batch(batch_size, row_shape)`": """
data.experimental.dense_to_sparse_batch
    """,
    "it is a method of data sets now, with the same arguments": """
data.experimental.bucket_by_sequence_length data.experimental.choose_from_datasets
data.experimental.get_single_element data.experimental.group_by_window data.experimental.load
data.experimental.rejection_resample data.experimental.sample_from_datasets data.experimental.save
data.experimental.scan data.experimental.snapshot data.experimental.take_while data.experimental.unbatch
data.experimental.unique
    """,
    "deprecated names warn here, and `warnings.simplefilter('error')` makes errors of warnings": """
experimental.enable_strict_mode
    """,
    "NumPy's own function of this name takes tensors": "experimental.numpy.compress experimental.numpy.iscomplex",
    "NumPy 2 calls these types `np.bytes_` and `np.str_`": "experimental.numpy.string_ experimental.numpy.unicode_",
    "it keeps a list of files in a variable; `tf.io.gfile.glob` and `tf.data.Dataset.list_files` find them": """
io.match_filenames_once
    """,
    "the profiler here has no levels to choose: call `tf.profiler.experimental.start(logdir)`": """
profiler.experimental.ProfilerOptions
    """,
}
NOT_USED = "none of the programs whose names were counted uses it"
_REASON_OF = {beginning: reason for reason, names in _REASONS.items() for beginning in names.split()}


def why_absent(module_name, name):
    """The reason why minikeras does not have `module_name.name` of TensorFlow; None for what TensorFlow lacks too."""
    full = f"{module_name}.{name}".removeprefix("tensorflow.")
    if full in _REASON_OF:
        return _REASON_OF[full]
    if name not in NAMES_NOT_HERE.get(module_name, ()):
        return None
    return next((reason for beginning, reason in _REASON_OF.items() if full.startswith(beginning)), NOT_USED)
