"""Rows that may not be there together: overlapping ones, and equal ones."""

from dataclasses import dataclass

from courses.invariants.guard import Guard
from courses.invariants.triggers import Trigger

_NAME_ITS_CONSTRAINT = """
DO $$ DECLARE own_name name; BEGIN
  SELECT c.conname INTO own_name FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
    WHERE c.conrelid = '{table}'::regclass AND c.contype = 'u'
    AND a.attname = '{column}';
  IF own_name IS NULL THEN
    ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({column});
  ELSIF own_name <> '{name}' THEN
    EXECUTE format('ALTER TABLE {table} RENAME CONSTRAINT %I TO {name}', own_name);
  END IF;
END $$
"""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """No two rows overlap, on PostgreSQL. SQLite has a twin as a trigger."""

    name: str
    table: str
    rule: str

    def name_on(self, vendor: str) -> str:
        """Return the constraint's name."""
        return self.name if vendor == "postgresql" else ""

    def statements(self, vendor: str) -> list[str]:
        """Return the statements that install it; half-open spans may touch."""
        if vendor != "postgresql":
            return []
        return [
            # So that an id can stand beside a span in one index.
            "CREATE EXTENSION IF NOT EXISTS btree_gist",
            f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name}"
            f" EXCLUDE USING gist ({self.rule}",
        ]

    def removal(self, vendor: str) -> list[str]:
        """Return the statement that takes it away again."""
        if vendor != "postgresql":
            return []
        return [f"ALTER TABLE {self.table} DROP CONSTRAINT {self.name}"]


@dataclass(frozen=True, slots=True)
class NamedColumn:
    """On PostgreSQL a unique column's own constraint carries the sentence's name.

    Django lets PostgreSQL find a name for it. What happens to the rows is unchanged,
    so going back gives that found name back and keeps the column unique.
    """

    name: str
    table: str
    column: str

    def name_on(self, vendor: str) -> str:
        """Return the constraint's name."""
        return self.name if vendor == "postgresql" else ""

    def statements(self, vendor: str) -> list[str]:
        """Return the statement that names it, or makes it where it was lost."""
        if vendor != "postgresql":
            return []
        return [
            _NAME_ITS_CONSTRAINT.format(
                table=self.table, column=self.column, name=self.name
            )
        ]

    def removal(self, vendor: str) -> list[str]:
        """Return the statement that gives the found name back."""
        if vendor != "postgresql":
            return []
        return [
            f"ALTER TABLE {self.table} RENAME CONSTRAINT {self.name}"
            f" TO {self.table}_{self.column}_key"
        ]


def unique(
    *, name: str, table: str, columns: tuple[str, ...], sentence: str, among: str = ""
) -> list[Trigger]:
    """Return the triggers that name a unique constraint on SQLite.

    SQLite says which columns a unique index is over, but not its name; the triggers
    do. They also refuse INSERT OR REPLACE over such a row. `among` narrows it to some
    rows, with {row} for the row.
    """
    same = " AND ".join(f"o.{column} = NEW.{column}" for column in columns)
    if among:
        same += f" AND {among.format(row='NEW')} AND {among.format(row='o')}"
    taken = f"EXISTS (SELECT 1 FROM {table} o WHERE {same} AND o.id IS NOT NEW.id)"  # noqa: S608
    moments = {"insert": "BEFORE INSERT", "update": "BEFORE UPDATE"}
    if not among:
        moments["update"] += f" OF {', '.join(columns)}"
    return [
        Trigger(
            name=name,
            suffix=f"_{verb}",
            table=table,
            moment=moment,
            sentence=sentence,
            sqlite_when=taken,
        )
        for verb, moment in moments.items()
    ]


def unique_column(*, name: str, table: str, column: str, sentence: str) -> list[Guard]:
    """Return what names, on either engine, a column that is unique by itself."""
    return [
        NamedColumn(name, table, column),
        *unique(name=name, table=table, columns=(column,), sentence=sentence),
    ]
