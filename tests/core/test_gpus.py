"""Cards, from recorded answers of the vendors' tools and made folders of the kernel's lists."""

import json

import pytest

from core.gpus import find_gpus, gfx_name, measure_gpus


def smi(rows: str, older: bool = False):
    """An nvidia-smi; an older one refuses the question for the compute capability, as the real one did."""

    def answer(command):
        if "nvidia-smi" not in command[0]:
            return ""
        return "" if older and "compute_cap" in command[1] else rows

    return answer


@pytest.mark.parametrize(
    ("name", "compute", "gigabytes"),
    [
        ("NVIDIA GeForce RTX 5090", (12, 0), 31.8),
        ("NVIDIA GeForce RTX 4070 Ti SUPER", (8, 9), 16.0),
        ("NVIDIA GeForce GTX 1080 Ti", (6, 1), 11.0),
    ],
)
def test_an_nvidia_card_tells_name_memory_compute_and_driver(name, compute, gigabytes, tmp_path):
    row = f"0, {name}, {compute[0]}.{compute[1]}, {gigabytes * 1024:.0f}, 580.95.05, GPU-a1b2c3d4-0000\n"
    (card,) = find_gpus(smi(row), "Linux", tmp_path)
    assert (card.vendor, card.name, card.compute) == ("nvidia", name, compute)
    assert card.vram_gb == pytest.approx(gigabytes, abs=0.1) and card.driver_major == 580
    assert card.uuid == "GPU-a1b2c3d4-0000"


def test_an_old_nvidia_smi_without_the_compute_field_is_asked_again_and_the_name_tells(tmp_path):
    (card,) = find_gpus(smi("0, NVIDIA GeForce GTX 1060 6GB, 6144, 472.12\n", older=True), "Linux", tmp_path)
    assert card.compute == (6, 1) and card.vram_gb == 6.0 and card.driver_major == 472


@pytest.mark.parametrize(
    ("name", "compute"),
    [
        ("NVIDIA GeForce RTX 5060 Laptop GPU", (12, 0)),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", (12, 0)),
        ("NVIDIA GeForce GTX 1660 SUPER", (7, 5)),
        ("Tesla V100-SXM2-16GB", (7, 0)),
        ("GeForce GTX 970", (5, 2)),
        ("NVIDIA Something New", None),
    ],
)
def test_a_card_that_does_not_tell_its_compute_is_known_by_its_name(name, compute, tmp_path):
    (card,) = find_gpus(smi(f"0, {name}, [N/A], 8192, 580.00\n"), "Linux", tmp_path)
    assert card.compute == compute


@pytest.mark.parametrize(
    "noise",
    [
        "",
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
        "No devices were found\n",
        "0, half a line\n",
        "\x00\x00,,,,\n",
    ],
)
def test_a_broken_driver_means_no_card_and_no_crash(noise, tmp_path):
    assert find_gpus(smi(noise), "Linux", tmp_path) == []


def test_two_nvidia_cards_are_two(tmp_path):
    rows = "0, NVIDIA A, 8.6, 24576, 580.1\n1, NVIDIA B, 6.1, 8192, 580.1\n"
    assert [(card.index, card.compute) for card in find_gpus(smi(rows), "Linux", tmp_path)] == [
        (0, (8, 6)),
        (1, (6, 1)),
    ]


def make_amd(root, version: int, vram_gb: int):
    node = root / "sys/class/kfd/kfd/topology/nodes"
    (node / "0").mkdir(parents=True)
    (node / "0/properties").write_text("cpu_cores_count 16\ngfx_target_version 0\n")
    (node / "1").mkdir()
    (node / "1/properties").write_text(f"simd_count 96\ngfx_target_version {version}\nunique_id {0xabc123}\n")
    (node / "1/name").write_text("navi31\n")
    device = root / "sys/class/drm/card1/device"
    device.mkdir(parents=True)
    (device / "vendor").write_text("0x1002\n")
    (device / "mem_info_vram_total").write_text(str(vram_gb * 2**30))
    return device


def test_an_amd_card_is_read_from_the_kernel(tmp_path):
    make_amd(tmp_path, 110000, 24)
    (card,) = find_gpus(smi(""), "Linux", tmp_path)
    assert (card.vendor, card.name, card.arch, card.vram_gb, card.discrete) == ("amd", "navi31", "gfx1100", 24.0, True)
    assert card.uuid == "GPU-0000000000abc123"


def test_graphics_inside_an_amd_processor_are_not_taken_for_a_card(tmp_path):
    make_amd(tmp_path, 100306, 0)
    (card,) = find_gpus(smi(""), "Linux", tmp_path)
    assert card.arch == "gfx1036" and not card.discrete


@pytest.mark.parametrize(
    ("version", "name"), [(110000, "gfx1100"), (90010, "gfx90a"), (90402, "gfx942"), (120001, "gfx1201")]
)
def test_gfx_names_are_spelled_as_amd_does(version, name):
    assert gfx_name(version) == name


@pytest.mark.parametrize(("device", "count"), [("0x56a0", 1), ("0xe20b", 1), ("0x9a49", 0)])
def test_only_arc_cards_of_intel_count(tmp_path, device, count):
    folder = tmp_path / "sys/class/drm/card0/device"
    folder.mkdir(parents=True)
    (folder / "vendor").write_text("0x8086\n")
    (folder / "device").write_text(device + "\n")
    assert len(find_gpus(smi(""), "Linux", tmp_path)) == count


@pytest.mark.parametrize(
    ("rows", "vendors"),
    [
        ([{"Name": "AMD Radeon RX 7900 XTX", "DriverVersion": "32.0"}], ["amd"]),
        ({"Name": "Intel(R) Arc(TM) A770 Graphics", "DriverVersion": "31.0"}, ["intel"]),
        ([{"Name": "Intel(R) UHD Graphics 770", "DriverVersion": None}, {"Name": None}], []),
        ([{"Name": "Intel(R) Arc(TM) Graphics"}], []),
    ],
)
def test_windows_names_tell_amd_and_arc_cards(rows, vendors, tmp_path):
    def answer(command):
        return json.dumps(rows) if command[0] == "powershell" else ""

    assert [card.vendor for card in find_gpus(answer, "Windows", tmp_path)] == vendors


@pytest.mark.parametrize(("chip", "count"), [("Apple M3 Pro", 1), ("Intel(R) Core(TM) i7", 0)])
def test_an_apple_chip_is_a_card_that_shares_the_memory(chip, count, tmp_path):
    answers = {"machdep.cpu.brand_string": chip, "hw.memsize": str(18 * 2**30)}
    cards = find_gpus(lambda command: answers.get(command[-1], ""), "Darwin", tmp_path)
    assert len(cards) == count and all(card.vram_gb == 18.0 for card in cards)


def test_meters_keep_what_is_told_and_say_none_for_what_is_not(tmp_path):
    (load,) = measure_gpus(smi("0, 37, 2048, 61, [N/A]\n"), "Linux", tmp_path)
    assert (load.busy_percent, load.vram_used_gb, load.celsius, load.watts) == (37.0, 2.0, 61.0, None)


def test_an_amd_card_is_metered_from_the_kernel(tmp_path):
    device = make_amd(tmp_path, 110000, 24)
    (device / "gpu_busy_percent").write_text("80\n")
    (device / "mem_info_vram_used").write_text(str(3 * 2**30))
    (device / "hwmon/hwmon3").mkdir(parents=True)
    (device / "hwmon/hwmon3/temp1_input").write_text("55000\n")
    (load,) = measure_gpus(smi(""), "Linux", tmp_path)
    assert (load.busy_percent, load.vram_used_gb, load.celsius) == (80.0, 3.0, 55.0)
