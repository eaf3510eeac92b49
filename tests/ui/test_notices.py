"""What everybody has to know before they begin stands at the top of the page."""

from ui.window import build_window


def told(window) -> list[str]:
    parts = window.get_config_file()["components"]
    return [part["props"]["value"] for part in parts if part["props"].get("elem_id") == "notices"]


def test_a_host_that_forgets_says_so_on_the_page_and_names_are_shown_as_text(studio):
    (shown,) = told(build_window(studio, notices=("This <Space> forgets.", "An older list of jobs is used.")))
    assert "This &lt;Space&gt; forgets." in shown and "An older list" in shown
    assert 'role="status"' in shown


def test_a_studio_with_nothing_to_say_shows_no_notice(studio):
    assert told(build_window(studio)) == []
