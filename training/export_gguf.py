"""Writes a run as GGUF files: the adapter, the merged F16 model and the quantised one, checked against Python.

    training/.venv/bin/python training/export_gguf.py --run training/runs/smollm2-135m --name stylist-135m \\
        --quant Q8_0 [--tensor token_embd=Q8_0] [--compare Q4_0 Q5_0 Q5_1 Q8_0]
"""

import argparse
from pathlib import Path

from tailor_training.export.run import ExportOptions, export_run
from tailor_training.files import read_json
from tailor_training.paths import resolve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of a finished training run")
    parser.add_argument("--name", required=True, help="name of the model, e.g. stylist-135m")
    parser.add_argument("--quant", default="Q8_0", help="F16, Q8_0, Q5_1, Q5_0, Q4_1, Q4_0, or Q4_K_M, Q5_K_M, Q6_K")
    parser.add_argument("--tensor", action="append", default=[], metavar="PATTERN=TYPE", help="another type for some")
    parser.add_argument("--license", default="", help="SPDX id written into the file (default: the base's)")
    parser.add_argument("--apart", action="store_true", help="leave the base as it is and serve the adapter beside it")
    parser.add_argument("--context-length", type=int, default=2048)
    parser.add_argument("--no-parity", action="store_true", help="skip the comparison with llama.cpp")
    parser.add_argument("--drift-rows", type=int, default=50, help="validation rows for the loss after quantising")
    parser.add_argument("--compare", nargs="*", default=[], help="further types to measure the loss of")
    arguments = parser.parse_args()
    options = ExportOptions(
        name=arguments.name,
        quant=arguments.quant,
        tensors=dict(entry.split("=", 1) for entry in arguments.tensor),
        license=arguments.license,
        apart=arguments.apart,
        context_length=arguments.context_length,
        check_parity=not arguments.no_parity,
        drift_rows=arguments.drift_rows,
        compare=arguments.compare,
    )
    run = resolve(arguments.run)
    path = export_run(run, options)
    report = read_json(run / "gguf" / "export.json")
    print(f"{path} ({report['sizeBytes'] / 1e6:.1f} MB), parity {report['parity']}")
    for name, drift in report["drift"].items():
        print(f"  {name:<18} loss {drift['loss']:.4f}  perplexity {drift['perplexity']:.4f}")


if __name__ == "__main__":
    main()
