"""`Config`: named settings of an experiment, as attributes and as a dict, which can be frozen."""

import copy
import json

from minikeras.base.suggestions import did_you_mean


class Config:
    """Settings by name: `config = Config(units=32); config.rate = 0.1; config["rate"]`.

    The attributes of the class itself, such as `keys`, are not settings.

    Args:
        **kwargs: the first settings.
    """

    def __init__(self, **kwargs):
        object.__setattr__(self, "_config", kwargs)
        object.__setattr__(self, "_frozen", False)

    # --- frozen or not --------------------------------------------------------------------------------------------

    @property
    def frozen(self):
        """Whether settings cannot be changed."""
        return self._frozen

    def freeze(self):
        """Refuse changes from now on."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self):
        """Allow changes again."""
        object.__setattr__(self, "_frozen", False)

    def _require_unfrozen(self):
        if self._frozen:
            raise ValueError("This Config is frozen, so its settings cannot be changed. Call `unfreeze()` first.")

    # --- as attributes --------------------------------------------------------------------------------------------

    def __getattr__(self, name):  # called only for attributes that the class lacks
        settings = self.__dict__.get("_config", {})  # there is none while an instance is being copied
        if name in settings:
            return settings[name]
        raise AttributeError(f"Unknown attribute: {name!r}.{did_you_mean(name, settings)}", name=name)

    def __setattr__(self, name, value):
        if name in self.__dict__ or hasattr(type(self), name):
            object.__setattr__(self, name, value)
        else:
            self[name] = value

    def __delattr__(self, name):
        self._require_unfrozen()
        if name not in self._config:
            raise AttributeError(f"Unknown attribute: {name!r}.{did_you_mean(name, self._config)}", name=name)
        del self._config[name]

    def __dir__(self):
        return [*super().__dir__(), *self._config]

    # --- as a dict ------------------------------------------------------------------------------------------------

    def __getitem__(self, name):
        return self._config[name]

    def __setitem__(self, name, value):
        self._require_unfrozen()
        self._config[name] = value

    def __delitem__(self, name):
        self._require_unfrozen()
        del self._config[name]

    def __contains__(self, name):
        return name in self._config

    def __iter__(self):
        return iter(sorted(self._config))  # as in Keras; `keys` has them in the order of their setting

    def __len__(self):
        return len(self._config)

    def keys(self):
        """The names."""
        return self._config.keys()

    def values(self):
        """The values."""
        return self._config.values()

    def items(self):
        """Pairs of name and value."""
        return self._config.items()

    def get(self, keyname, value=None):
        """A setting, or `value` if there is none of that name."""
        return self._config.get(keyname, value)

    def pop(self, *args):
        """Remove a setting and return its value, or the second argument if there is none of that name."""
        self._require_unfrozen()
        return self._config.pop(*args)

    def update(self, *args, **kwargs):
        """Add settings, or change them, as `dict.update` does."""
        self._require_unfrozen()
        return self._config.update(*args, **kwargs)

    def as_dict(self):
        """A copy of the settings as a dict."""
        return copy.copy(self._config)

    def to_json(self):
        """The settings as a string of JSON."""
        return json.dumps(self._config)

    def __repr__(self):
        return f"<Config {self._config}>"
