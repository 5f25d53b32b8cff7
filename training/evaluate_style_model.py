"""Judges stylist answers by the hard checks: rates with 95 % intervals, by slice, as a table and a JSON report.

    training/.venv/bin/python training/evaluate_style_model.py --briefs test/fixtures/heldout/briefs.jsonl \\
        --model training/runs/first --out report.json
    training/.venv/bin/python training/evaluate_style_model.py --briefs briefs.jsonl --answers answers.jsonl \\
        --decoding tightened

Briefs: one JSON object a line, `{id, form, profile, outfits?}`, or data set samples.
Answers: `{id, text, tokens?}` a line; `answer` and `output` (a plan) are taken for `text` too.
With --model the answers are free ones (no grammar) of a transformers folder, an adapter or a run.
A report is about one way of decoding and names it: free, constrained (by a JSON Schema) or tightened (by the brief).
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tailor_training.files import write_json
from tailor_training.paths import resolve
from tailor_training.style.evaluation import Answer, create_report, format_report, judge_answer, read_brief
from tailor_training.style.lexicon import Lexicon, load_lexicon
from tailor_training.style.prompt import build_prompt_messages

Row = dict[str, Any]
DECODINGS = ("free", "constrained", "tightened")


def main() -> None:
    arguments = parse_arguments()
    lexicon = load_lexicon()
    rows = read_rows(resolve(arguments.briefs))[: arguments.limit]
    if arguments.model is not None:
        answers = list(answer_with_model(rows, arguments, lexicon))
        source = str(arguments.model)
    else:
        answers = list(answer_from_file(rows, resolve(arguments.answers), lexicon))
        source = str(arguments.answers)
    if arguments.save_answers is not None:
        save_answers(answers, arguments.save_answers)
    report = create_report([judge_answer(answer, lexicon) for answer in answers])
    head = {"source": source, "decoding": arguments.decoding, "briefs": str(arguments.briefs)}
    report = {**head, **generation_of(arguments), **report}
    if arguments.out is not None:
        write_json(arguments.out, report)
    print(format_report(report))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--briefs", type=Path, required=True)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--answers", type=Path, help="judge the answers of this file")
    source.add_argument("--model", type=Path, help="folder of a model, an adapter or a run to answer with")
    parser.add_argument("--out", type=Path, help="where the JSON report goes")
    parser.add_argument("--save-answers", type=Path, help="where the model's answers go, as lines for --answers")
    parser.add_argument("--limit", type=int, default=None, help="take the first briefs only")
    parser.add_argument("--temperature", type=float, default=0.7, help="0 is greedy (default 0.7)")
    parser.add_argument("--max-tokens", type=int, default=512, help="cap of an answer (default 512)")
    parser.add_argument("--batch", type=int, default=8, help="answers drawn together (default 8)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--decoding",
        choices=DECODINGS,
        help="how the given answers were decoded: required with --answers; with --model always free",
    )
    arguments = parser.parse_args()
    if arguments.model is not None:
        if arguments.decoding not in (None, "free"):
            parser.error("--model answers without a grammar: its decoding is free")
        arguments.decoding = "free"
    # Rates under a constraint are not those of the model alone: a report never leaves open which ones it holds.
    if arguments.decoding is None:
        parser.error(f"--answers needs --decoding, one of {', '.join(DECODINGS)}: how they were decoded")
    return arguments


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def answer_with_model(rows: list[Row], arguments: argparse.Namespace, lexicon: Lexicon) -> Iterator[Answer]:
    # Imported late: judging given answers needs no torch.
    from tailor_training.style.generate import FreeModel, GenerationOptions

    options = GenerationOptions(
        temperature=arguments.temperature,
        max_tokens=arguments.max_tokens,
        batch=arguments.batch,
        seed=arguments.seed,
    )
    briefs = [read_brief(row, lexicon) for row in rows]
    prompts = [build_prompt_messages(brief, lexicon.prompt) for brief in briefs]
    answers = FreeModel(resolve(arguments.model)).answer(prompts, options)
    for row, brief, (text, tokens) in zip(rows, briefs, answers, strict=True):
        yield Answer(str(row["id"]), brief, text, tokens)


def answer_from_file(rows: list[Row], path: Path, lexicon: Lexicon) -> Iterator[Answer]:
    """Every brief counts: one without an answer is judged as an empty text."""
    answers = {str(row["id"]): row for row in read_rows(path)}
    for row in rows:
        given = answers.get(str(row["id"]), {})
        yield Answer(str(row["id"]), read_brief(row, lexicon), text_of(given), given.get("tokens"))


def text_of(given: Row) -> str:
    value = given.get("text", given.get("answer", given.get("output", "")))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def save_answers(answers: list[Answer], path: Path) -> None:
    lines = [
        json.dumps({"id": answer.id, "text": answer.text, "tokens": answer.tokens}, ensure_ascii=False)
        for answer in answers
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def generation_of(arguments: argparse.Namespace) -> Row:
    if arguments.model is None:
        return {}
    names = ("temperature", "max_tokens", "seed")
    return {"generation": {name: getattr(arguments, name) for name in names}}


if __name__ == "__main__":
    main()
