"""Bodies of requests as files: NAME.json for the program here, NAME.lua for wrk."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LUA = """
local at = 0
request = function()
  at = at % #bodies + 1
  return wrk.format("POST", nil, {["Content-Type"] = "application/json"}, bodies[at])
end
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"per_second": %f, "p50_ms": %f, "p99_ms": %f, "failed": %d}\\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


def write_bodies(name: Path, requests: Sequence[list[dict[str, Any]] | dict[str, Any]]) -> None:
    """Each request is a list of rows, of which one alone is that object, or an object that is written as it is."""
    bodies = [json.dumps(rows[0] if isinstance(rows, list) and len(rows) == 1 else rows) for rows in requests]
    name.with_suffix(".json").write_text("\n".join(bodies))
    listed = ",\n".join(f"[==[{body}]==]" for body in bodies)
    name.with_suffix(".lua").write_text(f"local bodies = {{\n{listed}}}\n{LUA}")
