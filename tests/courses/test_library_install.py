"""The shipped visit types and protocols reach the clinic's tables, once."""

import re
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from courses.actions.install_library import install_library
from courses.errors import LibraryUnreadable, ProtocolInvalid
from courses.library.reading import SHIPPED, read_library
from courses.models import Protocol, ProtocolStep, SpacingRule, VisitType
from courses.rules.protocol_shape import protocol_problems
from courses.shapes import protocol_shape
from tests.builders import DESK, NOW

pytestmark = pytest.mark.django_db

EVERY_CODE = {
    "iv-6-2w",
    "iv-8-4w",
    "iv-6-wet5",
    "iv-3-pe10",
    "kap-im-6",
    "maint",
    "maint-im",
    "maint-kap",
    "iv-1-tf7",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped library that a test may damage."""
    copied = tmp_path / "library"
    shutil.copytree(SHIPPED, copied)
    return copied


def install(folder: Path = SHIPPED) -> None:
    install_library(library=read_library(folder), actor=DESK, now=NOW)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_shipped_protocol_is_published_and_can_be_followed() -> None:
    install()
    published = Protocol.objects.published()
    assert {p.code for p in published} == EVERY_CODE
    for protocol in published:
        assert protocol_problems(*protocol_shape(protocol)) == ()


@pytest.mark.parametrize(
    ("code", "doses", "integrations", "preparations"),
    [("iv-6-2w", 6, 3, 1), ("iv-8-4w", 8, 4, 1), ("kap-im-6", 6, 6, 2)],
)
def test_a_protocol_has_its_doses_and_what_goes_with_them(
    code: str, doses: int, integrations: int, preparations: int
) -> None:
    install()
    kinds = list(
        ProtocolStep.objects.filter(protocol__code=code).values_list(
            "visit_type__kind", flat=True
        )
    )
    assert kinds.count("dosing") == doses
    assert kinds.count("integration") == integrations
    assert kinds.count("preparation") == preparations
    assert kinds.count("assessment") == 1
    assert kinds.count("follow_up") == 2


def test_every_integration_belongs_to_a_dose_and_keeps_off_dosing_days() -> None:
    install()
    for step in ProtocolStep.objects.filter(visit_type__kind="integration"):
        assert step.pair_of is not None
        assert step.pair_of == step.anchor
        assert step.minimum_hours == 16
        assert not step.is_allowed_on_dosing_day


def test_every_number_has_a_source() -> None:
    install()
    for model in (VisitType, Protocol, ProtocolStep, SpacingRule):
        assert model._default_manager.exists()
        assert not model._default_manager.filter(source="").exists()


def test_an_infusion_claims_the_nurse_whole_and_then_by_half() -> None:
    install()
    infusion = VisitType.objects.get(code="infusion-40")
    claims = {
        (need.party, need.starts_after_minutes, need.minutes, need.units)
        for need in infusion.needs.all()
    }
    assert claims == {
        ("chair", 0, 150, 1),
        ("nurse", 0, 60, 2),
        ("nurse", 60, 70, 1),
        ("prescriber", 20, 10, 1),
        ("prescriber", 125, 5, 1),
    }


@pytest.mark.parametrize(
    ("code", "present", "turnover"),
    [("infusion-40", 130, 20), ("kap-injection", 165, 15)],
)
def test_the_chair_is_held_longer_than_the_patient_stays(
    code: str, present: int, turnover: int
) -> None:
    install()
    phases = list(VisitType.objects.get(code=code).phases.all())
    assert sum(p.minutes for p in phases if p.is_patient_present) == present
    assert sum(p.minutes for p in phases if not p.is_patient_present) == turnover


def test_no_need_reaches_beyond_its_visit() -> None:
    install()
    for visit_type in VisitType.objects.prefetch_related("phases", "needs"):
        whole = sum(phase.minutes for phase in visit_type.phases.all())
        for need in visit_type.needs.all():
            assert need.starts_after_minutes + need.minutes <= whole, visit_type.code


def test_installing_again_changes_nothing_that_the_clinic_made_its_own() -> None:
    install()
    VisitType.objects.filter(code="review").update(name="Short review")
    before = ProtocolStep.objects.count()
    added = install_library(library=read_library(), actor=DESK, now=NOW)
    assert (added.capabilities, added.visit_types, added.protocols) == ([], [], [])
    assert VisitType.objects.get(code="review").name == "Short review"
    assert ProtocolStep.objects.count() == before


def test_the_command_says_what_it_added_and_then_that_all_is_there() -> None:
    out = StringIO()
    call_command("install_library", stdout=out)
    assert "Added protocol iv-6-2w: Six infusions in two weeks" in out.getvalue()
    out = StringIO()
    call_command("install_library", stdout=out)
    assert out.getvalue() == "Everything was there already.\n"


def test_a_file_cut_short_is_refused_and_nothing_is_installed(folder: Path) -> None:
    path = folder / "protocols" / "iv-8-4w.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: len(text) // 2 - 3], encoding="utf-8")
    with pytest.raises(CommandError, match=r"iv-8-4w\.toml"):
        call_command("install_library", folder=folder)
    assert not VisitType.objects.exists()


def test_a_file_cut_after_any_line_never_half_installs(folder: Path) -> None:
    path = folder / "visit_types.toml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for length in range(0, len(lines), 7):
        path.write_text("".join(lines[:length]), encoding="utf-8")
        with pytest.raises(LibraryUnreadable) as refused:
            install(folder)
        assert str(refused.value).endswith(".")
        assert not VisitType.objects.exists()


@pytest.mark.parametrize(
    "file", ["common.toml", "visit_types.toml", "protocols/iv-6-2w.toml"]
)
def test_a_file_cut_between_two_tables_is_refused(folder: Path, file: str) -> None:
    path = folder / file
    whole = path.read_text(encoding="utf-8")
    for length in [at.start() for at in re.finditer(r"\n\n", whole)]:
        path.write_text(whole[:length] + "\n", encoding="utf-8")
        with pytest.raises(LibraryUnreadable, match="cut short"):
            read_library(folder)
    path.write_text(whole, encoding="utf-8")
    assert read_library(folder) == read_library()


def test_a_cut_protocol_under_a_new_code_is_not_published(folder: Path) -> None:
    shipped = (folder / "protocols" / "iv-6-2w.toml").read_text(encoding="utf-8")
    own = shipped.replace('code = "iv-6-2w"', 'code = "own"', 1)
    cut = own[: own.rindex("[[spacing]]")]
    (folder / "protocols" / "own.toml").write_text(cut, encoding="utf-8")
    with pytest.raises(CommandError, match=r"own\.toml was cut short: its last line"):
        call_command("install_library", folder=folder)
    assert not Protocol.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "Infusion 1"\n', "", "lacks “name”"),
        ('name = "Infusion 1"', 'title = "Infusion 1"', "doesn't know “title”"),
        ('anchor = "D1"', 'anchor = "D9"', "has no step D9"),
        ('code = "D3"', 'code = "D2"', "has the step D2 twice"),
        ("window = [2, 2, 4]", 'window = "soon"', "needs 3 whole numbers"),
        ("version = 2", 'version = "one"', "another kind of value"),
        ('first_dose = "D1"', 'first_dose = "X"', "names no step of its own"),
    ],
)
def test_a_slip_in_a_protocol_file_is_named(
    folder: Path, old: str, new: str, sentence: str
) -> None:
    change(folder / "protocols" / "iv-6-2w.toml", old, new)
    with pytest.raises(LibraryUnreadable, match=sentence):
        install(folder)


def test_a_visit_type_that_nothing_defines_is_named(folder: Path) -> None:
    path = folder / "protocols" / "iv-6-2w.toml"
    change(path, 'visit_type = "preparation"', 'visit_type = "sauna"')
    with pytest.raises(LibraryUnreadable, match="sauna"):
        install(folder)
    assert not VisitType.objects.exists()


def test_a_value_outside_its_choices_is_named(folder: Path) -> None:
    change(folder / "visit_types.toml", 'kind = "preparation"', 'kind = "dance"')
    with pytest.raises(LibraryUnreadable, match="preparation can't be installed: kind"):
        install(folder)


def test_windows_that_nobody_can_meet_are_refused(folder: Path) -> None:
    path = folder / "protocols" / "iv-6-2w.toml"
    change(path, "count = 3\ndays = 7", "count = 3\ndays = 40")
    with pytest.raises(ProtocolInvalid, match="can't all be met"):
        install(folder)
    assert not Protocol.objects.exists()


def test_a_missing_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"visit_types\.toml can't be read"):
        call_command("install_library", folder=tmp_path)
