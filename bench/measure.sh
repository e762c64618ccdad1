# measure.sh: how in_cluster measures and how it writes.  Sourced by it.

times=$(mktemp)
trap 'rm -f "$times"' EXIT
notes=()

progress() { echo "$*" >&2; }
fail() { echo "bench: $*" >&2; exit 1; }

# Times pieces of SQL, taking turns: compare TURNS BEFORE SQL [BEFORE SQL ...],
# where BEFORE is run but not timed.  Prints the median milliseconds of each.
compare() {
	local turns=$1 works=$((($# - 1) / 2)) work
	shift
	for _ in $(seq 0 "$turns"); do
		for ((work = 1; work <= 2 * works; work += 2)); do
			printf '%s;\n\\timing on\n%s;\n\\timing off\n' "${@:work:2}"
		done
	done | $psql | sed -n 's/^Time: \([0-9.]*\).*/\1/p' |
		awk -v works="$works" 'NR > works {print (NR - 1) % works, $1}' | sort -k1,1n -k2,2g |
		awk -v turns="$turns" '{t[NR] = $2}
			END {for (first = 1; first <= NR; first += turns)
				printf "%s ", (t[first + int((turns - 1) / 2)] + t[first + int(turns / 2)]) / 2
				print ""}'
}

# The anonymous memory of a process in bytes.  Not VmHWM less shared memory:
# the high-water mark counts every page of shared_buffers that the process has
# touched, and the shared part has no mark of its own to take from it.
anonymous() {
	local status
	read -r -d '' status <"/proc/$1/status" || true
	[[ $status =~ RssAnon:[[:space:]]+([0-9]+) ]] || fail "no RssAnon in /proc/$1/status"
	anonymous=$((BASH_REMATCH[1] * 1024))
}

# memory BEFORE SQL: the peak of a fresh backend's anonymous memory during the
# SQL, looked at every 5 ms: less what it had before, and all of it, in bytes;
# then the milliseconds that the SQL took.
memory() {
	local pid before peak=0 rc answer start
	coproc SESSION { $psql; }
	echo "$1; SELECT pg_backend_pid();" >&"${SESSION[1]}"
	read -r pid <&"${SESSION[0]}"
	anonymous "$pid"
	before=$anonymous
	start=${EPOCHREALTIME/./}
	echo "$2; SELECT 1;" >&"${SESSION[1]}" # an answer for statements that give none
	while rc=0; read -r -t 0.005 answer <&"${SESSION[0]}" || rc=$?; [ "$rc" != 0 ]; do
		[ "$rc" -gt 128 ] || fail "no answer to: $2"
		anonymous "$pid"
		[ "$anonymous" -le "$peak" ] || peak=$anonymous
	done
	start=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo '\q' >&"${SESSION[1]}"
	wait "$SESSION_PID"
	echo $((peak - before)) "$peak" "$start"
}

# shape SQL: users, items, interactions of a value, in words.
shape() {
	local users items pairs
	read -r users items pairs < <($psql -F ' ' -c "SELECT s.users, s.items, s.interactions FROM synrec.summary(($1)) AS s")
	echo "$(thousands "$users") users, $(thousands "$items") items, $(thousands "$pairs") interactions"
}

# require SQL WORDS [BEFORE]: the plan must contain the words.
require() {
	local plan
	plan=$($psql -c "${3:-SELECT}" -c "EXPLAIN (ANALYZE, TIMING off) $1")
	[[ $plan == *"$2"* ]] || fail "no '$2' in the plan of: $1
$plan"
}

number() { awk "BEGIN {printf \"%.$2f\", ($1)}"; }
seconds() { number "($1) / 1000" 2 && printf ' s'; }
thousands() { echo "$1" | sed -E ':again; s/^([0-9]+)([0-9]{3})/\1,\2/; t again'; }

say() { echo "$*" | tee -a "$results"; }
topic() { say ''; say "### $*"; say ''; }
table() { say '| work | measured | baseline | ratio | bar | verdict |'; say '|---|---|---|---|---|---|'; }

# row WORK MEASURED BASELINE RATIO [<=|>= BAR [UNIT]]: without a bar, no verdict.
row() {
	local ratio verdict='' bar=''
	ratio=$(number "$4" 2)
	if [ -n "${5:-}" ]; then
		verdict=$(awk "BEGIN {print (($4) $5 $6) ? \"met\" : \"not met\"}")
		bar="${5/<=/≤} $6${7:-}"
		bar="${bar/>=/≥}"
	fi
	[ -z "${7:-}" ] || ratio="$(number "$4" 1)$7"
	say "| $1 | $2 | $3 | $ratio | $bar | $verdict |"
}

# Below the table: what bounds the work, and whatever else was noted.
end_table() {
	say ''
	[ ${#notes[@]} = 0 ] || printf -- '- %s.\n' "${notes[@]}" | tee -a "$results"
	notes=()
}
