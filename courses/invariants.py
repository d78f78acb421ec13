"""Guards that keep a sentence true in the database itself, written once.

A migration lists them in `Keep`, which asks `connection.vendor`. Every refusal carries
the sentence's name: as the constraint name on PostgreSQL, as the whole message on
SQLite, so that `courses.transactions.error_for` can name it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython


class Guard(Protocol):
    """Something in the database that refuses, or follows up, a change."""

    def name_on(self, vendor: str) -> str:
        """Return its name in such a database; empty where it isn't needed."""

    def statements(self, vendor: str) -> list[str]:
        """Return the statements that install it."""

    def removal(self, vendor: str) -> list[str]:
        """Return the statements that take it away again."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Refuse (or follow up) a change of one table.

    `sqlite_when` and `postgresql_when` are the conditions of refusal. Without the
    second, PostgreSQL keeps the sentence in a constraint of that name and needs no
    trigger: SQLite alone doesn't say which unique index was violated.
    """

    name: str
    table: str
    moment: str  # for example "BEFORE INSERT" or "BEFORE UPDATE"
    sentence: str
    sqlite_when: str
    postgresql_when: str | None = None
    suffix: str = ""

    @property
    def trigger_name(self) -> str:
        """Return the trigger's own name, unique in the database."""
        return f"{self.name}{self.suffix}"

    def name_on(self, vendor: str) -> str:
        """Return the trigger's name; PostgreSQL may need none."""
        is_needed = vendor == "sqlite" or self.postgresql_when is not None
        return self.trigger_name if is_needed else ""

    def statements(self, vendor: str) -> list[str]:
        """Return the statements that install it."""
        return self._sqlite() if vendor == "sqlite" else self._postgresql()

    def _sqlite(self) -> list[str]:
        return [
            f"CREATE TRIGGER {self.trigger_name} {self.moment} ON {self.table} "
            f"FOR EACH ROW WHEN {self.sqlite_when} "
            f"BEGIN SELECT RAISE(ABORT, '{self.name}'); END"
        ]

    def _postgresql(self) -> list[str]:
        if self.postgresql_when is None:
            return []
        # PostgreSQL would cut a longer name short, and two names might become one.
        if len(self.trigger_name) > 63:
            raise ValueError(f"{self.trigger_name} is longer than 63 characters")
        sentence = self.sentence.replace("'", "''")
        returned = "OLD" if "DELETE" in self.moment else "NEW"
        return [
            f"CREATE FUNCTION {self.trigger_name}() RETURNS trigger LANGUAGE plpgsql"
            f" AS $$ BEGIN IF {self.postgresql_when} THEN RAISE EXCEPTION USING "
            f"ERRCODE = '23514', CONSTRAINT = '{self.name}', "
            f"TABLE = '{self.table}', MESSAGE = '{sentence}'; END IF; "
            f"RETURN {returned}; END $$",
            f"CREATE TRIGGER {self.trigger_name} {self.moment} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.trigger_name}()",
        ]

    def removal(self, vendor: str) -> list[str]:
        """Return the statements that take it away again."""
        if vendor == "sqlite":
            return [f"DROP TRIGGER {self.trigger_name}"]
        if self.postgresql_when is None:
            return []
        return [
            f"DROP TRIGGER {self.trigger_name} ON {self.table}",
            f"DROP FUNCTION {self.trigger_name}()",
        ]


def append_only(table: str, sentence: str) -> list[Trigger]:
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
        for verb in ("UPDATE", "DELETE")
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
        if vendor == "sqlite":
            return [f"DROP TRIGGER {self.name}"]
        return [
            f"DROP TRIGGER {self.name} ON {self.table}",
            f"DROP FUNCTION {self.name}()",
        ]


class Keep(RunPython):
    """The migration operation that installs guards, and removes them."""

    def __init__(self, guards: Iterable[Guard]) -> None:
        self.guards = tuple(guards)
        super().__init__(self._install, self._remove)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return how the operation is written down."""
        return self.__class__.__name__, [], {"guards": self.guards}

    def _install(self, apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        vendor = schema_editor.connection.vendor
        for guard in self.guards:
            _run(schema_editor, guard.statements(vendor))

    def _remove(self, apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        vendor = schema_editor.connection.vendor
        for guard in reversed(self.guards):
            _run(schema_editor, guard.removal(vendor))


def _run(schema_editor: BaseDatabaseSchemaEditor, statements: list[str]) -> None:
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
