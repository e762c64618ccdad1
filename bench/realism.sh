# realism.sh: evaluations of recommenders.  Sourced by in_cluster.

topic "Recommenders and realism: $data, P20: $(shape 'SELECT original FROM p20')"
table

progress 'evaluate beside NumPy and SciPy ...'
/usr/bin/python3 bench/numpy_evaluate.py >"$times"
IFS=$'\t' read -r runs best time baseline agreement settings <"$times"
row "evaluate, 13 recommenders, $runs runs, how many times faster than NumPy and SciPy ($best)" \
	"$(seconds "$time")" "$(seconds "$baseline")" "$baseline / $time" '>=' 3
notes+=("NumPy and SciPy at every setting: $settings" "$agreement")

progress 'EASE beside LAPACK ...'
/usr/bin/python3 bench/inverse.py >"$times"
IFS=$'\t' read -r items all all_lapack one one_lapack <"$times"
row "one EASE for $(thousands "$items") items, one thread, against potrf and potri alone" \
	"$(number "$one" 0) ms" "$(number "$one_lapack" 0) ms" "$one / $one_lapack" '<=' 1.5
row "the same with all processors, for information" \
	"$(number "$all" 0) ms" "$(number "$all_lapack" 0) ms" "$all / $all_lapack"

progress 'one thread and two ...'
compare 3 'SET synrec.threads = 1' 'SELECT count(*) FROM p20, synrec.evaluate(original, runs => 2)' \
	'SET synrec.threads = 2' 'SELECT count(*) FROM p20, synrec.evaluate(original, runs => 2)' >"$times"
read -r one two <"$times"
row 'evaluate, 2 runs: one thread against two' "$(seconds "$two")" "$(seconds "$one")" "$one / $two" '>=' 1.6

progress 'realism ...'
memory 'SELECT' 'SELECT count(*) FROM p20, synrec.evaluate(original, runs => 1)' >"$times"
read -r taken _ <"$times"
items=$($psql -c 'SELECT (synrec.summary(original)).items FROM p20')
row 'peak memory of evaluate with two threads, in matrices of 8 bytes x items^2' \
	"$(number "$taken / 1048576" 0) MB" "$(number "8 * $items ^ 2 / 1048576" 0) MB" "$taken / (8 * $items ^ 2)" '<=' 6
compare 1 SELECT 'SELECT synrec.realism(original, synthetic) FROM p20' >"$times"
read -r time <"$times"
row 'realism of clustering(50), 13 recommenders, 10 runs a side, for information' "$(seconds "$time")" '' "$time / 1000" '' '' ' s'
notes+=("What sets are worth by the same measure (seed 0): $($psql -c "SELECT string_agg(format('%s %s', name, round(synrec.realism(original, other)::numeric, 3)), ', ')
	FROM (SELECT original, original AS other, 'the originals themselves' AS name FROM p20 UNION ALL SELECT original, unigrams, 'unigrams' FROM p20
		UNION ALL SELECT original, synthetic, 'clustering(50)' FROM p20) AS s")")
end_table
