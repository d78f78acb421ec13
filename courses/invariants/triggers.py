"""Triggers that refuse a change, or bring other rows into step with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trigger:
    """Refuse a change of one table.

    `sqlite_when` and `postgresql_when` are the conditions of refusal; None means that
    this engine needs no trigger. PostgreSQL keeps some of these sentences in a
    constraint of that name (SQLite alone doesn't say which unique index was
    violated), and SQLite has no TRUNCATE.

    `postgresql_first` runs before the condition is looked at: it locks what the
    condition reads, where somebody else may be changing that at this moment.

    BEFORE looks at each row, and AFTER once at all that a statement wrote: the table
    `changed`. PostgreSQL alone knows that; it is faster where the condition looks
    other rows up.
    """

    name: str
    table: str
    moment: str  # for example "BEFORE INSERT" or "BEFORE UPDATE"
    sentence: str
    sqlite_when: str | None
    postgresql_when: str | None = None
    suffix: str = ""
    postgresql_first: str = ""

    @property
    def trigger_name(self) -> str:
        """Return the trigger's own name, unique in the database."""
        return f"{self.name}{self.suffix}"

    def name_on(self, vendor: str) -> str:
        """Return the trigger's name; one of the engines may need none."""
        when = self.sqlite_when if vendor == "sqlite" else self.postgresql_when
        return "" if when is None else self.trigger_name

    def statements(self, vendor: str) -> list[str]:
        """Return the statements that install it."""
        if not self.name_on(vendor):
            return []
        return self._sqlite() if vendor == "sqlite" else self._postgresql()

    def _sqlite(self) -> list[str]:
        return [
            f"CREATE TRIGGER {self.trigger_name} {self.moment} ON {self.table} "
            f"FOR EACH ROW WHEN {self.sqlite_when} "
            f"BEGIN SELECT RAISE(ABORT, '{self.name}'); END"
        ]

    def _postgresql(self) -> list[str]:
        # PostgreSQL would cut a longer name short, and two names might become one.
        if len(self.trigger_name) > 63:
            raise ValueError(f"{self.trigger_name} is longer than 63 characters")
        sentence = self.sentence.replace("'", "''")
        first = f"{self.postgresql_first}; " if self.postgresql_first else ""
        each, returned = "FOR EACH ROW", "NEW"
        if "AFTER" in self.moment:
            each, returned = "REFERENCING NEW TABLE AS changed", "NULL"
        elif "TRUNCATE" in self.moment:
            each, returned = "FOR EACH STATEMENT", "NULL"
        elif "DELETE" in self.moment:
            returned = "OLD"
        return [
            f"CREATE FUNCTION {self.trigger_name}() RETURNS trigger LANGUAGE plpgsql"
            f" AS $$ BEGIN {first}IF {self.postgresql_when} THEN RAISE EXCEPTION USING "
            f"ERRCODE = '23514', CONSTRAINT = '{self.name}', "
            f"TABLE = '{self.table}', MESSAGE = '{sentence}'; END IF; "
            f"RETURN {returned}; END $$",
            f"CREATE TRIGGER {self.trigger_name} {self.moment} ON {self.table} "
            f"{each} EXECUTE FUNCTION {self.trigger_name}()",
        ]

    def removal(self, vendor: str) -> list[str]:
        """Return the statements that take it away again."""
        if not self.name_on(vendor):
            return []
        return _dropped(self.trigger_name, self.table, vendor)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """After a column changes, bring other rows into step in the same statement."""

    name: str
    table: str
    column: str
    statement: str

    def name_on(self, vendor: str) -> str:
        """Return the trigger's name."""
        return self.name

    def statements(self, vendor: str) -> list[str]:
        """Return the statements that install it."""
        head = (
            f"CREATE TRIGGER {self.name} AFTER UPDATE OF {self.column} ON {self.table}"
        )
        changed = f"NEW.{self.column} <> OLD.{self.column}"
        if vendor == "sqlite":
            return [
                f"{head} FOR EACH ROW WHEN {changed} BEGIN {self.statement}; END",
            ]
        return [
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql"
            f" AS $$ BEGIN {self.statement}; RETURN NULL; END $$",
            f"{head} FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {self.name}()",
        ]

    def removal(self, vendor: str) -> list[str]:
        """Return the statements that take it away again."""
        return _dropped(self.name, self.table, vendor)


def append_only(
    table: str, sentence: str, *, verbs: tuple[str, ...] = ("UPDATE", "DELETE")
) -> list[Trigger]:
    """Return the triggers that refuse UPDATE and DELETE of a history table."""
    return [
        Trigger(
            name="history_is_append_only",
            suffix=f"_{table}_{verb.lower()}",
            table=table,
            moment=f"BEFORE {verb}",
            sentence=sentence,
            sqlite_when="1",
            postgresql_when="TRUE",
        )
        for verb in verbs
    ] + [not_replaced("history_is_append_only", table, sentence)]


def not_replaced(name: str, table: str, sentence: str) -> Trigger:
    """Return the trigger that refuses INSERT OR REPLACE over a row of a guarded table.

    SQLite alone has it, and deletes the old row without firing a DELETE trigger.
    """
    return Trigger(
        name=name,
        suffix=f"_{table}_replace",
        table=table,
        moment="BEFORE INSERT",
        sentence=sentence,
        sqlite_when=f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)",  # noqa: S608
    )


def not_truncated(
    name: str, table: str, sentence: str, *, when: str = "TRUE", suffix: str = ""
) -> Trigger:
    """Return the trigger that refuses TRUNCATE of a guarded table.

    PostgreSQL alone has it, and empties a table without firing a DELETE trigger.
    """
    return Trigger(
        name=name,
        suffix=suffix or f"_{table}_truncate",
        table=table,
        moment="BEFORE TRUNCATE",
        sentence=sentence,
        sqlite_when=None,
        postgresql_when=when,
    )


def _dropped(trigger: str, table: str, vendor: str) -> list[str]:
    # If it is there: SQLite forgets triggers when a table is rebuilt.
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {trigger}"]
    return [
        f"DROP TRIGGER IF EXISTS {trigger} ON {table}",
        f"DROP FUNCTION IF EXISTS {trigger}()",
    ]
