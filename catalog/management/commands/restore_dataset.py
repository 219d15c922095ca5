from catalog.management.curation_commands import RestoreCommand


class Command(RestoreCommand):
    help = "Bring a dataset version back out of the trash."
    is_of_datasets = True
