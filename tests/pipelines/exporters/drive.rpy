# Walks the exported story by itself and writes down the addresses; used by tests only, never exported.
init 999 python:
    import json, os, io
    if not hasattr(renpy, "drive"):
        renpy.drive = {"plan": json.load(io.open(os.environ["DRIVE_PLAN"], encoding="utf-8")), "paths": [], "run": -1}
    drive = renpy.drive

    def drive_next():
        if drive["run"] >= 0:
            drive["paths"].append(drive["path"])
        drive["run"] += 1
        if drive["run"] >= len(drive["plan"]["seeds"]):
            with io.open(os.environ["DRIVE_PLAN"] + ".out", "w") as out:
                out.write(u"" + json.dumps(drive["paths"]))
            renpy.quit()
        drive["path"] = []
        renpy.not_infinite_loop(60)
        seed = drive["plan"]["seeds"][drive["run"]]
        drive["walker"] = (seed ^ 0x5EED) & 0xFFFFFFFF
        renpy.store.sn.seed = seed
        drive["door"] = drive["plan"]["doors"][drive["run"]]
        if drive["run"] > 0:  # the first walk begins with what the script itself declares
            renpy.store.sn.visited = {}
            for name, value in drive["plan"]["fresh"].items():
                setattr(renpy.store.story, name, value)
        for name, value in drive["plan"]["globals"].items():
            setattr(renpy.store.persistent, "story_" + name, value)

    def drive_note(address):
        drive["path"].append(address)
        if len(drive["path"]) >= drive["plan"]["most"]:
            renpy.jump("start")

    def drive_say(self, what, *args, **kwargs):
        renpy.substitutions.substitute(what)
        address = drive["plan"]["lines"].get(renpy.game.context().translate_identifier)
        if address and address not in drive["plan"]["questions"]:
            drive_note(address)

    renpy.character.ADVCharacter.__call__ = drive_say

    def drive_label(name, abnormal):
        drive["label"] = name
    config.label_callback = drive_label

    def menu(items, *args, **kwargs):
        weights = drive["plan"]["menus"][drive["label"]]
        drive_note(weights["address"])
        open_ways = [(v.value if hasattr(v, "value") else v) for c, v in items if v is not None]
        store_seed, renpy.store.sn.seed = renpy.store.sn.seed, drive["walker"]
        number = renpy.store.sn.draw()
        drive["walker"], renpy.store.sn.seed = renpy.store.sn.seed, store_seed
        chosen = [(way, weights["weights"][way]) for way in open_ways]
        total = 0.0
        for way, weight in chosen:
            total += weight
        if total <= 0:
            return open_ways[int(number * len(open_ways))]
        passed, last = 0.0, None
        for way, weight in chosen:
            if weight > 0:
                passed += weight
                last = way
                if number * total < passed:
                    return way
        return last

    renpy.pause = lambda *args, **kwargs: None
    renpy.with_statement = lambda *args, **kwargs: None

label main_menu:
    return
label before_main_menu:
    return
label drive_begin:
    return
