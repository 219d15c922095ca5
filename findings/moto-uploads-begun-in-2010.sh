#!/usr/bin/env bash
# In moto every multipart upload was begun in 2010, so what aborts "uploads older than a day" aborts those that go on.
#
# Parts of uploads that were cut off take room until somebody aborts them, and ListMultipartUploads says when each was
# begun, so that a program can leave alone those that go on. One would bet that a test against moto's server shows
# whether it does. moto 5.2.5 answers the same Initiated, 2010-11-10, for an upload that was begun a second ago: a
# clean-up that aborts too much looks right there (what it should abort is aborted), and one that is right looks wrong.
# Objects in the same answer of moto have their true LastModified. Test the age against a real server.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "moto[s3]==5.2.5" boto3==1.44.5

cat > expected <<'SEEN'
the object is of today    True
the upload is of          2010-11-10
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
from datetime import datetime, timezone

import boto3
from moto import mock_aws

with mock_aws():
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="object", Body=b"")
    s3.create_multipart_upload(Bucket="bucket", Key="upload")
    (stored,) = s3.list_objects_v2(Bucket="bucket")["Contents"]
    (begun,) = s3.list_multipart_uploads(Bucket="bucket")["Uploads"]
    print("the object is of today   ", abs((datetime.now(timezone.utc) - stored["LastModified"]).days) <= 1)
    print("the upload is of         ", begun["Initiated"].date())
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
