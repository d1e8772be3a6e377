"""The page on mappings names what the code knows, no more and no less."""

import re

from simkit.calllog.adapters.mapping import DiallerMapping
from simkit.calllog.dispositions import DISPOSITIONS


def tables(repository_root) -> tuple[list[str], dict[str, str]]:
    text = (repository_root / "data" / "README.md").read_text(encoding="utf-8")
    _, _, below = text.partition("## Writing a mapping")
    page, _, _ = below.partition("\n## ")
    keys, _, dispositions = page.partition("| disposition | meaning |")
    first = [row.split("|")[1] for row in keys.splitlines() if row.startswith("| ")]
    named = [name.strip("[]") for cell in first for name in re.findall(r"`([^`]+)`", cell)]
    return named, dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", dispositions, re.MULTILINE))


def test_page_lists_every_key_of_a_mapping_once(repository_root):
    assert sorted(tables(repository_root)[0]) == sorted(DiallerMapping.model_fields)


def test_page_lists_every_disposition_with_its_meaning(repository_root):
    assert tables(repository_root)[1] == {name: one.meaning for name, one in DISPOSITIONS.items()}
