# rows.sh: rows into interactions values.  Sourced by in_cluster.

# ---- rows into one value ----------------------------------------------------

progress 'making 20 million rows ...'
$psql <<-SQL
	SET work_mem = '1GB';
	CREATE UNLOGGED TABLE sorted AS
	SELECT user_id::integer, item_id::integer
	FROM synrec.rows(synrec.simulate(138000, 27000, 145, 20, 0.3, 0.8));
	CREATE UNLOGGED TABLE shuffled AS SELECT * FROM sorted ORDER BY random();
	VACUUM ANALYZE sorted, shuffled;
SQL
rows=$($psql -c 'SELECT count(*) FROM sorted')
bytes=$($psql -c 'SELECT (synrec.summary(synrec.interactions(user_id, item_id))).bytes FROM sorted')

# One field of the summary, so that the value itself is not sent to the client.
aggregate='SELECT (synrec.summary(synrec.interactions(user_id, item_id))).interactions FROM'
require "$aggregate shuffled" 'Partial Aggregate'

declare -A serial
topic "interactions(user_id, item_id) over $(thousands "$rows") integer rows"
table
for order in sorted shuffled; do
	progress "interactions, rows $order ..."
	compare 5 "$one_process" "$aggregate $order" \
		"$one_process" "SELECT max(user_id), max(item_id) FROM $order" \
		'RESET max_parallel_workers_per_gather' "$aggregate $order" >"$times"
	read -r serial[$order] baseline parallel <"$times"
	row "one process, rows $order, against max(user_id), max(item_id)" \
		"$(seconds "${serial[$order]}")" "$(seconds "$baseline")" "${serial[$order]} / $baseline" '<=' 4
	row "default settings (parallel plan), rows $order, against one process" \
		"$(seconds "$parallel")" "$(seconds "${serial[$order]}")" "$parallel / ${serial[$order]}" '<=' 1.1
	notes+=("Limit, rows $order: $(number "$rows / ${serial[$order]} / 1000" 1) million rows/s in one process; the server hands over at most $(number "$rows / $baseline / 1000" 1) million rows/s to any aggregate of both columns (the baseline)")
done
for order in sorted shuffled; do
	progress "memory of interactions, rows $order ..."
	memory "$one_process" "$aggregate $order" >"$times"
	read -r peak _ <"$times"
	row "peak memory per row, one process, rows $order" "$(number "$peak / 1e6" 0) MB" \
		"$(thousands "$rows") rows" "$peak / $rows" '<=' 24 ' bytes'
done
memory 'RESET max_parallel_workers_per_gather' "$aggregate shuffled" >"$times"
read -r peak _ <"$times"
row 'the same of the first process of a parallel plan, for information' "$(number "$peak / 1e6" 0) MB" \
	"$(thousands "$rows") rows" "$peak / $rows" '' '' ' bytes'
notes+=("Limit, memory: the finished value takes $(number "$bytes / $rows" 1) bytes a row, and two 4-byte numbers, the least that unsorted rows need, 8 more while it is made")
end_table


# ---- rows into many values --------------------------------------------------

progress 'groups ...'
# Twenty users and twenty items in each group: no key comes twice.
$psql <<-SQL
	CREATE UNLOGGED TABLE grouped AS
	SELECT (g % 100000)::integer AS grp, (g / 100000)::integer AS u, (g * 7919 % 1000003)::integer AS i
	FROM generate_series(0, 1999999::bigint) AS g;
	VACUUM ANALYZE grouped;
SQL
one_batch="$one_process; SET work_mem = '4GB'; SET enable_sort = off"
# OFFSET 0 keeps the subquery as it is; the sum needs every group's value.
groups='SELECT sum((synrec.summary(d)).users) FROM (SELECT grp, synrec.interactions(u, i) AS d FROM grouped GROUP BY 1 OFFSET 0) AS s'
arrays='SELECT sum(cardinality(d)) FROM (SELECT grp, array_agg(u) AS d FROM grouped GROUP BY 1 OFFSET 0) AS s'
require "$groups" 'Batches: 1 ' "$one_batch"
[ "$($psql -c "$groups")" = 2000000 ] || fail 'the groups do not hold 2,000,000 users'

memory "$one_batch" "$groups" >"$times"; read -r peak _ <"$times"
memory "$one_batch" "$arrays" >"$times"; read -r array_peak _ <"$times"
compare 5 "$one_batch" "$groups" "$one_batch" "$arrays" >"$times"
read -r time array_time <"$times"
topic '100,000 groups of 20 rows in one GROUP BY'
table
row 'peak memory per group' "$(number "$peak / 1e6" 0) MB" '100,000 groups' "$peak / 100000" '<=' 3072 ' bytes'
row 'the same for array_agg(u), for information' "$(number "$array_peak / 1e6" 0) MB" '100,000 groups' "$array_peak / 100000" '' '' ' bytes'
row 'time, against array_agg(u), for information' "$(seconds "$time")" "$(seconds "$array_time")" "$time / $array_time"
notes+=("Limit: array_agg keeps one column and looks nothing up; the finished values take $($psql -c 'SELECT round(avg((synrec.summary(d)).bytes)) FROM (SELECT grp, synrec.interactions(u, i) AS d FROM grouped GROUP BY 1 OFFSET 0) AS s') bytes each")
end_table
