define config.name = 'The Cave'
define config.save_directory = 'studionova-cave'
define build.name = 'cave'
default sn.seed = 7
default story.gold = 3
default story.luck = 0
default story.brave = False
default story.hero = "'Mira'"
default story.tries = 0
default persistent.story_runs = 0
define cast.ada = Character(_('Ada'), color="#c2410c")
image who_ada happy arms_crossed = Transform('images/sn_p.rpy', fit="contain", ysize=int(config.screen_height * 0.88), yalign=1.0)
define cast.ben = Character(_('Ben'))
image bg forest = Transform('images/sn_p.rpy', xysize=(config.screen_width, config.screen_height), fit="cover", align=(0.5, 0.5))
image bg cave = Transform(Solid("#1f2937"), xysize=(config.screen_width, config.screen_height), fit="cover", align=(0.5, 0.5))
image cg cg_p = Transform('images/sn_p.rpy', xysize=(config.screen_width, config.screen_height), fit="cover", align=(0.5, 0.5))
