"""Starts runs of `configs/tiny-test.yaml`."""

import shutil
from pathlib import Path
from typing import Any

from tailor_training.paths import REPOSITORY
from tailor_training.train.config import TrainingConfig, load_config

TINY_CONFIG = REPOSITORY / "training" / "configs" / "tiny-test.yaml"


def tiny_config(tiny: Any, run: Path, *overrides: str) -> TrainingConfig:
    return load_config(TINY_CONFIG, [f"base={tiny.base}", f"dataset={tiny.dataset}", f"run={run}", *overrides])


def train_tiny(tiny: Any, run: Path, *overrides: str) -> Path:
    from tailor_training.train.run import train

    return train(tiny_config(tiny, run, *overrides))


def export_copy(run: Path, copy: Path, **options: Any) -> Path:
    """Copies a run and exports the copy; parity is checked where llama.cpp is there."""
    from tailor_training.export.run import ExportOptions, export_run

    shutil.copytree(run, copy)
    chosen = {"name": "tiny-stylist", "quant": "Q4_0", "tensors": {"token_embd": "Q8_0"}, "license": "apache-2.0"}
    export_run(copy, ExportOptions(**{**chosen, **options}))
    return copy
