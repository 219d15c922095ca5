"""gunicorn behind a proxy that waits for slow clients, as deploy/nginx.conf does: gunicorn -c deploy/gunicorn.conf.py

A thread is taken for as long as a request arrives, so eight slow clients that came here directly would stop the site.
"""

wsgi_app = "s3site.wsgi"
bind = "127.0.0.1:8000"
workers = 2
threads = 4
# A file that was uploaded in the browser is profiled before the answer comes: ten minutes at most.
timeout = graceful_timeout = 660
# Longer than the proxy keeps its connections, so that it never sends into one that is just being closed.
keepalive = 75
control_socket_disable = True
