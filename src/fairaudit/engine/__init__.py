"""The database under everything that sees rows, and the only place that knows which one it is.

`duckdb` opens it, `sql` says how names and values are written for it, and `cells` counts rows while it reads them. What the rooms above get of `cells` are
two tables: every combination of values with its ``code`` and the number ``n`` of its rows, in which a source of a billion rows is as small as what it
says; and, where columns have many values, ``each_row`` with its code and these. `plain_cells` makes the same tables sooner, of a large text file whose `lines` hold no more than `fields` between delimiters. Another engine has to make the same two, from a relation of its own: `look_ahead` a
sample, then one statement that turns the values of each row into its code, groups by it and counts. The combinations can be brought here, whatever
machine holds the rows; columns apart are sorted and summed where they are, as `elsewhere` asks and `spark_scores` answers. `losses` says what is summed, in
operations of which every engine gives the same digits; `moments` adds up any floats exactly.
"""
