# Written by StudioNova.
label start:
    jump scene_gate

label scene_gate:
    $ sn.enter('gate')
    $ story.tries = 0
    scene bg forest
    "Leaves fall." id line_gate_n1
label scene_gate_n2:
    show who_ada happy arms_crossed at sn_left with Dissolve(0.5)
    play music 'audio/sn_tune.rpy' fadein 1.0
    camera at sn_zoom_in(1.5)
    cast.ada "We have [sn.shown.gold] coins, [sn.shown.hero]. {i}Really.{/i}" id line_gate_n2
label scene_gate_n3:
    cast.ada "Well?" nointeract id line_gate_n3
    menu scene_menu_gate_n3:
        "Go in":
            $ story.brave = sn.flag(True)
            jump scene_dark
        "Wait" if story.tries < 2:
            $ story.tries = sn.whole(story.tries + 1)
        "Pay [sn.shown.gold]" if story.gold > 2:
            $ story.gold = sn.whole(story.gold - 2)
            jump scene_gate_n2
    "You wait." id line_gate_n4
    jump scene_gate_n3
    jump scene_dark

label scene_dark:
    $ sn.enter('dark')
    $ story.tries = 0
    $ story.luck = sn.whole(sn.roll(1, 6))
    $ persistent.story_runs = sn.whole(persistent.story_runs + 1)
    scene bg cave with Fade(0.5, 0.0, 0.5)
    if story.luck == 6:
        cast.ben "A six!" id line_dark_n2
    $ sn.picked = sn.pick([way for way in [(0, 3.0), ((1, 1.0) if story.gold > 0 else None)] if way])
    if sn.picked == 0:
        jump scene_light
    elif sn.picked == 1:
        jump scene_gate
    return

label scene_light:
    $ sn.enter('light')
    $ story.tries = 0
    if story.brave and (sn.visits("gate") < 3):
        "The sun. You are brave." id line_light_n1
    "The end, with [sn.shown.luck] and [sn.kept.runs]." id line_light_n2
    return
