"""Starts runs of `configs/tiny-test.yaml`."""

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
