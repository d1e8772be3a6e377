"""The report: answers first, needs nothing else, escapes all it was given."""

import base64
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from page_reader import Page

from simkit.report import write_report

EVIL = "<script>alert('b2c')</script>"


@pytest.fixture(scope="session")
def page_text(study, tmp_path_factory) -> str:
    """The whole report of the small study."""
    path = write_report(
        tmp_path_factory.mktemp("report") / "report.html",
        study.recommendation,
        sweep=study.sweep,
        scenario=study.scenario,
        evaluation=study.evaluation,
        audit=study.audit,
        log=study.log,
        checks=study.checks,
        incidence=study.incidence,
    )
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(page_text) -> Page:
    """The same, parsed."""
    return Page(page_text)


def test_every_tag_is_closed_in_order(page):
    assert page.open == []


def test_answer_comes_first(page, study):
    words = page.words
    assert words.startswith("How often should we call the same contact?")
    first = study.recommendation.decisions[0]
    assert words.index(first.headline) < 140  # after the title and the badges of its segment
    for decision in study.recommendation.decisions:
        assert words.index(decision.reason) < words.index("The decision in figures")


def test_page_needs_nothing_else(page, page_text):
    for tag, attrs in page.tags:
        assert tag not in ("script", "link", "iframe", "object"), tag
        assert (attrs.get("src") or "data:").startswith("data:")
        assert (attrs.get("href") or "#").startswith("#")
    assert "@import" not in page_text
    assert "url(" not in page_text


def test_links_lead_to_something(page):
    targets = {attrs.get("id") for _, attrs in page.tags}
    assert {attrs["href"][1:] for attrs in page.all("a")} <= targets


def test_pictures_are_whole_and_described(page, study):
    pictures = page.all("img")
    # Of each segment: forest, incidence, exposure, curve, horizons, opt-outs; and the audit.
    assert len(pictures) == 6 * 2 + 1
    for picture in pictures:
        code = picture["src"].removeprefix("data:image/svg+xml;base64,")
        assert base64.b64decode(code, validate=True).rstrip().endswith(b"</svg>")
        assert len(picture["alt"]) > 40
    incidence, exposure, curve = (picture["alt"] for picture in pictures[1:4])
    assert "contacts who bought by day 40" in incidence
    assert "median 7 days between calls, 5 working days intended (7 by" in exposure
    assert "every 5 working days" in curve


def test_page_is_accessible(page):
    assert page.all("html") == [{"lang": "en"}]
    assert all(head["scope"] in ("col", "row") for head in page.all("th"))
    assert len(page.all("h1")) == 1
    assert len(page.all("caption")) == len(page.all("table"))
    assert any(attrs.get("name") == "viewport" for attrs in page.all("meta"))


def test_page_prints_on_a4(page_text):
    assert "@page { size: A4" in page_text


def test_evidence_checks_and_assumptions_are_there(page, study):
    words = page.words
    for text in (
        "Trial and simulation side by side",
        "b2c: outcomes that decide at 40 days",
        "b2c: the other outcomes at 40 days",
        "Checks of the trial",
        "sample ratio",
        "What each arm delivered",
        "Not identified",
        "irritation_half_life_days",
        f"these {len(study.recommendation.assumed)} numbers that nobody has measured",
        study.scenario.identity()["sha256"],
        study.log.sentence(),
    ):
        assert text in words, text
    assert all(text in words for text in study.recommendation.warnings)
    # What the trial warns of is told once, before anything to act on.
    assert study.evaluation.warnings
    for text in study.evaluation.warnings:
        assert words.count(text) == 1
        assert words.index(text) < words.index("The decision in figures")


def test_without_a_trial_the_page_says_so(study, tmp_path):
    path = write_report(tmp_path / "report.html", study.untried)
    found = Page(path.read_text(encoding="utf-8"))
    assert "Test this interval" in found.words
    assert found.words.count("There is no field trial of this segment.") == 2
    assert "everything here is simulated" in found.words
    assert "What the log tells by attempt" not in found.words
    assert len(found.all("img")) == 3 * 2


def test_no_date_unless_given(study, tmp_path):
    short = replace(study.untried, decisions=study.untried.decisions[:1])
    plain = write_report(tmp_path / "a.html", short).read_bytes()
    again = write_report(tmp_path / "b.html", short).read_bytes()
    assert plain == again
    dated = write_report(tmp_path / "c.html", short, made_on=date(2026, 11, 21)).read_bytes()
    assert b"2026-11-21" in dated
    assert b"2026-11-21" not in plain


def test_names_and_texts_from_data_are_escaped(study, tmp_path):
    def renamed(table: pd.DataFrame) -> pd.DataFrame:
        return table.replace({"b2c": EVIL, "often": EVIL})

    swept = replace(
        study.sweep,
        table=renamed(study.sweep.table),
        differences=renamed(study.sweep.differences),
        policies={EVIL: study.sweep.policies["b2c"], "b2b": study.sweep.policies["b2b"]},
    )
    evaluation = replace(
        study.evaluation,
        table=renamed(study.evaluation.table),
        vetoes=renamed(study.evaluation.vetoes),
        checks=renamed(study.evaluation.checks),
        exposure=renamed(study.evaluation.exposure),
    )
    found = study.recommendation
    first, second = found.decisions
    evil = replace(first, segment=EVIL, headline=EVIL, reason=EVIL, next_step=EVIL)
    recommendation = replace(
        found,
        decisions=(evil, second),
        evidence=renamed(found.evidence),
        warnings=(EVIL,),
        sweep=swept,
        scenario={"name": EVIL, "sha256": EVIL},
    )
    path = write_report(tmp_path / "report.html", recommendation, evaluation=evaluation, title=EVIL)
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert EVIL in Page(text).words
    assert Page(text).open == []


def test_interrupted_report_leaves_no_file(study, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("simkit.report.sections.horizon_figure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_report(tmp_path / "report.html", study.untried)
    assert list(tmp_path.iterdir()) == []
