"""Where things lie, relative to the repository."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
STYLE_DATA = REPOSITORY / "data" / "style"
DATASET = REPOSITORY / "data" / "style-dataset"


def data_dir() -> Path:
    """The folder for runtime files: `TAILOR_DATA_DIR`, by default `data` in the repository."""
    return REPOSITORY / os.environ.get("TAILOR_DATA_DIR", "data")


def models_dir() -> Path:
    """The model registry's folder: `TAILOR_MODELS_DIR`, by default `models` in the repository."""
    return REPOSITORY / os.environ.get("TAILOR_MODELS_DIR", "models")


def resolve(path: str | Path) -> Path:
    """An absolute path stays; a relative one is read from the repository root, so that commands work anywhere."""
    return REPOSITORY / Path(path)
