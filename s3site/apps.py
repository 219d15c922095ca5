from django.contrib.admin.apps import AdminConfig


class CatalogAdminConfig(AdminConfig):
    """Django's admin with the catalog's home page."""

    default_site = "s3site.admin.CatalogAdminSite"
