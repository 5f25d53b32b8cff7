#!/bin/sh
# Creates training/.venv and installs requirements.lock into it; does nothing when that was already done.
#   sh training/setup.sh
# TAILOR_PYTHON names the interpreter (3.11 or later; default python3). PIP_* variables are honoured, so
# PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu picks the small CPU build of torch.
set -eu
cd "$(dirname "$0")"
python="${TAILOR_PYTHON:-python3}"
venv=".venv"
stamp="$venv/.requirements.sha256"

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "training/setup.sh: $python is older than Python 3.11; set TAILOR_PYTHON" >&2
  exit 1
fi
wanted="$("$python" -c 'import hashlib, sys; print(hashlib.sha256(open("requirements.lock", "rb").read() + sys.version.encode()).hexdigest())')"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.lock
# A .pth file makes the package importable from every folder without a build step.
"$venv/bin/python" -c 'import os, site; open(os.path.join(site.getsitepackages()[0], "tailor_training.pth"), "w").write(os.getcwd() + "\n")'
echo "$wanted" > "$stamp"
