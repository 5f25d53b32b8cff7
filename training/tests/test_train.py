"""Training runs on a tiny random Llama: both engines, resume, and the refusals."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from support.runs import TINY_CONFIG, tiny_config, train_tiny
from tailor_training.files import read_json
from tailor_training.train.config import ConfigError, load_config
from tailor_training.train.deadline import Deadline
from tailor_training.train.run import (
    NothingLearntError,
    OverlongRowsError,
    _make_trainer,
    describe_rows,
    encode_data,
)
from tailor_training.train.run_record import ResumeRefusedError, make_record, open_run


def adapter_of(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "adapter" / "adapter_model.safetensors")


def losses(run: Path) -> list[float]:
    return [loss for _, loss in read_json(run / "training-report.json")["trainLossCurve"]]


def test_both_engines_compute_the_same(tiny, packed_run: Path, tmp_path: Path) -> None:
    stock = train_tiny(tiny, tmp_path / "run", "engine=trl")
    assert len(losses(stock)) == 4
    assert losses(packed_run)[0] == pytest.approx(losses(stock)[0], rel=1e-4)
    assert losses(packed_run) == pytest.approx(losses(stock), rel=1e-2)
    assert losses(stock)[-1] < losses(stock)[0]
    reports = [read_json(run / "training-report.json") for run in (packed_run, stock)]
    assert reports[0]["validLoss"] == pytest.approx(reports[1]["validLoss"], rel=1e-2)
    assert [report["engine"] for report in reports] == ["packed", "trl"]


def test_the_stock_engine_trains_the_completion_and_eos_alone(tiny, tmp_path: Path) -> None:
    config = tiny_config(tiny, tmp_path / "run", "engine=trl")
    data = encode_data(config)
    trainer = _make_trainer(config, data, Deadline(0))
    wanted = sorted(row.input_ids[row.prompt_length :] for row in data.train.rows)
    batches = list(trainer.get_train_dataloader())
    trained = [[token for token in row if token != -100] for batch in batches for row in batch["labels"].tolist()]
    assert sorted(trained) == wanted
    assert all(row[-1] == data.tokenizer.eos_token_id for row in trained)


def test_a_run_leaves_its_record(packed_run: Path, tiny) -> None:
    record = read_json(packed_run / "run.json")
    assert record["environment"]["seed"] == 17
    assert all(len(value) == 64 for key, value in record["made_from"].items() if key != "start_adapter")
    assert load_config(packed_run / "config.yaml", []).base == str(tiny.base)
    assert (packed_run / "dataset-manifest.json").read_bytes() == (tiny.dataset / "manifest.json").read_bytes()
    assert {path.name for path in (packed_run / "adapter").iterdir()} >= {"adapter_config.json", "tokenizer.json"}
    report = read_json(packed_run / "training-report.json")
    assert report["rows"]["train"] == {"kept": 8, "overlong": 0, "tokens": report["rows"]["train"]["tokens"]}


def test_a_resumed_run_ends_as_one_that_was_not_stopped(tiny, packed_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(packed_run, run)
    for name in ("adapter", "checkpoint-4"):
        shutil.rmtree(run / name)
    train_tiny(tiny, run, "engine=packed")
    assert read_json(run / "training-report.json")["steps"] == 4
    expected = adapter_of(packed_run)
    for name, weight in adapter_of(run).items():
        torch.testing.assert_close(weight, expected[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("override", "changed"),
    [("learning_rate=0.02", "config"), ("seed=3", "config"), ("chat_template=zephyr", "chat_template")],
)
def test_resume_is_refused_with_another_config(tiny, packed_run: Path, override: str, changed: str) -> None:
    with pytest.raises(ResumeRefusedError) as refusal:
        train_tiny(tiny, packed_run, "engine=packed", override)
    assert changed in refusal.value.changed


def test_resume_is_refused_with_another_data_set(tiny, packed_run: Path) -> None:
    path = tiny.dataset / "train.jsonl"
    content = path.read_bytes()
    path.write_bytes(content + content.splitlines(keepends=True)[0])
    try:
        with pytest.raises(ResumeRefusedError) as refusal:
            train_tiny(tiny, packed_run, "engine=packed")
    finally:
        path.write_bytes(content)
    assert refusal.value.changed == ["train_file"]


def test_starting_over_leaves_no_checkpoint_of_the_run_before(tiny, packed_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(packed_run, run)
    config = tiny_config(tiny, run, "engine=packed", "learning_rate=0.02", "resume=never")
    assert open_run(config, make_record(config)) is None
    assert list(run.glob("checkpoint-*")) == []
    again = tiny_config(tiny, run, "engine=packed", "learning_rate=0.02")
    assert open_run(again, make_record(again)) is None


def test_a_second_stage_starts_from_the_first_ones_adapter(tiny, packed_run: Path, tmp_path: Path) -> None:
    run = train_tiny(
        tiny, tmp_path / "run", "engine=packed", "max_steps=1", f"start_from={packed_run}", "train_rounded=Q4_0"
    )
    assert losses(run)[0] < losses(packed_run)[0]
    assert len(read_json(run / "run.json")["made_from"]["start_adapter"]) == 64


def test_a_run_that_learns_nothing_fails(tiny, tmp_path: Path) -> None:
    with pytest.raises(NothingLearntError):
        train_tiny(tiny, tmp_path / "run", "engine=packed", "learning_rate=0", "max_steps=1")


def test_overlong_rows_can_be_refused(tiny, tmp_path: Path) -> None:
    with pytest.raises(OverlongRowsError, match=r"train\.jsonl: 8 rows exceed 100 tokens"):
        encode_data(tiny_config(tiny, tmp_path / "run", "overlong=raise", "max_length=100"))


def test_the_stock_engine_refuses_rounded_weights(tiny, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="packed"):
        train_tiny(tiny, tmp_path / "run", "engine=trl", "train_rounded=Q4_0")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU, so nf4 may run")
def test_a_four_bit_base_is_refused_without_a_gpu(tiny, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nf4 needs"):
        train_tiny(tiny, tmp_path / "run", "quantization=nf4")


def test_a_missing_base_is_named(tiny, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no-such-base"):
        train_tiny(tiny, tmp_path / "run", "base=data/bases/no-such-base")


def test_a_dry_run_shows_what_is_trained(tiny, tmp_path: Path) -> None:
    text = describe_rows(encode_data(tiny_config(tiny, tmp_path / "run")), 1)
    assert '<|im_start|>assistant\n⟦{"outfits":[' in text
    assert "]}]}<|im_end|>⟧\n" in text
    assert text.splitlines()[-2].startswith("train: 8 rows, ")
    assert text.endswith("0 too long")


def test_the_clock_ends_a_run_and_bends_its_schedule() -> None:
    seconds: Iterator[Any] = iter([0.0, 30.0, 60.0, 60.0])
    deadline = Deadline(1.0, now=lambda: next(seconds))
    assert deadline.progress(step=1, total_steps=100) == pytest.approx(0.5)
    assert deadline.is_over()
    assert deadline.progress(step=1, total_steps=100) == 1.0


def test_the_shipped_tiny_config_is_the_one_tested() -> None:
    assert TINY_CONFIG.name == "tiny-test.yaml"
    assert load_config(TINY_CONFIG, []).max_steps == 4
