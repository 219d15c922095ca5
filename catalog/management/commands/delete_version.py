from catalog.management.curation_commands import TrashCommand


class Command(TrashCommand):
    help = "Move a version that nothing uses to the trash. purge_trash deletes it for good; restore_version undoes it."
    example = "delete_version churn:1 --reason 'a test'"
