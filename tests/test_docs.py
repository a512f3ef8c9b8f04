"""The documentation says what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_reference_is_what_the_code_generates(tmp_path: Path):
    subprocess.run([sys.executable, ROOT / "docs/generate.py", tmp_path], check=True)
    for page in tmp_path.iterdir():
        committed = ROOT / "docs/reference" / page.name
        assert committed.read_text() == page.read_text(), f"{committed} is out of date: run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_verb_and_option_in_an_example_exists(page: Path):
    reference = (ROOT / "docs/reference/commands.md").read_text()
    for line in re.findall(r"^(?:\.venv/bin/|\$ )?anpr (.+)$", page.read_text(), re.MULTILINE):
        words = line.split("#")[0].split()
        verb = words[0] if f"## anpr {words[0]}\n" in reference else " ".join(words[:2])
        section = reference.partition(f"## anpr {verb}\n")[2].partition("\n## ")[0]
        assert section, f"{page.name}: there is no `anpr {verb}`"
        for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", line):
            assert option in section, f"{page.name}: `anpr {verb}` has no {option}"


def test_every_rule_of_the_quality_scale_is_done_or_says_why():
    rules = yaml.safe_load((ROOT / "quality.yaml").read_text())["rules"]
    for name, rule in rules.items():
        assert rule["status"] in {"done", "open", "exempt"}, name
        assert rule.get("shown_by") or rule.get("reason"), f"{name}: say what shows it, or why it is exempt"
