"""Files and frames into a checked table: formats, encodings, roles of columns, cuts, the decision rule.

Nothing here knows a metric. A file is read once, into a columnar table that DuckDB keeps in memory and spills to disk
beyond its limit; all later questions are asked of that table.
"""
