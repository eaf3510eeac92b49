"""requirements.txt: its sections, and the real file."""

from pathlib import Path

from core.launcher.requirements import fingerprint, name_of, read_requirements

REPOSITORY = Path(__file__).parents[3]
SAMPLE = """# A heading
# --- studio
torch==2.13.0   # the large one
Hugging_Face.Hub[x]>=2,<3 ; python_version < "4"

# --- tests (only for them)
pytest>=9
# --- nvidia (tried)
#: bitsandbytes>=0.50
# a remark
"""


def read(tmp_path, text):
    (tmp_path / "requirements.txt").write_text(text, encoding="utf-8")
    return read_requirements(tmp_path / "requirements.txt")


def test_the_sections_are_told_apart_and_remarks_left_out(tmp_path):
    wanted = read(tmp_path, SAMPLE)
    assert wanted.studio == ("torch==2.13.0", 'Hugging_Face.Hub[x]>=2,<3 ; python_version < "4"')
    assert wanted.tests == ("pytest>=9",) and wanted.nvidia == ("bitsandbytes>=0.50",)
    assert wanted.torch_version == "2.13.0" and wanted.family() == ("torch==2.13.0",)


def test_names_compare_as_pip_compares_them():
    assert name_of("Hugging_Face.Hub[x]>=2") == name_of("hugging-face-hub") == "hugging-face-hub"


def test_a_remark_changes_nothing_and_a_version_does(tmp_path):
    before = fingerprint(read(tmp_path, SAMPLE).studio)
    assert fingerprint(read(tmp_path, "# more words\n" + SAMPLE).studio) == before
    assert fingerprint(read(tmp_path, SAMPLE.replace("2.13.0", "2.14.0")).studio) != before


def test_the_real_file_pins_torch_and_gives_plain_pip_the_same_packages():
    file = REPOSITORY / "requirements.txt"
    wanted = read_requirements(file)
    plain = [line.split(" #")[0].strip() for line in file.read_text("utf-8").splitlines()]
    assert wanted.torch_version.count(".") == 2
    assert [line for line in plain if line and not line.startswith("#")] == [*wanted.studio, *wanted.tests]
    assert wanted.nvidia and all(any(sign in line for sign in "=<>") for line in (*wanted.studio, *wanted.tests))
