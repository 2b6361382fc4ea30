#!/usr/bin/env bash
# Whether ordinary work is quiet: a baseline is learned from some days of one invented fleet and promoted, then other days of
# another are looked at. None of them has an attack; so many findings above low are too many, as are more than one in 10,000 host-hours.
#
# usage: quiet.sh POMONA SIMULATE [LEARN_HOSTS LEARN_MINUTES HOSTS MINUTES BUSY]
set -u

pomona=$1
simulate=$2
learn_hosts=${3:-6}
learn_minutes=${4:-4400}
hosts=${5:-20}
minutes=${6:-600}
busy=${7:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
later=$(python3 -c "import datetime; print(datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=90))")

# above FILE: findings of it above low that nobody spoke for.
above() { grep -E '"level":"(medium|high|critical)","score"' "$1" | grep -c '"verdict":"new"'; }

"$simulate" --hosts "$learn_hosts" --minutes "$learn_minutes" --busy "$busy" --seed 11 --attacks none --envelope \
  --links "$work/links.db" --output "$work/learn.ndjson" 2> /dev/null || exit 1
"$pomona" baseline learn --store "$work/here.db" --links "$work/links.db" "$work/learn.ndjson" 2>&1 | grep '^learned' || exit 1
rm -f "$work/learn.ndjson"
"$pomona" baseline promote --store "$work/here.db" --owner quiet --reason "ordinary work" --expires "$later" --all 2>&1 || exit 1

failed=0
for with in "" "--baseline $work/here.db"; do
  # shellcheck disable=SC2086
  "$simulate" --hosts "$hosts" --minutes "$minutes" --busy "$busy" --seed 12 --attacks none --envelope 2> /dev/null |
    "$pomona" detect --no-images --output ndjson --links "$work/links.db" $with - > "$work/found.ndjson" 2> "$work/report" || exit 1
  hours=$((hosts * minutes / 60))
  count=$(above "$work/found.ndjson")
  allowed=$(((hours + 9999) / 10000))
  echo "${with:+with the baseline: }$count findings above low in $hours host-hours; $(grep '^decoded' "$work/report" | tr -s ' ')"
  if [ "$count" -gt "$allowed" ]; then
    failed=1
    grep -E '"level":"(medium|high|critical)","score"' "$work/found.ndjson" | grep '"verdict":"new"' |
      sed -E 's/.*"rule":\{"id":"([^"]*)".*"entity":\{[^}]*"executable":"([^"]*)".*/  \1 \2/' | sort | uniq -c | sort -rn | head -n 10
  fi
done
# And what the baseline knows hides no attack.
"$pomona" validate --output table --baseline "$work/here.db" scenarios > "$work/matrix" 2> /dev/null || failed=1
head -n 1 "$work/matrix"
exit $failed
