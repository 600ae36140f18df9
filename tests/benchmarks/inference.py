"""How well inputs and outputs are inferred: precision and recall against labels made by hand.

`python -m tests.benchmarks.inference FOLDER [LABELS.json]`, where the labels hold for some files of
the folder `{"inputs": {"name": "type or null"}, "outputs": ["name"]}`. A type counts as found
where the label has it; one that is told where the label has null, or another, is wrong. All other
definitions of the folder are read too, so that none makes it stumble.

The labels beside this file are of definitions in a public collection, each by its path there with
`_` for `/`: https://github.com/aws-samples/step-functions-workflows-collection
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner import values
from runner.inference import infer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runner.inference import Inferred

LABELS = Path(__file__).with_name("inference_labels.json")


@dataclass(slots=True)
class Tally:
    """What was found rightly, what wrongly, and what was missed."""

    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, found: Iterable[str], labelled: Iterable[str]) -> None:
        """Compare two sets."""
        found, labelled = set(found), set(labelled)
        self.right += sorted(found & labelled)
        self.wrong += sorted(found - labelled)
        self.missed += sorted(labelled - found)

    def figures(self) -> str:
        """Precision and recall in percent, with what they are of."""
        return f"precision {self._share(self.wrong)}, recall {self._share(self.missed)}"

    def told(self) -> str:
        """The counts, and the names of what was wrong or missed."""
        lists = [("wrong", self.wrong), ("missed", self.missed)]
        rest = "".join(f"; {word} {', '.join(names)}" for word, names in lists if names)
        return f"{len(self.right)} right{rest}"

    def _share(self, others: list[str]) -> str:
        of = len(self.right) + len(others)
        return f"{len(self.right)}/{of} ({len(self.right) / of:.1%})" if of else "of none"


@dataclass(frozen=True, slots=True)
class Score:
    """Tallies of input names, of their types (as `name: type`), and of output names."""

    inputs: Tally = field(default_factory=Tally)
    types: Tally = field(default_factory=Tally)
    outputs: Tally = field(default_factory=Tally)

    def add(self, inferred: Inferred, label: Mapping[str, Any]) -> None:
        """Compare what was inferred of a definition with its label."""
        labelled: Mapping[str, str | None] = label["inputs"]
        self.inputs.add((each.name for each in inferred.inputs), labelled)
        self.types.add(
            # A type of what is no input at all is counted once, as a wrong name.
            (f"{i.name}: {i.type}" for i in inferred.inputs if i.type and i.name in labelled),
            (f"{name}: {kind}" for name, kind in labelled.items() if kind),
        )
        self.outputs.add((each.name for each in inferred.outputs), label["outputs"])

    def parts(self) -> tuple[tuple[str, Tally], ...]:
        """The tallies with their headings."""
        return ("inputs", self.inputs), ("types", self.types), ("outputs", self.outputs)


def main() -> None:
    options = argparse.ArgumentParser(prog="inference", description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("labels", type=Path, nargs="?", default=LABELS)
    given = options.parse_args()
    labels = json.loads(given.labels.read_text(encoding="utf-8"))
    unlabelled = sorted(path for path in given.folder.glob("*.asl.json") if path.name not in labels)
    for path in unlabelled:
        infer(values.parse(path.read_text(encoding="utf-8")))
    whole = Score()
    seconds = 0.0
    for name, label in sorted(labels.items()):
        definition = values.parse((given.folder / name).read_text(encoding="utf-8"))
        began = time.perf_counter()
        inferred = infer(definition)
        seconds += time.perf_counter() - began
        own = Score()
        for score in (own, whole):
            score.add(inferred, label)
        print(name)
        for heading, tally in own.parts():
            print(f"  {heading:8} {tally.told()}")
    print(f"python {sys.version.split()[0]}, {len(labels)} definitions, {seconds * 1_000:,.0f} ms")
    print(f"besides, {len(unlabelled)} definitions without labels were read")
    for heading, tally in whole.parts():
        print(f"{heading:8} {tally.figures()}")


if __name__ == "__main__":
    main()
