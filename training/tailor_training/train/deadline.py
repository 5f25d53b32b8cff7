"""A run that ends on time: progress is the larger share of steps done and of minutes spent."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import TrainerCallback

from tailor_training.files import read_json, write_json

FINAL_SHARE = 0.1
ELAPSED_FILE = "elapsed.json"


@dataclass
class Deadline:
    """Clock of a run; `elapsed_before` are the seconds that earlier parts of a resumed run took."""

    max_minutes: float
    now: Callable[[], float] = time.monotonic
    elapsed_before: float = 0.0
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.now()

    def elapsed_seconds(self) -> float:
        return self.elapsed_before + self.now() - self.started

    def progress(self, step: int, total_steps: int) -> float:
        """0 at the start, 1 when either the steps or the minutes are used up."""
        by_time = self.elapsed_seconds() / (60 * self.max_minutes) if self.max_minutes > 0 else 0.0
        return min(1.0, max(step / total_steps, by_time))

    def is_over(self) -> bool:
        return self.max_minutes > 0 and self.elapsed_seconds() >= 60 * self.max_minutes


def learning_rate_share(progress: float, warmup: float) -> float:
    """Linear warm-up over the first `warmup` of the run, then cosine from 1 down to FINAL_SHARE."""
    if progress < warmup:
        return max(progress / warmup, 0.02)
    rest = (progress - warmup) / (1 - warmup)
    return FINAL_SHARE + (1 - FINAL_SHARE) * 0.5 * (1 + math.cos(math.pi * rest))


class DeadlineCosine(LRScheduler):
    """Cosine schedule over the deadline's progress."""

    def __init__(self, optimizer: Optimizer, deadline: Deadline, *, total_steps: int, warmup: float) -> None:
        self.deadline, self.total_steps, self.warmup = deadline, total_steps, warmup
        super().__init__(optimizer)

    def get_lr(self) -> list[float]:
        progress = self.deadline.progress(self.last_epoch, self.total_steps)
        return [rate * learning_rate_share(progress, self.warmup) for rate in self.base_lrs]

    def state_dict(self) -> dict[str, Any]:
        return {"base_lrs": self.base_lrs, "last_epoch": self.last_epoch, "_step_count": self._step_count}


class DeadlineCallback(TrainerCallback):
    """Stops at the deadline, asks for checkpoints by the clock, and keeps the time spent beside each."""

    def __init__(self, deadline: Deadline, save_minutes: float) -> None:
        self.deadline, self.save_seconds = deadline, 60 * save_minutes
        self.last_save = deadline.elapsed_seconds()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        elapsed = self.deadline.elapsed_seconds()
        if self.deadline.is_over():
            control.should_training_stop = True
            control.should_save = True
        elif self.save_seconds > 0 and elapsed - self.last_save >= self.save_seconds:
            control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.last_save = self.deadline.elapsed_seconds()
        checkpoint = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        write_json(checkpoint / ELAPSED_FILE, {"seconds": self.last_save})


def elapsed_at(checkpoint: Path) -> float:
    """Seconds that the run had taken when the checkpoint was written."""
    path = checkpoint / ELAPSED_FILE
    return float(read_json(path)["seconds"]) if path.exists() else 0.0
