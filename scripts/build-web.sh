#!/bin/sh
# Builds the terminal into src/argosy/web/static where npm is present. Never fails what calls it:
# the desk runs without the page and says so.
set -u
cd "$(dirname "$0")/.." || exit 0
built=src/argosy/web/static/index.html

lost() {
    echo "web: $1" >&2
    if [ -f "$built" ]; then
        echo "web: the terminal is served as it was built before." >&2
    else
        echo "web: the desk runs without its terminal page; the command line and the API are whole." >&2
    fi
    exit 0
}

if [ -f "$built" ] && [ -z "$(find web scripts/build-web.sh -name node_modules -prune -o \
    -type f -newer "$built" -print | head -n 1)" ]; then
    exit 0
fi
command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1 ||
    lost "npm is absent: install Node 20.19 or newer, then run 'make web'."
node -e 'const [a, b] = process.versions.node.split(".").map(Number);
process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' ||
    lost "Node $(node --version) is too old: 20.19 or newer is needed (or 22.12 and newer)."

log=$(mktemp) || exit 0
trap 'rm -f "$log"' EXIT
echo "web: building the terminal" >&2
if [ ! -f web/node_modules/.package-lock.json ] ||
    [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
    # `npm ci` refuses a lock without the entries of other platforms, which npm leaves out where it
    # could not see them; installing by the same lock still checks every integrity it has.
    (cd web && { npm ci --no-audit --no-fund || npm install --no-save --no-audit --no-fund; }) \
        >"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        lost "npm could not install what the build needs (is there a network?)."
    }
    touch web/node_modules/.package-lock.json
fi
(cd web && npm run build) >"$log" 2>&1 || {
    tail -n 30 "$log" >&2
    lost "the build failed, see above."
}
touch "$built"
exit 0
