import secrets


def new_upload_token() -> str:
    """32 random hexadecimal digits for an object's metadata, by which a writer knows its own object."""
    return secrets.token_hex(16)
