"""A credential_process, as in ~/.aws/config: print_keys.py FILE.json.

FILE lists pairs of keys. Each call gives the next pair, the last one again and again. botocore asks for new ones a
quarter of an hour before they end: here a second after it had them.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

path = Path(sys.argv[1])
pairs = json.loads(path.read_text())
access_key, secret_key = pairs[0]
path.write_text(json.dumps(pairs[1:] or pairs))
expires = datetime.now(UTC) + timedelta(minutes=15, seconds=1)
keys = {"Version": 1, "AccessKeyId": access_key, "SecretAccessKey": secret_key, "Expiration": expires.isoformat()}
sys.stdout.write(json.dumps(keys))
