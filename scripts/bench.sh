#!/bin/sh
# Measures Argosy against its peers on the same bytes; prints one table, writes build/bench.json.
# Peers live in an environment of their own, so that their pins never meet ours.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
venv=build/bench-venv
mkdir -p build
if ! cmp -s requirements/bench.txt "$venv/.locked"; then
    echo "Installing the peers into $venv (once; some 500 MB)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r requirements/bench.txt
    cp requirements/bench.txt "$venv/.locked"
fi
# Ours comes from this checkout, as `make dev` compiled it in place.
export PYTHONPATH=src
set -- --json build/bench.json "$@"
compiler=$(command -v g++ || command -v c++ || true)
if [ -n "$compiler" ]; then
    "$compiler" -std=c++17 -O3 -o build/bench-floor benchmarks/floor/floor.cpp
    set -- --floor build/bench-floor "$@"
else
    echo "No C++ compiler: the floor's rows are skipped."
fi
exec "$venv/bin/python" -m benchmarks "$@"
