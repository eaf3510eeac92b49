"""What a computer has, from made /proc folders and from the real one."""

import pytest

from core.machine import free_disk_gb, measure, read_machine

XEON = """processor\t: 0
model name\t: Intel(R) Xeon(R) Platinum 8481C
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu avx2 f16c avx512f avx512_bf16 amx_bf16 amx_tile amx_int8

processor\t: 1
model name\t: Intel(R) Xeon(R) Platinum 8481C
physical id\t: 0
core id\t\t: 1
flags\t\t: fpu avx2
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd bf16 sve\n"


def nothing(command):
    return ""


def make_proc(root, cpuinfo: str, ram_kb: int = 16 * 2**20):
    (root / "proc").mkdir()
    (root / "proc/cpuinfo").write_text(cpuinfo)
    (root / "proc/meminfo").write_text(f"MemTotal:       {ram_kb} kB\n")


def test_a_processor_with_amx_is_seen_and_calculates_fast_in_16_bits(tmp_path):
    make_proc(tmp_path, XEON)
    machine = read_machine(nothing, "Linux", tmp_path)
    assert machine.cpu == "Intel(R) Xeon(R) Platinum 8481C"
    assert {"avx2", "avx512_bf16", "amx_bf16"} <= set(machine.abilities)
    assert machine.fast_bf16 and machine.ram_gb == 16.0


@pytest.mark.parametrize(("cpuinfo", "fast"), [(ARM, True), ("flags\t: avx2 f16c\n", False), ("", False)])
def test_fast_16_bit_arithmetic_is_claimed_only_where_the_processor_says_so(tmp_path, cpuinfo, fast):
    make_proc(tmp_path, cpuinfo)
    assert read_machine(nothing, "Linux", tmp_path).fast_bf16 is fast


def test_a_container_limit_counts_as_the_memory(tmp_path):
    make_proc(tmp_path, XEON)
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    limit = tmp_path / "sys/fs/cgroup/memory.max"
    limit.write_text(str(4 * 2**30))
    assert read_machine(nothing, "Linux", tmp_path).ram_gb == 4.0
    limit.write_text("max\n")
    assert read_machine(nothing, "Linux", tmp_path).ram_gb == 16.0


def test_a_mac_is_read_through_sysctl(tmp_path):
    answers = {
        "machdep.cpu.brand_string": "Apple M2",
        "hw.physicalcpu": "8",
        "hw.memsize": str(16 * 2**30),
        "hw.optional.arm.FEAT_BF16": "1",
    }
    machine = read_machine(lambda command: answers.get(command[-1], ""), "Darwin", tmp_path)
    assert machine.cpu == "Apple M2" and machine.fast_bf16 and machine.ram_gb == 16.0
    assert machine.gpus[0].vendor == "apple"


def test_an_unknown_system_is_described_without_a_crash(tmp_path):
    machine = read_machine(nothing, "Plan9", tmp_path)
    assert machine.threads >= 1 and "no graphics card" in machine.describe()


def test_the_description_of_this_computer_names_its_processor_and_memory():
    machine = read_machine()
    assert machine.cpu in machine.describe() and machine.ram_gb > 0.5
    assert 1 <= machine.cores <= machine.threads


def test_free_room_is_told_for_a_folder_that_does_not_exist_yet(tmp_path):
    assert free_disk_gb(tmp_path / "not/yet/there") == pytest.approx(free_disk_gb(tmp_path), abs=0.5)


def test_the_meters_of_this_computer_are_in_range_and_become_json(tmp_path):
    meters = measure(tmp_path)
    assert 0 < meters.ram_used_gb < meters.ram_total_gb
    assert 0 <= meters.cpu_percent <= 100 and 0 < meters.disk_free_gb <= meters.disk_total_gb
    assert set(meters.as_json()) >= {"cpu_percent", "process_ram_gb", "gpus"}
