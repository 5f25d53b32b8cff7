"""The record of a run: what it was made from. A resumed run must have the same record."""

import dataclasses
import importlib.metadata
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tailor_training.files import read_json, sha256_of, write_json, write_text
from tailor_training.paths import REPOSITORY, STYLE_DATA, resolve
from tailor_training.train.config import TrainingConfig

RECORD_FILE = "run.json"
# A copy of the data set's manifest: the data set may be rebuilt before the run is registered.
MANIFEST_FILE = "dataset-manifest.json"
VERSIONED = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "tokenizers")


class ResumeRefusedError(RuntimeError):
    """The run folder holds a run made from something else; choose another folder or `resume=never`."""

    def __init__(self, folder: Path, changed: list[str]) -> None:
        super().__init__(f"{folder} holds a run with another {', '.join(changed)}; set run=… or resume=never")
        self.changed = changed


@dataclass(frozen=True)
class RunRecord:
    """Hashes are hex SHA-256; `dataset_manifest` is None for a data set without one, `start_adapter` for a
    fresh adapter."""

    config: str
    train_file: str
    valid_file: str
    chat_template: str
    prompt: str
    base: str
    dataset_manifest: str | None
    start_adapter: str | None


def start_adapter(config: TrainingConfig) -> Path:
    return resolve(config.start_from) / "adapter" / "adapter_model.safetensors"


def make_record(config: TrainingConfig) -> RunRecord:
    dataset = resolve(config.dataset)
    manifest = dataset / "manifest.json"
    weights = resolve(config.base) / "model.safetensors"
    return RunRecord(
        config=config.identity(),
        train_file=sha256_of(dataset / "train.jsonl"),
        valid_file=sha256_of(dataset / "valid.jsonl"),
        chat_template=sha256_of(STYLE_DATA / f"chat-template.{config.chat_template}.jinja"),
        prompt=sha256_of(STYLE_DATA / "prompt.json"),
        base=sha256_of(weights) if weights.exists() else config.base,
        start_adapter=sha256_of(start_adapter(config)) if config.start_from else None,
        dataset_manifest=sha256_of(manifest) if manifest.exists() else None,
    )


def open_run(config: TrainingConfig, record: RunRecord) -> Path | None:
    """Prepares the run folder; returns the checkpoint to resume from, if any."""
    folder = resolve(config.run)
    checkpoints = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.partition("-")[2]))
    if config.resume == "never":
        # A later resume, or the limit on kept checkpoints, must not meet those of the run before.
        for checkpoint in checkpoints:
            shutil.rmtree(checkpoint)
        checkpoints = []
    if checkpoints:
        _refuse_other_run(folder, record)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "config.yaml", yaml.safe_dump(dataclasses.asdict(config), sort_keys=False))
    manifest = resolve(config.dataset) / "manifest.json"
    if manifest.exists():
        shutil.copyfile(manifest, folder / MANIFEST_FILE)
    write_json(folder / RECORD_FILE, {"made_from": dataclasses.asdict(record), "environment": _environment(config)})
    return checkpoints[-1] if checkpoints else None


def _refuse_other_run(folder: Path, record: RunRecord) -> None:
    before = read_json(folder / RECORD_FILE)["made_from"]
    changed = [key for key, value in dataclasses.asdict(record).items() if before.get(key) != value]
    if changed:
        raise ResumeRefusedError(folder, changed)


def _environment(config: TrainingConfig) -> dict[str, Any]:
    return {
        "seed": config.seed,
        "git_sha": _git_sha(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in VERSIONED},
    }


def _git_sha() -> str | None:
    result = subprocess.run(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return result.stdout.strip() or None
