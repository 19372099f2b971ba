"""Pure translation between files and texts of the field and facts. Reads and writes no database.

- `tables`: CSV and Excel files of any encoding and shape -> rows of text.
- `mapping`: the saved description of a line list's columns; `mapping_guess` proposes one.
- `linelist`: table + mapping -> `CaseRecord`s, with every row accounted for.
- `maps/`: mappings of public data sets, ready to use by name.
"""
