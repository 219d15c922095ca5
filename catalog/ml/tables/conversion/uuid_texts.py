"""UUIDs, which Parquet and databases keep in 16 bytes, as people write them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BYTES, CHARACTERS = 16, 36
DASHES = (8, 13, 18, 23)


def uuid_texts(values: pa.Array) -> pa.StringArray:
    """The UUIDs, of shape (n,), as 00112233-4455-6677-8899-aabbccddeeff."""
    storage = values.storage if isinstance(values, pa.ExtensionArray) else values
    if not len(storage):
        return pa.array([], pa.string())
    first = storage.offset * BYTES
    raw = storage.buffers()[1].slice(first, len(storage) * BYTES).to_pybytes()
    digits = np.frombuffer(raw.hex().encode(), "S1").reshape(len(storage), -1)
    texts = np.full((len(storage), CHARACTERS), b"-", "S1")
    texts[:, [at for at in range(CHARACTERS) if at not in DASHES]] = digits
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(CHARACTERS), len(storage), [None, pa.py_buffer(texts.tobytes())]
    )
    return pc.if_else(storage.is_valid(), fixed.cast(pa.binary()).cast(pa.string()), pa.scalar(None, pa.string()))
