"""`DTypePolicyMap`: another policy for each of some layers, found by their paths."""

import math
import re
from collections.abc import MutableMapping

from minikeras.base.limits import reads_config, use_elements
from minikeras.dtype_policies.dtype_policy import DTypePolicy
from minikeras.dtype_policies.identifiers import deserialize, get, serialize

# A regular expression may take time exponential in the path's length, and polynomial if it has several repetitions. In
# one that comes from a file, only single characters are repeated, and the steps that its search may take are counted.
_SLOW = re.compile(r"\(\?|\)\s*[*+{?]|\\[1-9]")  # extensions, repeated groups, references to groups
_REPETITION = re.compile(r"[*+?{][*+?{]?")
_MAX_REPETITIONS = 4
_MAX_STEPS = 10_000_000  # 0.1 to 0.5 s


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Maps paths of layers to policies; `default_policy` is for all other layers.

        policies = keras.dtype_policies.DTypePolicyMap()
        policies["model/dense_1"] = "bfloat16"
        policies["model/block_.*"] = keras.dtype_policies.QuantizedDTypePolicy("int8")
        layer = MyLayer(dtype=policies)

    A key is a path, or a regular expression that must match a whole path. The policy of a layer is looked up when it is
    built, since its path is known then.

    Args:
        default_policy: name or policy of all other layers; the global default at the time of use if None.
        policy_map: {path: DTypePolicy} to start from.

    Raises:
        TypeError: `policy_map` is not a dict.
        ValueError: `default_policy` is not a policy; a path that several keys match (when it is looked up).
    """

    __hash__ = None
    _is_from_config = False

    def __init__(self, default_policy=None, policy_map=None):
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(
                f"If specified, `policy_map` must be a dict. Its keys are paths. Received: {policy_map!r} of type "
                f"{type(policy_map).__name__}"
            )
        self._default_policy_arg = default_policy
        self._default_policy = get(default_policy)
        self._policy_map = {path: get(policy) for path, policy in (policy_map or {}).items()}

    @property
    def name(self):
        return f"map_{self.default_policy.name}"

    @property
    def default_policy(self):
        """The policy of layers whose path matches no key."""
        return self._default_policy

    @property
    def compute_dtype(self):
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self):
        return self.default_policy.variable_dtype

    @property
    def quantization_mode(self):
        return self.default_policy.quantization_mode

    # --- a mapping ----------------------------------------------------------------------------------------------------

    def __getitem__(self, key):
        """The policy of a path.

        Raises:
            ValueError: several keys match it; or the keys are from a config, and would take too long.
        """
        if key in self._policy_map:
            return self._policy_map[key]
        if self._is_from_config:
            _count_steps(self._policy_map, key)
        matching = [pattern for pattern in self._policy_map if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(
                f"Path '{key}' matches multiple dtype policy patterns of the DTypePolicyMap: {matching}. Change them "
                "so that each path matches at most one."
            )
        return self._policy_map[matching[0]] if matching else self.default_policy

    def __setitem__(self, key, policy):
        """Add a policy, given as a name, a policy or a config.

        Raises:
            ValueError: the key exists already, or `policy` is not a policy.
        """
        if key in self._policy_map:
            raise ValueError(
                f"Policies for {key} already exist in the DTypePolicyMap: {self._policy_map[key]!r}. Delete it first."
            )
        try:
            self._policy_map[key] = get(policy)
        except Exception as error:
            raise ValueError(
                f"Cannot interpret the assigned value. '{key}' takes a dtype policy. Received: {policy!r}"
            ) from error

    def __delitem__(self, key):
        del self._policy_map[key]

    def __contains__(self, key):
        return key in self._policy_map

    def __len__(self):
        return len(self._policy_map)

    def __iter__(self):
        return iter(self._policy_map)

    def __eq__(self, other):
        if not isinstance(other, DTypePolicyMap):
            return False
        return self.default_policy == other.default_policy and self._policy_map == other._policy_map

    def __repr__(self):
        policies = [(path, policy.name) for path, policy in self._policy_map.items()]
        return f"<DTypePolicyMap at {hex(id(self))} default_policy={self.default_policy.name}, mapping={policies}>"

    # --- files --------------------------------------------------------------------------------------------------------

    def get_config(self):
        """The config. As in Keras, without a `default_policy` policies are stored without their source dtypes, and take
        the global default when they are loaded."""
        policies = {path: serialize(policy) for path, policy in self._policy_map.items()}
        if self._default_policy_arg is None:
            for policy in policies.values():
                policy["config"] |= {key: None for key in ("name", "source_name") if key in policy["config"]}
        default = self._default_policy_arg
        default = default.name if isinstance(default, DTypePolicy) else default
        return {"default_policy": default, "policy_map": policies}

    @classmethod
    @reads_config
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        policies = config.get("policy_map") or {}
        if not isinstance(policies, dict):
            raise TypeError(f"`policy_map` must be a dict of paths and policies. Received: {policies!r}")
        for pattern in policies:
            _refuse_slow_pattern(pattern)
        config["policy_map"] = {path: deserialize(policy, custom_objects) for path, policy in policies.items()}
        policies = cls(**config)
        policies._is_from_config = True
        return policies


def _refuse_slow_pattern(pattern):
    if _SLOW.search(pattern) or max(_choices(pattern)) > _MAX_REPETITIONS:
        raise ValueError(
            f"The key {pattern!r} of a DTypePolicyMap in a config is a regular expression that may take too long: it "
            f"repeats a group, has an extension '(?…)' or a reference to a group, or more than {_MAX_REPETITIONS} "
            "repetitions or alternatives. Use a simpler one."
        )


def _choices(pattern):
    """(the number of repetitions, of alternatives), or more, in a regular expression."""
    return len(_REPETITION.findall(pattern)), pattern.count("|")


def _count_steps(patterns, path):
    """Count the steps of a search for keys that match a path: each repetition ends anywhere, each "|" doubles that.

    Raises:
        ValueError: too much.
    """
    steps = 0
    for repetitions, alternatives in map(_choices, patterns):
        steps += math.comb(len(path) + repetitions, repetitions) << alternatives
    if steps > _MAX_STEPS:
        raise ValueError(
            f"The keys of a DTypePolicyMap from a config may take too long to be matched with the path '{path[:200]}', "
            f"of {len(path)} characters. Use shorter names, or simpler regular expressions."
        )
    use_elements((steps,), what="matching paths with a DTypePolicyMap, in steps")
