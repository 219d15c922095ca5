#!/usr/bin/env bash
# Words in cp850 are taken for cp1252, also when only four encodings are to choose from.
#
# An old program of an office writes cp850. charset-normalizer 3.5.2 is given three names of towns, and four encodings of one
# byte a character to choose from (`cp_isolation`). One would bet that "Malmö" beats "Malm”": a quotation mark within
# a word. It chooses cp1252 for "Malmö Göteborg Västerås" and for "Niño señor José año España Ávila": the candidates
# are level in its measures of mess and coherence, and the order decides. Of Mac Roman it takes the Spanish words for cp1252 too.
# Longer texts do better; headers and names of a table are short. Look for letters where letters stand.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check charset-normalizer==3.5.2

cat > expected <<'SEEN'
cp850      taken for cp1252: Malm” G”teborg V„ster†s
cp850      taken for cp1252: Ni¤o se¤or Jos‚ a¤o Espa¤a µvila
mac_roman  taken for cp1252: Ni–o se–or JosŽ a–o Espa–a çvila
SEEN

venv/bin/python - > seen <<'PYTHON'
from charset_normalizer import from_bytes

encodings = ["cp1252", "latin_1", "cp850", "mac_roman"]
towns, words = "Malmö Göteborg Västerås", "Niño señor José año España Ávila"
for text, encoding in ((towns, "cp850"), (words, "cp850"), (words, "mac_roman")):
    best = from_bytes(text.encode(encoding), cp_isolation=encodings).best()
    print(f"{encoding:<10} taken for {best.encoding}: {best}")
PYTHON
diff expected seen
