"""Fine-tunes a stylist with LoRA from one YAML file.

    training/.venv/bin/python training/train_style_model.py --config training/configs/smollm2-135m.yaml \\
        max_minutes=60 run=training/runs/first
    … --dry-run        prints rows as they will be trained, then stops
"""

import argparse
from pathlib import Path

from tailor_training.train.config import describe_fields, load_config


def main() -> None:
    parser = argparse.ArgumentParser(
        description=f"{__doc__}\nKeys of the YAML file:\n{describe_fields()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--dry-run", action="store_true", help="print three decoded rows with the mask and the counts")
    parser.add_argument("overrides", nargs="*", metavar="key=value")
    arguments = parser.parse_args()
    config = load_config(arguments.config, arguments.overrides)

    # Imported late: --help and a wrong key should not wait for torch.
    from tailor_training.train.run import describe_rows, encode_data, train

    if arguments.dry_run:
        print(describe_rows(encode_data(config), 3))
    else:
        print(train(config))


if __name__ == "__main__":
    main()
