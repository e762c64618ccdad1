# copy.sh: a synthetic copy of a table.  Sourced by in_cluster.

progress 'a table to copy ...'
$psql <<-SQL
	CREATE UNLOGGED TABLE source (user_id integer, item_id integer, rating smallint, at timestamp);
	INSERT INTO source
	SELECT user_id, item_id, 1 + (user_id * 7 + item_id * 3) % 5,
		timestamp '2024-01-01' + user_id % 700 * interval '1 day' + (user_id * 31 + item_id) % 1440 * interval '1 minute'
	FROM synrec.rows(synrec.simulate(20000, 5000, 50, seed => 1));
	VACUUM ANALYZE source;
	CREATE TABLE again (LIKE source);
	CREATE UNLOGGED TABLE unlogged_again (LIKE source);
SQL
# copy NAME PERSISTENCE: ten times the users
copy() {
	echo "CALL synrec.create_copy('source', '$1', synrec.unigrams(), 200000, options => '{\"rating_column\": \"rating\", \"at_column\": \"at\", \"persistence\": \"$2\"}')"
}
$psql -c "$(copy copy permanent)"
rows=$($psql -c 'SELECT count(*) FROM copy')
topic "create_copy: $(thousands "$rows") rows of user, item, rating and time"
table
compare 3 'DROP TABLE IF EXISTS copy; CHECKPOINT' "$(copy copy permanent)" \
	"$one_process; TRUNCATE again; CHECKPOINT" 'INSERT INTO again SELECT * FROM copy' >"$times"
read -r time baseline <"$times"
row 'the whole call, with the fit to a million rows, against INSERT ... SELECT of the same rows from a table' \
	"$(seconds "$time")" "$(seconds "$baseline")" "$time / $baseline" '<=' 2
compare 3 'DROP TABLE IF EXISTS unlogged_copy' "$(copy unlogged_copy unlogged)" \
	"$one_process; TRUNCATE unlogged_again" 'INSERT INTO unlogged_again SELECT * FROM unlogged_copy' >"$times"
read -r time baseline <"$times"
row 'the same of unlogged tables, for information' "$(seconds "$time")" "$(seconds "$baseline")" "$time / $baseline"
memory 'DROP TABLE copy' "$(copy copy permanent); SELECT 1" >"$times"
read -r peak _ <"$times"
row 'peak memory, whatever the number of rows' "$(number "$peak / 1e6" 0) MB" "$(thousands "$rows") rows" "$peak / 1e6" '<=' 200 ' MB'
notes+=("Limit: making the rows takes $(number "$time - $baseline" 0) ms more than reading them from a table; the rest is writing them")
end_table
