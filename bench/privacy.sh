# privacy.sh: two values into a measure.  Sourced by in_cluster.

topic "Measures: $data, P20: $(shape 'SELECT original FROM p20')"
table

progress 'membership ...'
/usr/bin/python3 bench/sklearn_membership.py >"$times"
IFS=$'\t' read -r time baseline best figure sklearn_figure agreement adds settings <"$times"
additions=$($psql -c 'WITH f AS (SELECT item_id, count(*) AS n FROM p20, synrec.rows(original) GROUP BY 1),
	s AS (SELECT item_id, count(*) AS n FROM p20, synrec.rows(unigrams) GROUP BY 1)
	SELECT sum(f.n * (f.n + coalesce(s.n, 0))) FROM f LEFT JOIN s USING (item_id)')
comparisons=$($psql -c 'SELECT 2 * (synrec.summary(original)).users ^ 2 FROM p20')
row "membership_identifiability, equal sizes, how many times faster than scikit-learn ($best)" \
	"$(number "$time" 1) ms" "$(number "$baseline" 1) ms" "$baseline / $time" '>=' 12
notes+=("Limit, membership: $(number "$additions / 1e6" 1) million additions at scattered places ($(number "$additions / $time / 1e6" 2) thousand million a second) and as many copies and comparisons as there are pairs of users, $(number "$comparisons / 1e6" 1) million; on all cores this machine makes $(number "$adds / 1e9" 2) thousand million 64-bit additions a second at places in order, in cache"
	"scikit-learn at every setting: $settings"
	"The figure: synrec $figure, scikit-learn $sklearn_figure; $agreement")

progress 'de-anonymization ...'
/usr/bin/python3 bench/scipy_deanonymization.py >"$times"
IFS=$'\t' read -r time baseline best figure scipy_figure difference settings <"$times"
row "deanonymization_identifiability, equal sizes, how many times faster than SciPy ($best)" \
	"$(number "$time" 1) ms" "$(number "$baseline" 1) ms" "$baseline / $time" '>=' 5
notes+=("SciPy at every setting: $settings"
	"The figure: synrec $figure, SciPy $scipy_figure; they differ by $difference")

progress 'attribute ...'
gflops=$(/usr/bin/python3 bench/matmul.py)
compare 5 SELECT 'SELECT synrec.attribute_identifiability(original, synthetic) FROM p20' >"$times"
read -r time <"$times"
items=$($psql -c 'SELECT (synrec.summary(synthetic)).items FROM p20')
row "attribute_identifiability, equal sizes, flops of the inverse over the time of the whole measure, against NumPy's float64 product, for information" \
	"$(number "$items ^ 3 / $time / 1e6" 1) GFLOP/s" "$(number "$gflops" 1) GFLOP/s" "$items ^ 3 / $time / 1e6 / $gflops"
notes+=("attribute: $(seconds "$time"); the inverse for $(thousands "$items") items needs $(number "$items ^ 3 / 1e9" 1) thousand million flops, the rest is counting pairs and scoring")

progress 'the whole path ...'
made='SELECT user_id, item_id FROM made'
compare 3 'DROP TABLE IF EXISTS fitted' \
	'CREATE TABLE fitted AS SELECT synrec.fit(original, synrec.clustering(50)) AS model FROM p20' \
	'DROP TABLE IF EXISTS made' \
	'CREATE TABLE made AS SELECT * FROM synrec.generate((SELECT model FROM fitted), 50000)' \
	SELECT "SELECT synrec.membership_identifiability(original, synrec.read('made')) FROM p20" \
	SELECT "SELECT synrec.deanonymization_identifiability(original, synrec.read('made')) FROM p20" \
	SELECT "SELECT synrec.attribute_identifiability(original, synrec.read('made')) FROM p20" >"$times"
read -r fit generate membership deanonymization attribute <"$times"
row 'clustering(50): fit, 50,000 users into a table, the three figures of that table' \
	"$(seconds "$fit + $generate + $membership + $deanonymization + $attribute")" '' \
	"($fit + $generate + $membership + $deanonymization + $attribute) / 1000" '<' 10 ' s'
notes+=("The whole path: fit $(seconds "$fit"), rows $(seconds "$generate"), membership $(seconds "$membership"), de-anonymization $(seconds "$deanonymization"), attribute $(seconds "$attribute"); each measure reads the table anew")
end_table
