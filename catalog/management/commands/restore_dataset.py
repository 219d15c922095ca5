from catalog.management.curation_commands import RestoreCommand


class Command(RestoreCommand):
    help = "Bring a dataset version back out of the trash."
    example = "restore_dataset churn:1"
    is_of_datasets = True
