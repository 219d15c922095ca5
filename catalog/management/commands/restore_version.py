from catalog.management.curation_commands import RestoreCommand


class Command(RestoreCommand):
    help = "Bring a version back: out of the trash as it was before, or out of the archive into use."
    example = "restore_version churn:1"
