# models.sh: fitting models and turning them into rows.  Sourced by in_cluster.

topic "Clustering, k = 50: $data, all ratings of 4 and more: $(shape 'SELECT data FROM positives')"
table

progress 'k-means beside scikit-learn ...'
/usr/bin/python3 bench/sklearn_kmeans.py >"$times"
IFS=$'\t' read -r rounds best time baseline round_time round_baseline whole whole_baseline \
	figures settings <"$times"
row "fit, 1 start, $rounds rounds, how many times faster than scikit-learn's KMeans ($best)" \
	"$(number "$time" 0) ms" "$(number "$baseline" 0) ms" "$baseline / $time" '>=' 1
row 'the same per round after the first, without seeding, for information' \
	"$(number "$round_time" 1) ms" "$(number "$round_baseline" 1) ms" "$round_baseline / $round_time"
row 'fit with 10 starts and default rounds, each with its own rule for stopping, once, for information' \
	"$(seconds "$whole")" "$(seconds "$whole_baseline")" "$whole_baseline / $whole"
notes+=("scikit-learn at every setting: $settings"
	"Both chose their first centroids by k-means++; scikit-learn tries several for each. $figures")

progress 'one thread and two ...'
/usr/bin/python3 bench/threads.py >"$times"
IFS=$'\t' read -r -a took <"$times"
works=('fit, 1 start, 10 rounds' 'fit with default settings (10 starts)' 'membership (P20, equal sizes)'
	'de-anonymization (P20, equal sizes)' 'subtractions in cache, one process and two')
for work in 0 1 2 3 4; do
	row "${works[work]}: one thread against two, for information" \
		"$(number "${took[2 * work + 1]}" 0) ms" "$(number "${took[2 * work]}" 0) ms" \
		"${took[2 * work]} / ${took[2 * work + 1]}"
done
# 1.6 where arithmetic gains 2, and as much less as the machine gives less
for work in 1 2 3; do
	gain="(${took[2 * work]} / ${took[2 * work + 1]})"
	possible="(${took[8]} / ${took[9]})"
	row "${works[work]}: what the second thread brings, against what it brings to subtractions in cache" \
		"$(number "$gain" 2)" "$(number "$possible" 2)" "$gain / $possible" '>=' 0.8
done
notes+=("The starts of a fit go forward side by side; with one start alone, choosing its centres and moving its users is left to one thread"
	"Limit, threads: what two processes gain over one that share nothing, the last row of times; 0.8 of it is 1.6 on a machine with two whole cores")
end_table


topic "Rows from models: $data, P20: $(shape 'SELECT original FROM p20')"
table
for generator in unigrams bigrams clustering; do
	progress "generate, $generator ..."
	compare 5 'DROP TABLE IF EXISTS made' \
		"CREATE TABLE made AS SELECT * FROM synrec.generate((SELECT $generator FROM models), 50000)" \
		'DROP TABLE IF EXISTS plain' \
		'CREATE TABLE plain AS SELECT g / 20 AS u, g % 3120 AS i FROM generate_series(1, 1000000) AS g' >"$times"
	read -r time baseline <"$times"
	made=$($psql -c 'SELECT count(*) FROM made')
	row "CREATE TABLE AS generate(model, 50000), $generator, against generate_series(1, 1000000)" \
		"$(seconds "$time")" "$(seconds "$baseline")" "$time / $baseline" '<=' 2.5
	row "the same per row ($(thousands "$made") and 1,000,000)" \
		"$(number "$time / $made * 1e6" 0) ns" "$(number "$baseline" 0) ns" "$time / $made / ($baseline / 1000000)"
	notes+=("Limit, $generator: $(number "$made / $time / 1000" 2) million rows/s; the server stores at most $(number "1000 / $baseline" 2) million made-up rows/s (the baseline)")
done
end_table
