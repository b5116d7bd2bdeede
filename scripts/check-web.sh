#!/bin/sh
# Types, lint, format and unit tests of the terminal's sources, where npm and what it needs are.
set -eu
cd "$(dirname "$0")/../web"
if [ ! -x node_modules/.bin/tsc ]; then
    echo "web: the terminal's sources were not checked: npm is absent or 'make web' did not run." >&2
    exit 0
fi
npm run --silent check
npm run --silent test
