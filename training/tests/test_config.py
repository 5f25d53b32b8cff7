"""Settings come from YAML and overrides; a wrong key or value is refused by name."""

from pathlib import Path

import pytest

from tailor_training.paths import REPOSITORY
from tailor_training.train.config import ConfigError, TrainingConfig, describe_fields, load_config, parse_config

CONFIGS = sorted((REPOSITORY / "training" / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_config_is_read(path: Path) -> None:
    assert load_config(path, []).lora_rank > 0


def test_overrides_win_and_keep_their_types(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("base: some/base\nlearning_rate: 1e-3\nbatch_size: 4\n")
    config = load_config(path, ["batch_size=8", "learning_rate=5e-4", "compile=false", "max_minutes=30"])
    assert (config.base, config.batch_size, config.compile) == ("some/base", 8, False)
    assert config.learning_rate == pytest.approx(5e-4)
    assert isinstance(config.max_minutes, float)


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("lora_rnak=8", "lora_rnak"),
        ("batch_size=many", "batch_size"),
        ("batch_size=true", "batch_size"),
        ("batch_size=2.5", "batch_size"),
        ("compile=1", "compile"),
        ("engine=fast", "engine"),
        ("learning_rate=quick", "learning_rate"),
        ("lora_rank", "lora_rank"),
    ],
)
def test_a_wrong_override_is_refused_by_name(tmp_path: Path, override: str, named: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("base: some/base\n")
    with pytest.raises(ConfigError, match=named):
        load_config(path, [override])


def test_an_unknown_key_in_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("rank: 8\n")
    with pytest.raises(ConfigError, match="rank"):
        load_config(path, [])


def test_identity_ignores_limits_and_follows_everything_else() -> None:
    identity = TrainingConfig().identity()
    assert parse_config({"max_minutes": 5, "run": "elsewhere", "save_minutes": 1}).identity() == identity
    assert parse_config({"learning_rate": 3e-4}).identity() != identity
    assert parse_config({"start_from": "training/runs/other"}).identity() != identity


def test_help_documents_every_key() -> None:
    text = describe_fields()
    assert all(f"  {name} " in text for name in TrainingConfig.__dataclass_fields__)
