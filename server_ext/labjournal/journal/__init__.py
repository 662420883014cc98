"""The journal: the one room that knows SQL.

`schema` and `migrations` say what stands where, `frames` how a spool line looks, `writer` appends, `blobs` keeps contents,
`reader` and `addresses` answer, `integrity` checks. `schema`, `migrations`, `frames`, `writer`, `blobs`, `locks` and `places`
are imported in the user's kernel and use the standard library only.
"""
