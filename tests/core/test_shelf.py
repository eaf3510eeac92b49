"""Models stay warm, and room is made before another is loaded."""

import threading

import pytest

from core.shelf import Shelf


def test_a_thing_is_built_once():
    built = []
    shelf = Shelf(lambda device: 10)
    for _ in range(3):
        assert shelf.keep("a", lambda: built.append("a") or "A", gb=1) == "A"
    assert built == ["a"]


def test_the_longest_unused_goes_before_the_next_is_built():
    shelf = Shelf(lambda device: 10)
    shelf.keep("a", lambda: "A", gb=4)
    shelf.keep("b", lambda: "B", gb=4)
    shelf.keep("a", lambda: "never", gb=4)
    standing = []
    shelf.keep("c", lambda: standing.extend(row["key"] for row in shelf.standing()), gb=4)
    assert standing == ["a"]
    assert [row["key"] for row in shelf.standing()] == ["a", "c"]


def test_what_stands_is_given_at_once_while_another_model_loads_on_another_device():
    shelf, used = Shelf(lambda device: 10), threading.Event()
    shelf.keep("a", lambda: "A", gb=1)
    loading = threading.Event()

    def slow():
        loading.set()
        return used.wait(10)

    kept = []
    loader = threading.Thread(target=lambda: kept.append(shelf.keep("b", slow, gb=1, device="cuda:0")))
    loader.start()
    assert loading.wait(10)
    asked = threading.Thread(target=lambda: shelf.keep("a", lambda: "never", gb=1) == "A" and used.set())
    asked.start()
    loader.join()
    assert kept == [True], "the one that loads waited in vain for the other to be served"


def test_devices_do_not_push_each_other():
    shelf = Shelf(lambda device: 4)
    shelf.keep("a", lambda: "A", gb=4, device="cpu")
    shelf.keep("b", lambda: "B", gb=4, device="cuda:0")
    assert len(shelf.standing()) == 2
    assert shelf.drop(device="cpu") == 1


def test_what_failed_to_load_is_not_kept():
    shelf = Shelf(lambda device: 4)
    with pytest.raises(OSError):
        shelf.keep("a", lambda: (_ for _ in ()).throw(OSError("torn")), gb=1)
    assert shelf.standing() == []
    assert shelf.keep("a", lambda: "A", gb=1) == "A"
