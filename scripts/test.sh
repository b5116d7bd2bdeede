#!/bin/sh
# Every test: compiled, then the hot modules' own suites and the contracts once more interpreted,
# under coverage, then the terminal's. Installs nothing. Ends with what was skipped and the count.
set -u
cd "$(dirname "$0")/.."
python=.venv/bin/python
[ -x "$python" ] || python=python3
logs=build/test
rm -rf "$logs" && mkdir -p "$logs"
failed=0

step() { # step NAME COMMAND...: run it, keep what it says, remember whether it failed
    name=$1
    shift
    echo "== $name"
    status="$logs/$name.status"
    {
        "$@" 2>&1
        echo $? >"$status"
    } | tee "$logs/$name.log"
    [ "$(cat "$status")" -eq 0 ] || {
        failed=$((failed + 1))
        echo "== $name failed"
    }
}

compiled() {
    $python -m pytest -q -n "${ARGOSY_TEST_WORKERS:-2}" --dist loadfile \
        --junitxml="$logs/compiled.xml" "$@"
}

interpreted() {
    $python -m coverage erase
    ARGOSY_INTERPRETED=1 $python -m coverage run -m pytest -q \
        -n "${ARGOSY_TEST_WORKERS:-2}" --dist loadfile \
        tests/model tests/books tests/execution/routing tests/dialects/evm \
        tests/dialects/uniswap_v2 tests/dialects/uniswap_v3 tests/dialects/uniswap_v4 \
        tests/venues/kraken/test_contract.py tests/venues/okx/test_contract.py
}

covered() { $python -m coverage combine -q && $python -m coverage report --fail-under=100; }

if ! $python -c 'import sys, argosy.books.ladder as l; sys.exit(l.__file__.endswith(".py"))'; then
    echo "there is no compiled build (no C compiler?): the interpreted one is tested twice." >&2
fi
step compiled compiled "$@"
step interpreted interpreted
step coverage covered
step web sh scripts/check-web.sh

# pytest's own last lines: "12 passed, 1 failed, 3 skipped in 4.5s".
count() {
    cat "$logs/compiled.log" "$logs/interpreted.log" | grep -E ' in [0-9.]+s( |$)' |
        grep -oE "[0-9]+ $1" | awk '{ sum += $1 } END { print sum + 0 }'
}
skipped=$(cat "$logs/compiled.log" "$logs/interpreted.log" | grep -E '^(SKIPPED|XFAIL)' | sort | uniq -c)
if [ -n "$skipped" ] || grep -q 'not checked' "$logs/web.log"; then
    echo "== skipped, or not expected to pass, and why"
    [ -z "$skipped" ] || echo "$skipped"
    grep 'not checked' "$logs/web.log"
fi
broken=$(($(count failed) + $(count error)))
[ "$failed" -eq 0 ] || [ "$broken" -gt 0 ] || broken=$failed
echo "== $(count xfailed) tests of what cannot work yet failed, as they should"
echo "$(count passed) passed, $broken failed, $(count skipped) skipped"
[ "$failed" -eq 0 ]
