"""Public names of TensorFlow that the `tf` namespace does not have, for messages. Made by tests/parity."""

_NAMES = {
    "tensorflow": """
CriticalSection DeviceSpec Graph IndexedSlicesSpec NoneTensorSpec Operation OptionalSpec RegisterGradient
TensorArraySpec approx_top_k check_pinned conv conv2d_backprop_filter_v2 conv2d_backprop_input_v2
feature_column fftnd fingerprint graph_util ifftnd import_graph_def irfftnd load_library load_op_library
nondifferentiable_batch_function parallel_stack ragged_fill_empty_rows ragged_fill_empty_rows_grad
random_index_shuffle rfftnd sysconfig variable_creator_scope
    """,
    "tensorflow.autodiff": """
ForwardAccumulator
    """,
    "tensorflow.config.experimental": """
ClusterDeviceFilters disable_mlir_bridge enable_mlir_bridge get_device_policy get_memory_usage
reset_memory_stats set_device_policy
    """,
    "tensorflow.data": """
IteratorSpec
    """,
    "tensorflow.data.experimental": """
DatasetInitializer RandomDataset Reducer SHARD_HINT SqlDataset TFRecordWriter at bucket_by_sequence_length
choose_from_datasets copy_to_device dense_to_sparse_batch distributed_save enable_debug_mode enumerate_dataset
from_list from_variant get_model_proto get_next_as_optional get_single_element get_structure group_by_reducer
group_by_window index_table_from_dataset load make_batched_features_dataset make_saveable_from_iterator
map_and_batch pad_to_cardinality parallel_interleave parse_example_dataset prefetch_to_device
rejection_resample sample_from_datasets save scan service shuffle_and_repeat snapshot table_from_dataset
take_while to_variant unbatch unique
    """,
    "tensorflow.distribute": """
DistributedDataset DistributedIterator DistributedValues Server StrategyExtended coordinator
    """,
    "tensorflow.distribute.cluster_resolver": """
ClusterResolver GCEClusterResolver KubernetesClusterResolver KubernetesExecutableLocation
SimpleClusterResolver SlurmClusterResolver TFConfigClusterResolver UnionResolver
    """,
    "tensorflow.distribute.experimental": """
CollectiveCommunication CollectiveHints CommunicationImplementation CommunicationOptions
PreemptionCheckpointHandler PreemptionWatcher TerminationConfig ValueContext coordinator partitioners rpc
    """,
    "tensorflow.dtypes.experimental": """
float4_e2m1fn float8_e4m3b11fnuz float8_e4m3fnuz float8_e5m2fnuz int2 uint2
    """,
    "tensorflow.experimental": """
DynamicRaggedShape RowPartition StructuredTensor async_clear_error async_scope dlpack enable_strict_mode
float4_e2m1fn float8_e4m3b11fnuz float8_e4m3fnuz float8_e5m2fnuz function_executor_type int2
register_filesystem_plugin uint2
    """,
    "tensorflow.experimental.numpy": """
compress iscomplex string_ unicode_
    """,
    "tensorflow.image": """
decode_jxl generate_bounding_box_proposals
    """,
    "tensorflow.io": """
decode_base64 decode_compressed decode_json_example decode_jxl decode_proto deserialize_many_sparse
encode_base64 encode_proto match_filenames_once parse_sequence_example serialize_many_sparse write_graph
    """,
    "tensorflow.linalg": """
LinearOperator LinearOperatorAdjoint LinearOperatorBlockDiag LinearOperatorBlockLowerTriangular
LinearOperatorCirculant LinearOperatorCirculant2D LinearOperatorCirculant3D LinearOperatorComposition
LinearOperatorDiag LinearOperatorFullMatrix LinearOperatorHouseholder LinearOperatorIdentity
LinearOperatorInversion LinearOperatorKronecker LinearOperatorLowRankUpdate LinearOperatorPermutation
LinearOperatorScaledIdentity LinearOperatorToeplitz LinearOperatorTridiag LinearOperatorZeros experimental
    """,
    "tensorflow.lookup": """
experimental
    """,
    "tensorflow.math": """
approx_min_k sobol_sample special
    """,
    "tensorflow.nn": """
RNNCellDeviceWrapper RNNCellDropoutWrapper RNNCellResidualWrapper approx_min_k dilation2d erosion2d
fractional_avg_pool fractional_max_pool isotonic_regression learned_unigram_candidate_sampler
with_space_to_batch
    """,
    "tensorflow.profiler.experimental": """
ProfilerOptions client server
    """,
    "tensorflow.quantization": """
dequantize experimental quantize quantize_and_dequantize quantize_and_dequantize_v2 quantized_concat
    """,
    "tensorflow.queue": """
PaddingFIFOQueue PriorityQueue QueueBase RandomShuffleQueue
    """,
    "tensorflow.ragged": """
cross cross_hashed
    """,
    "tensorflow.random": """
learned_unigram_candidate_sampler stateless_parameterized_truncated_normal
    """,
    "tensorflow.random.experimental": """
index_shuffle
    """,
    "tensorflow.saved_model": """
Asset experimental
    """,
    "tensorflow.signal": """
fftnd ifftnd irfftnd rfftnd
    """,
    "tensorflow.sparse": """
bincount cross cross_hashed expand_dims eye mask maximum minimum reset_shape sampled_addmm segment_mean
segment_sqrt_n segment_sum softmax split to_indicator
    """,
    "tensorflow.summary": """
graph
    """,
    "tensorflow.summary.experimental": """
write_raw_pb
    """,
    "tensorflow.test": """
Benchmark assert_equal_graph_def benchmark_config create_local_cluster disable_with_predicate experimental
is_cpu_target_available with_eager_op_as_function
    """,
    "tensorflow.train": """
CheckpointView ClusterDef ClusterSpec Coordinator JobDef ServerDef TrackableView experimental
    """,
    "tensorflow.types.experimental": """
AtomicFunction FunctionType SupportsTracingProtocol TraceType distributed
    """,
    "tensorflow.version": """
GRAPH_DEF_VERSION_MIN_CONSUMER GRAPH_DEF_VERSION_MIN_PRODUCER
    """,
}
NAMES_NOT_HERE = {namespace: frozenset(names.split()) for namespace, names in _NAMES.items()}
