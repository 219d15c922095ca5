from django.utils.crypto import get_random_string


def new_upload_token() -> str:
    """Random text in an object's metadata, by which a writer knows its own object."""
    return get_random_string(32)
