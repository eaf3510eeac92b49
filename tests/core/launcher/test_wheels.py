"""Which build of torch a computer gets, and why."""

import pytest

from core.errors import Missing
from core.gpus import Gpu
from core.launcher.wheels import choose
from core.machine import Machine


def computer(*gpus: Gpu, system: str = "Linux", arch: str = "x86_64") -> Machine:
    return Machine(system, "6.1", arch, "a processor", 8, 16, ("avx2",), 32.0, gpus)


def nvidia(compute: tuple[int, int] | None, driver: str = "581.15", name: str = "NVIDIA Card") -> Gpu:
    return Gpu("nvidia", name, vram_gb=12.0, compute=compute, driver=driver)


@pytest.mark.parametrize(
    ("compute", "driver", "first"),
    [
        ((12, 0), "581.15", "cu130"),
        ((12, 1), "590.1", "cu130"),
        ((10, 0), "581.15", "cu130"),
        ((9, 0), "581.15", "cu130"),
        ((8, 9), "581.15", "cu130"),
        ((7, 5), "581.15", "cu130"),
        ((8, 6), "551.23", "cu126"),
        ((7, 0), "581.15", "cu126"),
        ((6, 1), "581.15", "cu126"),
        ((5, 2), "560.1", "cu126"),
        ((3, 5), "470.1", "cpu"),
        (None, "581.15", "cu130"),
        (None, "531.1", "cu126"),
    ],
)
@pytest.mark.parametrize("system", ["Linux", "Windows"])
def test_an_nvidia_card_gets_the_build_for_its_compute_capability_and_driver(compute, driver, first, system):
    choice = choose(computer(nvidia(compute, driver), system=system))
    assert choice.indexes[0] == first
    assert choice.why.endswith(".") and "NVIDIA Card" in choice.why


def test_an_rtx_50_card_never_gets_a_build_before_cuda_12_8():
    choice = choose(computer(nvidia((12, 0), "551.23")))
    assert all(int(index.removeprefix("cu")) >= 128 for index in choice.indexes)
    assert "install driver 580" in choice.notes[0]


def test_of_two_cards_the_newer_decides_and_the_older_is_named():
    choice = choose(computer(nvidia((6, 1), name="GTX 1080"), nvidia((8, 9), name="RTX 4070")))
    assert choice.indexes[0] == "cu130" and "RTX 4070" in choice.why
    assert any("GTX 1080" in note and "not be used" in note for note in choice.notes)


def test_a_card_that_fits_needs_no_note():
    assert choose(computer(nvidia((8, 9)))).notes == ()


def test_amd_on_linux_gets_rocm():
    choice = choose(computer(Gpu("amd", "navi31", vram_gb=24.0, arch="gfx1100")))
    assert choice.kind == "rocm" and choice.indexes[0].startswith("rocm")


@pytest.mark.parametrize(
    "card", [Gpu("amd", "small", arch="gfx1036", discrete=False), Gpu("amd", "old", arch="gfx803")]
)
def test_an_amd_card_outside_the_builds_gets_the_small_one(card):
    assert choose(computer(card)).indexes == ("cpu",)


def test_amd_on_windows_is_told_honestly():
    choice = choose(computer(Gpu("amd", "AMD Radeon RX 7900 XTX"), system="Windows"))
    assert choice.kind == "cpu" and "RX 7900" in choice.why and choice.notes


def test_an_arc_card_gets_the_xpu_build_and_an_nvidia_card_beside_it_wins():
    arc = Gpu("intel", "Intel Arc A770")
    assert choose(computer(arc)).indexes == ("xpu",)
    assert choose(computer(arc, nvidia((8, 9)))).kind == "cuda"


def test_a_mac_uses_the_plain_index_and_an_intel_mac_is_told_why_not():
    assert choose(computer(system="Darwin", arch="arm64")).indexes == ()
    with pytest.raises(Missing, match="Intel"):
        choose(computer(system="Darwin", arch="x86_64"))


def test_without_a_card_the_small_build_is_chosen():
    choice = choose(computer())
    assert choice.indexes == ("cpu",) and choice.room_gb < 5


def test_a_linux_too_old_for_the_wheels_is_told_before_anything_is_fetched():
    with pytest.raises(Missing, match="2.17"):
        choose(computer(), glibc=(2, 17))
    assert choose(computer(), glibc=(2, 36)).indexes == ("cpu",)


@pytest.mark.parametrize(
    ("wish", "kind"),
    [("cpu", "cpu"), ("cu126", "cuda"), ("rocm7.2", "rocm"), ("xpu", "xpu"), ("https://a.b/whl/cu130", "cuda")],
)
def test_a_wish_wins_over_what_was_found_and_is_strict(wish, kind):
    choice = choose(computer(nvidia((8, 9))), wish)
    assert (choice.kind, choice.indexes, choice.strict) == (kind, (wish,), True)


def test_a_wish_for_nothing_known_says_what_is_known():
    with pytest.raises(Missing, match="cuda12") as caught:
        choose(computer(), "cuda12")
    assert "cu126" in caught.value.hint
