"""Questions to a journal, one file each; their answers have the shape of the command line's `--json` and the server's REST.

A question reads typed rows from `journal` and phrases an answer (`answers`). It prints nothing, writes nothing and knows no SQL.
"""
