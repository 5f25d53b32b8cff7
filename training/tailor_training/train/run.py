"""One fine-tuning run, start to end."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import EarlyStoppingCallback, PreTrainedTokenizerBase, set_seed
from trl import SFTConfig

from tailor_training.data.rows import Row, RowSet, encode_rows, read_samples
from tailor_training.files import write_json
from tailor_training.paths import resolve
from tailor_training.train.config import ConfigError, TrainingConfig
from tailor_training.train.deadline import Deadline, DeadlineCallback, elapsed_at
from tailor_training.train.load_model import (
    engine_of,
    load_base,
    load_tokenizer,
    lora_config,
    precision_of,
    save_tokenizer,
)
from tailor_training.train.run_record import make_record, open_run
from tailor_training.train.trainer import DeadlineSftTrainer, PackedSftTrainer, rows_to_dataset


class OverlongRowsError(ValueError):
    """`overlong: raise` met rows longer than max_length."""


class NothingLearntError(RuntimeError):
    """The adapter is what it was before training."""


@dataclass(frozen=True)
class EncodedData:
    tokenizer: PreTrainedTokenizerBase
    train: RowSet
    valid: RowSet


def encode_data(config: TrainingConfig) -> EncodedData:
    tokenizer = load_tokenizer(config.base, config.chat_template)
    sets = []
    for name, limit in (("train", config.train_rows), ("valid", config.valid_rows)):
        samples = list(read_samples(resolve(config.dataset) / f"{name}.jsonl"))[: limit or None]
        rows = encode_rows(samples, tokenizer, config.max_length)
        if rows.overlong and config.overlong == "raise":
            raise OverlongRowsError(f"{name}.jsonl: {rows.overlong} rows exceed {config.max_length} tokens")
        sets.append(rows)
    return EncodedData(tokenizer, sets[0], sets[1])


def describe_rows(data: EncodedData, count: int) -> str:
    """Decoded rows for `--dry-run`; what is trained stands between ⟦ and ⟧."""
    parts = []
    for row in data.train.rows[:count]:
        prompt = data.tokenizer.decode(row.input_ids[: row.prompt_length])
        completion = data.tokenizer.decode(row.input_ids[row.prompt_length :])
        parts.append(f"--- {row.id}: {row.prompt_length} + {row.completion_length} tokens\n{prompt}⟦{completion}⟧")
    for name, rows in (("train", data.train), ("valid", data.valid)):
        parts.append(f"{name}: {len(rows.rows)} rows, {rows.tokens} tokens, {rows.overlong} too long")
    return "\n".join(parts)


def train(config: TrainingConfig) -> Path:
    """Trains and returns the run folder with `adapter/`, `training-report.json`, `config.yaml` and `run.json`."""
    record = make_record(config)
    checkpoint = open_run(config, record)
    if config.threads:
        torch.set_num_threads(config.threads)
    set_seed(config.seed)
    data = encode_data(config)
    deadline = Deadline(config.max_minutes, elapsed_before=elapsed_at(checkpoint) if checkpoint else 0.0)
    trainer = _make_trainer(config, data, deadline)
    before = _adapter_norms(trainer.model)
    started = time.monotonic()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    seconds = time.monotonic() - started
    if checkpoint is None and _adapter_norms(trainer.model) == before:
        raise NothingLearntError("training changed no weight: check the rows, the masks and the learning rate")
    folder = resolve(config.run)
    final = _final_evaluation(trainer, data.valid.rows)
    trainer.save_model(str(folder / "adapter"))
    save_tokenizer(data.tokenizer, config.base, folder / "adapter")
    write_json(folder / "training-report.json", _report(config, data, trainer, seconds=seconds, final=final))
    return folder


def _make_trainer(config: TrainingConfig, data: EncodedData, deadline: Deadline) -> DeadlineSftTrainer:
    callbacks: list[Any] = [DeadlineCallback(deadline, config.save_minutes)]
    if config.early_stop_patience:
        callbacks.append(EarlyStoppingCallback(config.early_stop_patience))
    shared = {
        "model": _load_start(config),
        "args": _trainer_arguments(config),
        "train_dataset": rows_to_dataset(data.train.rows),
        "eval_dataset": rows_to_dataset(data.valid.rows[: config.eval_rows]),
        "processing_class": data.tokenizer,
        "peft_config": None if config.start_from else lora_config(config),
        "callbacks": callbacks,
        "deadline": deadline,
        "warmup_ratio": config.warmup_ratio,
    }
    if engine_of(config) == "packed":
        valid = data.valid.rows[: config.eval_rows]
        return PackedSftTrainer(
            **shared,
            compile_kernels=config.compile,
            round_to_q4_0=config.train_rounded == "Q4_0",
            valid_rows=valid,
        )
    if config.train_rounded != "none":
        raise ConfigError("train_rounded needs engine: packed")
    return DeadlineSftTrainer(**shared)


def _load_start(config: TrainingConfig) -> torch.nn.Module:
    base = load_base(config)
    if not config.start_from:
        return base  # TRL wraps it in a fresh adapter
    return PeftModel.from_pretrained(base, resolve(config.start_from) / "adapter", is_trainable=True)


def _trainer_arguments(config: TrainingConfig) -> SFTConfig:
    return SFTConfig(
        output_dir=str(resolve(config.run)),
        seed=config.seed,
        data_seed=config.seed,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=config.batch_size,
        gradient_accumulation_steps=config.gradient_accumulation,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        num_train_epochs=config.epochs,
        max_steps=config.max_steps,
        optim="adamw_torch_fused",
        eval_strategy="steps" if config.eval_steps else "no",
        eval_steps=config.eval_steps or None,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        save_strategy="no",  # DeadlineCallback asks for checkpoints by the clock
        save_total_limit=2,
        logging_steps=config.log_steps,
        report_to=[],
        disable_tqdm=True,
        bf16=precision_of(config) == "bfloat16" and torch.cuda.is_available(),
        use_cpu=not torch.cuda.is_available(),
        gradient_checkpointing=config.gradient_checkpointing,
        max_length=None,  # rows were measured and dropped before; nothing may be cut here
        completion_only_loss=True,
        packing=False,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        dataset_kwargs={"skip_prepare_dataset": True} if engine_of(config) == "packed" else None,
    )


def _adapter_norms(model: torch.nn.Module) -> dict[str, float]:
    return {name: float(p.detach().norm()) for name, p in model.named_parameters() if p.requires_grad}


def _final_evaluation(trainer: DeadlineSftTrainer, rows: list[Row]) -> dict[str, float]:
    if isinstance(trainer, PackedSftTrainer):
        trainer.valid_rows = rows
        return trainer.evaluate()
    return trainer.evaluate(rows_to_dataset(rows))


def _report(
    config: TrainingConfig, data: EncodedData, trainer: DeadlineSftTrainer, *, seconds: float, final: dict[str, float]
) -> dict[str, Any]:
    history = trainer.state.log_history
    tokens = trainer.source_tokens if isinstance(trainer, PackedSftTrainer) else None
    return {
        "engine": engine_of(config),
        "steps": trainer.state.global_step,
        "epochs": trainer.state.epoch,
        "seconds": round(seconds, 1),
        "tokens": tokens,
        "tokensPerSecond": round(tokens / seconds, 1) if tokens else None,
        "validLoss": final["eval_loss"],
        "trainLossCurve": [[entry["step"], entry["loss"]] for entry in history if "loss" in entry],
        "validLossCurve": [[entry["step"], entry["eval_loss"]] for entry in history if "eval_loss" in entry],
        "rows": {
            name: {"kept": len(rows.rows), "overlong": rows.overlong, "tokens": rows.tokens}
            for name, rows in (("train", data.train), ("valid", data.valid))
        },
    }
