"""Triggers that keep a sentence true on both engines, written once.

A migration asks `connection.vendor` through `install` and `remove`. Every refusal
carries the sentence's name: as the constraint name on PostgreSQL, as the whole
message on SQLite, so that `courses.transactions.error_for` can name it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython


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

    def sqlite(self) -> list[str]:
        """Return the statements that install it on SQLite."""
        return [
            f"CREATE TRIGGER {self.trigger_name} {self.moment} ON {self.table} "
            f"FOR EACH ROW WHEN {self.sqlite_when} "
            f"BEGIN SELECT RAISE(ABORT, '{self.name}'); END"
        ]

    def postgresql(self) -> list[str]:
        """Return the statements that install it on PostgreSQL."""
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


def keep(triggers: Iterable[Trigger]) -> RunPython:
    """Return the migration operation that installs the triggers, and removes them."""
    triggers = tuple(triggers)

    def install(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        vendor = schema_editor.connection.vendor
        for trigger in triggers:
            made = trigger.sqlite() if vendor == "sqlite" else trigger.postgresql()
            _run(schema_editor, made)

    def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for trigger in reversed(triggers):
            _run(schema_editor, trigger.removal(schema_editor.connection.vendor))

    return RunPython(install, remove)


def _run(schema_editor: BaseDatabaseSchemaEditor, statements: list[str]) -> None:
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
