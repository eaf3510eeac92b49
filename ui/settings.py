"""Settings: plain groups that apply at once; what this computer has and can; the log, ready for a bug report."""

import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

import gradio as gr

from core.errors import Refused
from core.lanes import LIGHT, POLICIES, PROCESSOR, SLOW
from core.language import Words, mark
from core.log import SERVICES, read_tail, redact
from core.readiness import WAITS, WORKS
from ui import models, parts, tavern, usage
from ui.page import Page

LOOKS = ("auto", "light", "dark")
SECTIONS = ("general", "folders", "models", "tavern", "computer", "usage", "matrix", "sharing", "extensions", "log")
"""In the order of the page. Each begins with a head that carries its name; the row of buttons shows one at a time."""
LEVELS = ("", "INFO", "WARNING", "ERROR")
LOG_LINES = 200
COPIED_LINES = 40
METERS = 'window.studionova.meters(element);'
INDEX = 'window.studionova.sections(element);'
Capabilities = list[dict[str, Any]]
"""What the studio says of itself: asked once for everything that is drawn at a visit."""


@dataclass
class Groups:
    """The parts of the tab: controls by the name of the setting they change, and the places that are drawn."""

    controls: dict[str, Any] = field(default_factory=dict)
    look: gr.Radio | None = None
    device: gr.Dropdown | None = None
    """Where heavy work runs; there is nothing to choose where only the processor does it."""
    folders: gr.Textbox | None = None
    extensions: gr.CheckboxGroup | None = None
    computer: gr.HTML | None = None
    section: models.Section | None = None
    neighbour: tavern.Section | None = None
    usage: gr.HTML | None = None
    matrix: gr.HTML | None = None
    log_filters: dict[str, Any] = field(default_factory=dict)
    log: gr.HTML | None = None


def build(page: Page) -> Groups:
    made = Groups()
    gr.HTML(_index(), elem_id="settings-index", elem_classes=["intro"], js_on_load=INDEX, apply_default_css=False,
            padding=False)
    _general(page, made)
    _folders(page, made)
    made.section = models.build()
    made.neighbour = tavern.build(page)
    _computer(page, made)
    made.usage = parts.piece(_heading("usage", mark), id="settings-usage", classes="intro group")
    made.matrix = parts.piece(_heading("matrix", mark), id="settings-matrix", classes="intro group")
    _sharing(page, made)
    _extensions(page, made)
    _log(made)
    return made


def _index() -> str:
    """The head of the tab and the way to each of its sections."""
    doors = "".join(f'<button type="button" class="nb" data-to="{name}">'
                    f'{mark("models.title" if name == "models" else f"settings.{name}")}</button>' for name in SECTIONS)
    return (f'<h2>{mark("settings.title")}</h2><p>{mark("settings.intro")}</p>'
            f'<nav class="sections" aria-label="{mark("settings.title")}">{doors}</nav>')


def _log(made: Groups) -> None:
    _head("log")
    with gr.Row(elem_classes=["finder"]):
        made.log_filters["words"] = gr.Textbox(label=mark("settings.log_words"), elem_id="log-words", scale=3, lines=1,
                                               max_lines=1, min_width=200)
        made.log_filters["level"] = gr.Dropdown([(mark(f"settings.level_{name or 'all'}"), name) for name in LEVELS],
                                                value="", label=mark("settings.log_level"), min_width=140)
        services = [(mark("library.any"), ""), *((mark(f"settings.service_{name}"), name) for name in SERVICES)]
        made.log_filters["service"] = gr.Dropdown(services, value="", label=mark("settings.log_service"),
                                                  min_width=140)
    made.log = parts.piece(id="settings-log")


def _head(name: str, verbs: str = "") -> None:
    gr.HTML(_heading(name, mark) + verbs, elem_classes=["intro", "group"], js_on_load=None, apply_default_css=False,
            padding=False)


def _heading(name: str, say: Callable[[str], str]) -> str:
    return (f'<h3 data-section="{name}">{escape(say(f"settings.{name}"))}</h3>'
            f'<p>{escape(say(f"settings.{name}_hint"))}</p>')


def _general(page: Page, made: Groups) -> None:
    _head("general", f'<div class="verbs"><button type="button" class="nb" data-keys>{parts.icon("keys")}'
                     f'<span>{mark("keys.title")}</span></button> <button type="button" class="nb" data-tour="begin">'
                     f'{mark("tour.again")}</button></div>')
    names = [(mark("settings.language_auto"), ""), *((name, code) for code, name in page.languages.names.items())]
    made.controls["general.language"] = gr.Dropdown(
        names, value=page.studio.settings.get("general.language"), label=mark("settings.language"),
        info=mark("settings.language_help"), elem_id="settings-language", filterable=False)
    made.controls["images.recipes"] = gr.Checkbox(page.studio.settings.get("images.recipes"),
                                                  label=mark("settings.recipes"), info=mark("settings.recipes_help"))
    able = any(not entry.unavailable for entry in page.studio.catalog.find("seal"))
    made.controls["images.signed"] = gr.Checkbox(
        page.studio.settings.get("images.signed"), label=mark("settings.signed"), interactive=able,
        info=mark("settings.signed_help" if able else "settings.signed_lacks"))
    made.look = gr.Radio([(mark(f"settings.look_{name}"), name) for name in LOOKS], value="auto",
                         label=mark("settings.look"), elem_id="settings-look")


def _folders(page: Page, made: Groups) -> None:
    _head("folders")
    made.folders = gr.Textbox("\n".join(page.studio.settings.get("models.folders")), lines=3, max_lines=8,
                              label=mark("settings.model_folders"), info=mark("settings.model_folders_help"),
                              elem_id="settings-folders")
    if any(entry.card.server for entry in page.studio.catalog):
        made.controls["servers.comfyui"] = gr.Textbox(page.studio.settings.get("servers.comfyui"), max_lines=1,
                                                      label=mark("settings.comfyui"),
                                                      info=mark("settings.comfyui_help"),
                                                      placeholder="http://127.0.0.1:8188")


def _sharing(page: Page, made: Groups) -> None:
    _head("sharing")
    made.controls["sharing.max_upload_mb"] = gr.Slider(
        8, 1024, page.studio.settings.get("sharing.max_upload_mb"), step=8, label=mark("settings.upload"),
        info=mark("settings.upload_help"))
    made.controls["sharing.mcp"] = gr.Checkbox(page.studio.settings.get("sharing.mcp"), label=mark("settings.mcp"),
                                               info=mark("settings.mcp_help"))


def _extensions(page: Page, made: Groups) -> None:
    _head("extensions")
    names = sorted(page.studio.extensions)
    if names:
        enabled = [name for name in page.studio.settings.get("extensions.enabled") if name in names]
        made.extensions = gr.CheckboxGroup(names, value=enabled, label=mark("settings.enabled"),
                                           info=mark("settings.enabled_help"), elem_id="settings-extensions")


def _computer(page: Page, made: Groups) -> None:
    made.computer = gr.HTML(_heading("computer", mark) + _meters(mark), elem_id="settings-computer", js_on_load=METERS,
                            elem_classes=["piece", "intro", "group"], apply_default_css=False, padding=False)
    devices = page.studio.devices
    if len(devices) > 1:
        ways = [name for name in POLICIES if name != "manual"]
        choices = [*((mark(f"settings.policy_{name}"), name) for name in ways if name != "sticky" or len(devices) > 2),
                   *((f"{said} ({name})", name) for name, said in devices.items())]
        made.device = gr.Dropdown(choices, value=_device(page), label=mark("settings.policy"),
                                  info=mark("settings.policy_help"), elem_id="settings-device", filterable=False)
    made.controls["devices.shelf_gb"] = gr.Slider(
        0, max(8, round(max(gpu.vram_gb for gpu in page.studio.machine.gpus) if page.studio.machine.gpus
                        else page.studio.machine.ram_gb)), page.studio.settings.get("devices.shelf_gb"), step=0.5,
        label=mark("settings.shelf"), info=mark("settings.shelf_help"))
    made.controls["library.cache_gb"] = gr.Slider(
        0.5, 50, page.studio.settings.get("library.cache_gb"), step=0.5, label=mark("settings.cache"),
        info=mark("settings.cache_help"))


def wire(page: Page, made: Groups) -> None:
    for name, control in made.controls.items():
        event = control.release if isinstance(control, gr.Slider) else control.blur \
            if isinstance(control, gr.Textbox) else control.input
        how = {"js": "(code) => { window.studionova.keepLanguage(code); return code; }"
                     ""} if name == "general.language" else {}
        done = page.on(event, _setter(page, name, control), [control], None, queue=name != "general.language",
                       preprocess=not isinstance(control, gr.Slider), **how)
        if name == "general.language":
            done.then(None, [control], None, js="(code) => window.studionova.changeLanguage(code)", queue=False,
                      api_visibility="private")
    made.look.input(None, [made.look], None, js="(look) => window.studionova.setLook(look)", queue=False,
                    api_visibility="private")
    if made.device is not None:
        page.on(made.device.input, _device_setter(page), [made.device], None)
    page.on(made.folders.blur, lambda text: _keep_folders(page, text), [made.folders], None)
    if made.extensions is not None:
        page.on(made.extensions.input, _setter(page, "extensions.enabled"), [made.extensions], None)

    def enter(values: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        words, able = page.words(request), page.studio.capabilities()
        return {made.computer: computer(page, words), made.matrix: matrix(able, words),
                made.log: log_view(page, made, values, request, able)}

    def filtered(values: dict[Any, Any], request: gr.Request) -> str:
        return log_view(page, made, values, request, page.studio.capabilities())

    models.wire(page, made.section)
    tavern.wire(page, made.neighbour)
    usage.wire(page, made.usage)
    filters = set(made.log_filters.values())
    page.on(page.seats["settings"].select, enter, filters, [made.computer, made.matrix, made.log])
    for box in made.log_filters.values():
        page.on(box.change, filtered, filters, [made.log], trigger_mode="always_last", queue=False)
    page.on(made.log.act, filtered, filters, [made.log])


def _setter(page: Page, name: str, control: Any = None) -> Any:
    def change(value: Any, request: gr.Request) -> None:
        value = parts.pulled(control, value) if isinstance(control, gr.Slider) else value
        if not page.may_change():
            raise Refused("Settings cannot be changed while the studio is shared.", "The person at the computer can.")
        if page.studio.settings.get(name) != value:
            page.studio.settings.set(name, value)
            if name != "general.language":
                gr.Info(page.words(request)("settings.saved"))

    return change


def _device(page: Page) -> str:
    """What stands in the choice of devices: a way of choosing, or the device that was chosen for good."""
    way, device = page.studio.settings.get("devices.policy"), page.studio.settings.get("devices.device")
    chosen = {"manual": device, "cpu": PROCESSOR}.get(way, way)
    return chosen if chosen in (*POLICIES, *page.studio.devices) else "auto"


def _device_setter(page: Page) -> Any:
    policy = _setter(page, "devices.policy")

    def change(choice: str, request: gr.Request) -> None:
        policy(choice if choice in POLICIES else "manual", request)
        page.studio.settings.set("devices.device", "" if choice in POLICIES else choice)

    return change


def _keep_folders(page: Page, text: str) -> None:
    if not page.may_change():
        raise Refused("Folders cannot be changed while the studio is shared.", "The person at the computer can.")
    folders = [line.strip() for line in text.splitlines() if line.strip()]
    if folders != page.studio.settings.get("models.folders"):
        page.studio.settings.set("models.folders", folders)


def computer(page: Page, words: Words) -> str:
    """What this computer has, in words."""
    machine = page.studio.machine
    rows = [(words("settings.processor"), f"{machine.cpu}, {words('settings.cores', n=machine.cores)}"),
            (words("settings.memory"), f"{machine.ram_gb:.0f} GB"),
            (words("settings.system"), f"{machine.system} {machine.release}, {machine.arch}"),
            (words("settings.bf16"), words("settings.yes" if machine.fast_bf16 else "settings.no"))]
    cards = [(words("settings.card"), f"{gpu.name}, {gpu.vram_gb:.0f} GB") for gpu in machine.gpus]
    rows += cards or [(words("settings.card"), words("settings.no_card"))]
    rows.append((words("settings.lane_light"), words("settings.processor")))
    rows += [(words("settings.lane_heavy"), page.studio.devices[device] if device != PROCESSOR
              else words("settings.processor")) for lane, device in page.studio.lanes.items()
             if lane not in (LIGHT, SLOW)]
    lines = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    return f'{_heading("computer", words)}<dl class="facts wide">{lines}</dl>{_meters(words)}'


def matrix(able: Capabilities, words: Words) -> str:
    """What the studio can do on this computer, and why not where it cannot: straight from the catalog."""
    rows = []
    for one in able:
        good, why = one["state"] == WORKS, words.phrase(one["why"])
        state = words("settings.works") if good else \
            words("settings.wants" if one["state"] == WAITS else "settings.lacks", reason=why)
        rows.append(f'<tr><td>{escape(words.phrase(one["task"].capitalize()))}</td><td><b>'
                    f'{escape(words.phrase(one["name"]))}</b>'
                    f'<br><span class="quiet">{escape(words.phrase(one["about"]))}</span></td>'
                    f'<td><span class="state {"done" if good else "paused"}">{parts.icon("check" if good else "warn")}'
                    f'{escape(state)}</span></td><td>{escape(one["licence"])}</td></tr>')
    heads = "".join(f'<th scope="col">{escape(words(f"settings.col_{name}"))}</th>'
                    for name in ("task", "way", "state", "licence"))
    return (f'{_heading("matrix", words)}<div class="table"><table><thead><tr>{heads}</tr></thead>'
            f'<tbody>{"".join(rows)}</tbody></table></div>')


def log_view(page: Page, made: Groups, values: dict[Any, Any], request: gr.Request, able: Capabilities) -> str:
    """The newest events that fit the filter, and the button that copies them for a bug report."""
    words = page.words(request)
    if not page.may_change():
        return f'<p class="quiet">{escape(words("settings.log_shared"))}</p>'
    asked = {name: str(values.get(box) or "") for name, box in made.log_filters.items()}
    events = read_tail(page.studio.logs, asked["service"], asked["words"], asked["level"], LOG_LINES)
    rows = "".join(f'<tr class="{escape(str(one.get("level", "")).lower())}"><td>'
                   f'{escape(str(one.get("timestamp", ""))[11:19])}</td>'
                   f'<td>{_named("level", one, words)}</td><td>{_named("service", one, words)}</td>'
                   f'<td>{escape(str(one.get("message", ""))[:400])}</td></tr>' for one in events)
    heads = "".join(f'<th scope="col">{escape(words(f"settings.col_{name}"))}</th>'
                    for name in ("time", "level", "service", "message"))
    copy = (f'<button type="button" class="nb" data-copy="#report" '
            f'data-done="{escape(words("settings.copied"), quote=True)}">'
            f'{escape(words("settings.copy"))}</button>')
    again = parts.button("refresh", words("settings.refresh"), "again")
    table = f'<div class="table log"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    if not rows:
        table = f'<p class="quiet">{escape(words("settings.log_empty"))}</p>'
    return (f'<div class="verbs">{copy}{again}</div>{table}<textarea id="report" hidden readonly aria-hidden="true">'
            f'{escape(report(page, events, able))}</textarea>')


def _named(what: str, event: dict[str, Any], words: Words) -> str:
    """Level or part of an event, in words where there are some."""
    key = f'settings.{what}_{event.get(what, "")}'
    return escape(words(key) if key in words else str(event.get(what, "")))


def report(page: Page, events: list[dict[str, Any]], able: Capabilities) -> str:
    """What goes into a bug report: this computer and the newest events, without secrets or names of folders."""
    lines = ["StudioNova", f"Python {platform.python_version()}", page.studio.machine.describe(),
             *(f"{one['key']}: {one['why'] or 'works'}" for one in able), ""]
    for one in events[:COPIED_LINES]:
        lines.append(f"{one.get('timestamp', '')} {one.get('level', '')} {one.get('service', '')} "
                     f"{one.get('message', '')}")
        trace = (one.get("context") or {}).get("trace")
        lines += [str(trace)] if trace else []
    return redact("\n".join(lines))


def _meters(say: Callable[[str], str]) -> str:
    """Live meters; the browser reads /system/metrics every few seconds while this tab is in sight."""
    made = "".join(f'<div class="meter" data-meter="{name}"><span>{escape(say(f"settings.meter_{name}"))}</span>'
                   f'<b>–</b>'
                   f'<svg viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true"><polyline points="">'
                   f'</polyline></svg></div>'
                   for name in ("cpu", "ram", "disk", "gpu", "vram"))
    return f'<div id="settings-meters">{made}</div>'
