# cooccurrence.sh: fitting and generating by co-occurrence, and the audit of its
# private form.  Sourced by in_cluster.

$psql -c 'CREATE TABLE cooccurrence AS SELECT synrec.fit(original, synrec.cooccurrence()) AS model FROM p20x' \
	-c 'VACUUM ANALYZE cooccurrence'
topic "Co-occurrence: $data, P20x: $(shape 'SELECT original FROM p20x')"
table

progress 'co-occurrence, one thread and two ...'
fit='SELECT synrec.fit(original, synrec.cooccurrence()) IS NULL FROM p20x'
make='SELECT synrec.generate_interactions(model, 50000) IS NULL FROM cooccurrence'
compare 5 'SET synrec.threads = 1' "$fit" 'SET synrec.threads = 2' "$fit" 'SET synrec.threads = 1' "$make" 'SET synrec.threads = 2' "$make" \
	'RESET synrec.threads' 'SELECT synrec.fit(original, synrec.cooccurrence(epsilon => 10, delta => 1e-6)) IS NULL FROM p20x' >"$times"
read -r fit_one fit_two make_one make_two private <"$times"
row 'fit' "$(seconds "$fit_two")" '' "$fit_two / 1000" '<' 6 ' s'
row 'fit: one thread against two' "$(seconds "$fit_two")" "$(seconds "$fit_one")" "$fit_one / $fit_two" '>=' 1.6
row 'generate_interactions(model, 50000), thousand users a second' "$(seconds "$make_two")" '' "50000 / $make_two" '>=' 20
row 'generate_interactions(model, 50000): one thread against two, for information' "$(seconds "$make_two")" "$(seconds "$make_one")" "$make_one / $make_two"
row 'fit with epsilon 10, for information' "$(seconds "$private")" '' "$private / 1000" '' '' ' s'

progress 'the audit of the private form ...'
make -s -C test/unit SANITIZE= EXTRA_CFLAGS=-O2 ../../build/unit/plain/test_private
audit=$(SYNREC_AUDIT_RUNS=20000 build/unit/plain/test_private 2>&1) || fail "the audit failed: $audit"
notes+=("Audit with a planted user: $(sed -n '/claimed/p' <<<"$audit" | paste -sd ';' | sed 's/;/; /g')")
progress 'the lift ...'
notes+=("Lift among the 300 most popular items, synthetic beside original, agreement and size: $(/usr/bin/python3 bench/lift.py \
	'cooccurrence()' 'cooccurrence(epsilon => 10, delta => 1e-6)' 'cooccurrence(epsilon => 4, delta => 1e-6)' 'cooccurrence(epsilon => 1, delta => 1e-6)' \
	"cooccurrence(epsilon => 10, delta => 1e-6, catalogue => 'private')" | awk -F '\t' '{printf "%s%s %s, %s", NR == 1 ? "" : "; ", $1, $2, $3}')")
end_table
