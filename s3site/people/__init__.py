"""The site's people: their one-time passwords, and what a superuser does about these."""
