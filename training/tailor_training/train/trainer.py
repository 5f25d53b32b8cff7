"""TRL's SFTTrainer with a deadline, and its variant that trains through the packed forward pass."""

from collections.abc import Sequence
from typing import Any

import torch
from datasets import Dataset
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from trl import SFTTrainer

from tailor_training.data.rows import Row
from tailor_training.train.deadline import Deadline, DeadlineCosine
from tailor_training.train.packed_llama import PackedBatch, PackedLlama, pack


class DeadlineSftTrainer(SFTTrainer):
    """Stock TRL training; the learning rate follows the run's deadline."""

    def __init__(self, *args: Any, deadline: Deadline, warmup_ratio: float, **options: Any) -> None:
        self.deadline, self.warmup_ratio = deadline, warmup_ratio
        super().__init__(*args, **options)

    def create_scheduler(self, num_training_steps: int, optimizer: Optimizer | None = None) -> LRScheduler:
        self.lr_scheduler = DeadlineCosine(
            optimizer or self.optimizer, self.deadline, total_steps=num_training_steps, warmup=self.warmup_ratio
        )
        return self.lr_scheduler


class PackedSftTrainer(DeadlineSftTrainer):
    """Loss and validation through `PackedLlama`; everything else (optimizer, checkpoints, resume) is the Trainer's."""

    def __init__(
        self, *args: Any, compile_kernels: bool, round_to_q4_0: bool, valid_rows: Sequence[Row], **options: Any
    ) -> None:
        super().__init__(*args, data_collator=collate_packed, **options)
        self.packed = PackedLlama(self.model, compile_kernels=compile_kernels, round_to_q4_0=round_to_q4_0)
        self.packed_step = -1
        self.valid_rows = valid_rows
        self.source_tokens = 0

    def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **options: Any) -> torch.Tensor:
        batch: PackedBatch = inputs["packed"]
        if self.packed_step != self.state.global_step:
            self.packed.refresh()
            self.packed_step = self.state.global_step
        self.source_tokens += batch.source_tokens
        return self.packed.loss(batch)

    def evaluate(self, *args: Any, **options: Any) -> dict[str, float]:
        self.packed.refresh()
        metrics = {"eval_loss": mean_loss(self.packed, self.valid_rows)}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


@torch.no_grad()
def mean_loss(packed: PackedLlama, rows: Sequence[Row], batch_size: int = 8) -> float:
    """Mean cross-entropy per completion token."""
    total = count = 0.0
    for start in range(0, len(rows), batch_size):
        batch = pack(rows[start : start + batch_size])
        total += float(packed.loss(batch)) * len(batch.targets)
        count += len(batch.targets)
    return total / count


def collate_packed(features: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [Row("", feature["input_ids"], feature["prompt_length"]) for feature in features]
    return {"packed": pack(rows)}


def rows_to_dataset(rows: Sequence[Row]) -> Dataset:
    """TRL's tokenised form; it trains where `completion_mask` is 1."""
    return Dataset.from_dict(
        {
            "input_ids": [row.input_ids for row in rows],
            "completion_mask": [[0] * row.prompt_length + [1] * row.completion_length for row in rows],
            "prompt_length": [row.prompt_length for row in rows],
        }
    )
