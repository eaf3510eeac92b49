"""Lets Debian's Ren'Py 8.0.3 run under Python 3.11, which wants an end for every place in a syntax tree."""

import ast

_real = ast.fix_missing_locations


def fix_missing_locations(node):
    for one in ast.walk(node):
        if hasattr(one, "lineno"):
            if getattr(one, "end_lineno", None) is None or one.end_lineno < one.lineno:
                one.end_lineno, one.end_col_offset = one.lineno, getattr(one, "col_offset", 0)
            if getattr(one, "end_col_offset", None) is None:
                one.end_col_offset = getattr(one, "col_offset", 0)
    return _real(node)


ast.fix_missing_locations = fix_missing_locations
