"""Registers an exported run as a model.

training/.venv/bin/python training/register_model.py --run training/runs/smollm2-135m --default
"""

import argparse
import sys
from pathlib import Path

from tailor_training.files import read_json
from tailor_training.paths import models_dir, resolve
from tailor_training.register import Registration, RegistryError, register_model


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="run folder with gguf/export.json")
    parser.add_argument("--models", type=Path, default=models_dir(), help="registry folder")
    parser.add_argument("--version", default="1")
    parser.add_argument("--default", action="store_true", help="make it the model that is served by default")
    parser.add_argument("--alias", action="append", default=[], help="another name for it")
    parser.add_argument("--metrics", type=Path, help="JSON file with an evaluation's results, stored in model.json")
    arguments = parser.parse_args()
    registration = Registration(
        run=resolve(arguments.run),
        models=resolve(arguments.models),
        version=arguments.version,
        make_default=arguments.default,
        aliases=arguments.alias,
        metrics={"evaluation": read_json(arguments.metrics)} if arguments.metrics else {},
    )
    try:
        print(register_model(registration))
    except RegistryError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
