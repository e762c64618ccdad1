# scale.sh: each classical generator on 20 million interactions.  Sourced by
# in_cluster.

progress 'simulating 20 million interactions ...'
$psql <<-'SQL'
	CREATE TABLE huge AS SELECT synrec.simulate(138000, 27000, 145, 20, 0.3, 0.8) AS data;
	VACUUM ANALYZE huge;
SQL
topic "Fit and rows: $(shape 'SELECT data FROM huge')"
table
for generator in 'unigrams()' 'bigrams(min_pair_count => 50)' 'clustering(50)'; do
	progress "$generator ..."
	$psql -c 'DROP TABLE IF EXISTS fitted, made'
	memory '' "CREATE TABLE fitted AS SELECT synrec.fit(data, synrec.$generator) AS model FROM huge; SELECT 1" >"$times"
	read -r peak _ time <"$times"
	row "fit, $generator, once" "$(seconds "$time")" '' "$time / 1000" '' '' ' s'
	row 'its peak memory, with the data' "$(number "$peak / 1e6" 0) MB" '' "$peak / 1e6" '<' 2147 ' MB'
	# in a select list rows stream: FROM would store them twice
	memory '' 'CREATE UNLOGGED TABLE made AS SELECT (synrec.generate(model, 138000)).* FROM fitted; SELECT 1' >"$times"
	read -r peak _ time <"$times"
	made=$($psql -c 'SELECT count(*) FROM made')
	row "$(thousands "$made") rows into a table, once" "$(seconds "$time")" '' "$time / 1000" '' '' ' s'
	row 'peak memory' "$(number "$peak / 1e6" 0) MB" '' "$peak / 1e6" '<' 2147 ' MB'
	notes+=("$generator: a model of $($psql -c "SELECT pg_size_pretty((synrec.describe(model) ->> 'bytes')::bigint) FROM fitted"), $(number "$made / $time / 1000" 2) million rows/s")
done
notes+=("Data: $($psql -c 'SELECT pg_size_pretty((synrec.summary(data)).bytes) FROM huge'), which each fit copies")
end_table
