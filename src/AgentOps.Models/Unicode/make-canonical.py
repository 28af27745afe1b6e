"""Writes canonical.txt, the canonical mappings of Unicode that NFC needs, from Python's own Unicode data.

    python3 make-canonical.py > canonical.txt

D code mapping   canonical decomposition that composes again
S code mapping   canonical decomposition that never composes
C first last n   canonical combining class n of a range
"""
import sys
import unicodedata

print(f"# Unicode {unicodedata.unidata_version}, made by make-canonical.py")
for code in range(0x110000):
    mapping = unicodedata.decomposition(chr(code))
    if mapping and not mapping.startswith("<"):
        text = "".join(chr(int(part, 16)) for part in mapping.split())
        composes = len(text) == 2 and unicodedata.normalize("NFC", text) == chr(code)
        print("D" if composes else "S", f"{code:04X}", mapping)

first, current = 0, 0
for code in range(0x110001):
    kind = unicodedata.combining(chr(code)) if code < 0x110000 else 0
    if kind != current:
        if current:
            print("C", f"{first:04X}", f"{code - 1:04X}", current)
        first, current = code, kind
sys.stdout.flush()
