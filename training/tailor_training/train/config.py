"""One training run's settings: a flat YAML file plus `key=value` overrides."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml

# A resumed run may be given more time or another rhythm of saving; everything else would make it another run.
FREE_TO_CHANGE = frozenset(
    {"run", "resume", "max_minutes", "max_steps", "save_minutes", "eval_steps", "eval_rows", "log_steps", "threads"}
)


class ConfigError(ValueError):
    """The YAML file or an override is wrong; the message names the key."""


def option(default: Any, help_text: str) -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True)
class TrainingConfig:
    """Field help is the documentation: `train_style_model.py --help` prints it."""

    base: str = option("", "base model: a folder (relative to the repository) or a hub id")
    chat_template: str = option("chatml", "family of data/style/chat-template.<family>.jinja")
    dataset: str = option("data/style-dataset", "folder with train.jsonl, valid.jsonl and manifest.json")
    start_from: str = option("", "run folder whose adapter is trained further; empty: a fresh adapter")
    run: str = option("training/runs/stylist", "folder that receives checkpoints, adapter, report")
    seed: int = option(17, "seed of everything random")

    max_length: int = option(1024, "longest row in tokens; longer ones are dropped and counted, never cut")
    overlong: Literal["drop", "raise"] = option("drop", "what to do with longer rows")
    train_rows: int = option(0, "use only the first n training samples; 0: all")
    valid_rows: int = option(0, "use only the first n validation samples; 0: all")

    lora_rank: int = option(32, "rank of the LoRA update on every linear layer")
    lora_alpha: int = option(64, "the update is scaled by alpha / rank")
    lora_dropout: float = option(0.0, "dropout before the update (the packed engine has none)")
    learning_rate: float = option(1e-3, "peak; linear warm-up, then cosine to a tenth")
    warmup_ratio: float = option(0.03, "share of the run spent warming up")
    weight_decay: float = option(0.0, "AdamW weight decay on the adapter")
    max_grad_norm: float = option(1.0, "gradient clipping")
    batch_size: int = option(4, "rows per forward pass")
    gradient_accumulation: int = option(1, "forward passes per optimizer step")

    epochs: float = option(3.0, "passes over the training set, unless a limit below comes first")
    max_steps: int = option(-1, "optimizer steps at most; -1: no limit")
    max_minutes: float = option(0.0, "wall-clock limit: the schedule fits it, the run stops and saves; 0: none")
    eval_steps: int = option(100, "steps between validations; 0: only at the end")
    eval_rows: int = option(100, "validation rows of these; the last validation takes all")
    early_stop_patience: int = option(0, "validations without improvement before stopping; 0: never")
    save_minutes: float = option(10.0, "minutes between checkpoints; 0: none but the last")
    log_steps: int = option(10, "steps between lines of the loss curve")
    resume: Literal["auto", "never"] = option("auto", "continue from the run folder's last checkpoint")

    engine: Literal["auto", "packed", "trl"] = option("auto", "packed: CPU path without padding; trl: the stock one")
    compile: bool = option(True, "compile the packed engine's small kernels (needs a C++ compiler)")
    train_rounded: Literal["none", "Q4_0"] = option(
        "none", "Q4_0: train with the weights rounded as the exported file rounds them (packed engine)"
    )
    precision: Literal["auto", "float32", "bfloat16"] = option("auto", "auto: bfloat16 on a GPU, else float32")
    quantization: Literal["none", "nf4"] = option("none", "nf4: 4-bit base through bitsandbytes (GPU)")
    gradient_checkpointing: bool = option(False, "trade time for memory (trl engine)")
    threads: int = option(0, "CPU threads; 0: all")

    def identity(self) -> str:
        """Hex hash of what makes this run this run: every field that a resumed run must not change."""
        fixed = {key: value for key, value in dataclasses.asdict(self).items() if key not in FREE_TO_CHANGE}
        if not self.start_from:
            del fixed["start_from"]  # so that runs from before this key existed can be resumed
        return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()


def load_config(path: Path, overrides: list[str]) -> TrainingConfig:
    """Reads the YAML, applies `key=value` overrides (values are YAML too) and checks keys and types."""
    values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    for override in overrides:
        key, separator, text = override.partition("=")
        if not separator:
            raise ConfigError(f"override {override!r} is not key=value")
        values[key] = yaml.safe_load(text)
    return parse_config(values)


def parse_config(values: dict[str, Any]) -> TrainingConfig:
    hints = get_type_hints(TrainingConfig)
    for key in values:
        if key not in hints:
            raise ConfigError(f"unknown key {key!r}")
    return TrainingConfig(**{key: _parse_value(key, value, hints[key]) for key, value in values.items()})


def _parse_value(key: str, value: Any, hint: Any) -> Any:
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise ConfigError(f"{key}: {value!r} is none of {', '.join(get_args(hint))}")
        return value
    if hint is float and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            return float(value)  # YAML reads 1e-3 as text
        except ValueError:
            raise ConfigError(f"{key}: {value!r} is no number") from None
    if type(value) is not hint:
        raise ConfigError(f"{key}: {value!r} is no {hint.__name__}")
    return value


def describe_fields() -> str:
    """One line a field, for `--help`."""
    fields = dataclasses.fields(TrainingConfig)
    return "\n".join(f"  {f.name:<24}{f.metadata['help']} (default {f.default!r})" for f in fields)
