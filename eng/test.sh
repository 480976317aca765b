#!/usr/bin/env bash
# Runs test projects and ends with one line that counts everything that ran. In CI a skipped test is a failure: eng/setup.sh
# installs every tool, so a skip there means that something was not tested.
set -uo pipefail
cd "$(dirname "$0")/.."
configuration=$1
shift

results=artifacts/test-results
rm -rf "$results"
broken=0
for project in "$@"; do
    name=$(basename "$project")
    dotnet test "$project" --no-restore -c "$configuration" -nologo --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" \
        --results-directory "$results" || broken=1
    # A run that died before it could count itself must not look like one in which nothing failed.
    [[ -f $results/$name.trx ]] || broken=1
done

count() {
    local sum=0 n
    for n in $(sed -n 's/.*<Counters.*[[:space:]]'"$1"'="\([0-9]*\)".*/\1/p' "$results"/*.trx 2>/dev/null); do
        sum=$((sum + n))
    done
    echo "$sum"
}
total=$(count total) passed=$(count passed) executed=$(count executed)
failed=$((executed - passed)) skipped=$((total - executed))

if [[ ${CI:-} == true ]] && ((skipped > 0)); then
    echo "in CI no test may be skipped" >&2
    broken=1
fi
if ((failed > 0 || passed == 0)); then
    broken=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$broken"
