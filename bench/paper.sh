# paper.sh: the classical generators of the paper, judged, and fractal expansion
# streamed.  Sourced by in_cluster.

topic "The paper's generators: $data, P20: $(shape 'SELECT original FROM p20')"
table

progress 'judging the nine classical settings ...'
classical="ARRAY(SELECT g FROM unnest(synrec.paper_generators()) WITH ORDINALITY AS p (g, place)
	WHERE g ->> 'method' IN ('unigrams', 'bigrams', 'clustering', 'fractal_expansion') ORDER BY place)"
memory SELECT "CREATE TABLE judged AS SELECT e.* FROM p20, synrec.evaluate_generators(original, $classical) AS e" >"$times"
read -r peak _ time <"$times"
judged=$($psql -c "SELECT count(*) FROM judged WHERE error IS NULL AND membership + deanonymization + attribute + realism + transfer + auc IS NOT NULL")
[ "$judged" = 9 ] || fail "of nine generators, $judged have all figures"
row 'evaluate_generators of nine settings with 50,000 users and three trials each, once' "$(seconds "$time")" '' "$time / 1000" '<' 360 ' s'
row 'its peak memory, for information' "$(number "$peak / 1e6" 0) MB" '' "$peak / 1e6"

progress 'expanding ...'
$psql -c "CREATE TABLE expansion AS SELECT synrec.fit(original, synrec.fractal_expansion('expand')) AS model FROM p20"
expand='SELECT count(*) FROM (SELECT synrec.generate(model, 1500000) FROM expansion OFFSET 0) AS s'
rows=$($psql -c "$expand")
compare 3 SELECT "$expand" >"$times"
read -r time <"$times"
memory SELECT "$expand" >"$times"
read -r peak _ <"$times"
row "fractal_expansion('expand'), million rows a second in a select list" "$(thousands "$rows") rows in $(seconds "$time")" '' "$rows / $time / 1000" '>=' 2
row 'its peak memory, whatever the number of rows' "$(number "$peak / 1e6" 0) MB" "$(number "$rows * 8 / 1e6" 0) MB in rows" "$peak / 1e6" '<=' 50 ' MB'
notes+=("Most of it is realism: ten runs of 13 recommenders on each generator's users, and on the original ones once")
end_table
