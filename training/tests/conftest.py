"""Fixtures: a tiny base and data set for every test that trains; nothing here may reach for the network."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"


@dataclass(frozen=True)
class TinyWorld:
    """`base`: transformers folder, `dataset`: data set folder of eight samples."""

    base: Path
    dataset: Path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyWorld:
    import torch

    from support.samples import make_samples, training_texts, write_dataset
    from tailor_training.base.tiny import make_tiny_base

    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("tiny")
    samples = make_samples(8)
    make_tiny_base(root / "tiny-llama", training_texts(samples))
    write_dataset(root / "dataset", samples)
    return TinyWorld(root / "tiny-llama", root / "dataset")


@pytest.fixture(scope="session")
def packed_run(tiny: TinyWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four steps of the packed engine with a checkpoint at each; tests that write take a copy."""
    from support.runs import train_tiny

    return train_tiny(tiny, tmp_path_factory.mktemp("packed") / "run", "engine=packed", "save_minutes=0.000001")


@pytest.fixture(scope="session")
def exported(packed_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `packed_run` with the merged model exported: Q4_0 with the embedding in Q8_0."""
    from support.runs import export_copy

    return export_copy(packed_run, tmp_path_factory.mktemp("exported") / "run")
