from catalog.management.curation_commands import TrashCommand


class Command(TrashCommand):
    help = "Move a dataset version that nothing uses to the trash. restore_dataset undoes it."
    example = "delete_dataset churn:1 --reason 'a test'"
    is_of_datasets = True
    undo = "restore_dataset"
