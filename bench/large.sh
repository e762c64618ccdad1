# large.sh: many users against many.  Sourced by in_cluster.

progress '100,000 users against 100,000 ...'
/usr/bin/python3 bench/zipf_users.py 100000 20000 20
$psql <<-'SQL'
	CREATE TABLE zipf AS SELECT synrec.read('zipf_original') AS original, synrec.read('zipf_synthetic') AS synthetic;
	VACUUM ANALYZE zipf;
SQL
read -r own others < <($psql -F ' ' -c 'WITH f AS (SELECT item_id, count(*) AS n FROM zipf_original GROUP BY 1),
	s AS (SELECT item_id, count(*) AS n FROM zipf_synthetic GROUP BY 1)
	SELECT sum(f.n * (f.n + coalesce(s.n, 0))), sum(f.n * coalesce(s.n, 0)) FROM f LEFT JOIN s USING (item_id)')
topic '100,000 original and 100,000 synthetic users of 20 items, catalogue 20,000, Zipf exponent 1'
table
for measure in membership deanonymization; do
	progress "$measure ..."
	memory '' "SELECT synrec.${measure}_identifiability(original, synthetic) FROM zipf" >"$times"
	read -r _ peak time <"$times"
	row "${measure}_identifiability, once" "$(seconds "$time")" '' "$time / 1000" '<' 120 ' s'
	row 'its peak memory, all of the server process' "$(number "$peak / 1e6" 0) MB" '' "$peak / 1e6" '<' 4000 ' MB'
	[ $measure = membership ] && additions=$own || additions=$others
	notes+=("Limit, $measure: $(number "$additions / 1e9" 1) thousand million additions at scattered places ($(number "$additions / $time / 1e6" 2) thousand million a second)")
done
notes+=('Additions: over the items, users with it among the originals times users with it among the originals and the synthetic (membership) or among the synthetic alone (de-anonymization)')
end_table
