"""The migration operations that install guards, and take them away."""

from collections.abc import Iterable

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

from courses.invariants.guard import Guard


class Keep(RunPython):
    """Install guards; backwards, remove them."""

    replaced: tuple[Guard, ...] = ()

    def __init__(self, guards: Iterable[Guard]) -> None:
        self.guards = tuple(guards)
        super().__init__(self._forwards, self._backwards)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return how the operation is written down."""
        return self.__class__.__name__, [], {"guards": self.guards}

    def _forwards(self, apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        install(schema_editor, self.guards)

    def _backwards(self, apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        remove(schema_editor, self.guards)


class Replace(Keep):
    """Install guards in place of older ones; backwards, the older ones again."""

    def __init__(self, guards: Iterable[Guard], *, replaced: Iterable[Guard]) -> None:
        self.replaced = tuple(replaced)
        super().__init__(guards)

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        """Return how the operation is written down."""
        name, positional, named = super().deconstruct()
        return name, positional, named | {"replaced": self.replaced}

    def _forwards(self, apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        remove(schema_editor, self.replaced)
        install(schema_editor, self.guards)

    def _backwards(self, apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        remove(schema_editor, self.guards)
        install(schema_editor, self.replaced)


def install(schema_editor: BaseDatabaseSchemaEditor, guards: Iterable[Guard]) -> None:
    """Let the database keep them."""
    vendor = schema_editor.connection.vendor
    with schema_editor.connection.cursor() as cursor:
        for guard in guards:
            for statement in guard.statements(vendor):
                cursor.execute(statement)


def remove(schema_editor: BaseDatabaseSchemaEditor, guards: tuple[Guard, ...]) -> None:
    """Let the database no longer keep them."""
    vendor = schema_editor.connection.vendor
    with schema_editor.connection.cursor() as cursor:
        for guard in reversed(guards):
            for statement in guard.removal(vendor):
                cursor.execute(statement)
