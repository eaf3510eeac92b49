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


def test_a_warning_of_the_host_is_told_in_the_language_of_the_page(studio):
    from core.hosts import describe_colab
    from core.language import LANGUAGES, Languages, fill

    warning = describe_colab(studio.home.root, studio.home.root).warning
    (shown,) = told(build_window(studio, notices=(warning,)))
    for code, word in (("de", "vergisst"), ("es", "olvida"), ("ja", "消えます"), ("en", "forgets")):
        assert word in fill(shown, Languages(LANGUAGES)[code])


def test_a_refusal_is_told_in_the_visitors_words():
    from core.errors import Refused
    from core.language import LANGUAGES, Languages
    from ui.page import told_in

    error = Refused("Nothing was chosen.", "Tick some pictures first.")
    assert told_in(error, Languages(LANGUAGES)["de"]) == "Es wurde nichts gewählt. Hake zuerst einige Bilder an."
    assert told_in(Refused("Never heard of."), Languages(LANGUAGES)["ja"]) == "Never heard of."
