# quality.sh: what the generators make.  Sourced by in_cluster when it is asked
# for: bench/run quality.  Fits with seed 1, generates with seed 42.  On the
# smaller MovieLens, since each row is judged by 13 recommenders in 10 runs.

few_ratings=../shared/data/ml-100k-ratings.csv.gz
if [ -r "$few_ratings" ]; then
	few='MovieLens 100K'
	$psql -c 'CREATE TABLE few_ratings (user_id integer, item_id integer, rating real, ts bigint)'
	zcat "$few_ratings" | $psql -c '\copy few_ratings FROM STDIN CSV HEADER'
else
	few='simulated data in the shape of MovieLens 100K (the ratings themselves are not here)'
	$psql -c 'CREATE TABLE few_ratings AS SELECT user_id, item_id, 5 AS rating
		FROM synrec.rows(synrec.simulate(943, 1450, 59))'
fi
$psql <<-'SQL'
	CREATE TABLE p20x AS
	SELECT synrec.filter_histories(synrec.truncate_histories(synrec.interactions(user_id, item_id), 20, 1), min_items => 20) AS original
	FROM few_ratings WHERE rating >= 4;
	CREATE TABLE judged AS SELECT e.* FROM p20x, synrec.evaluate(original) AS e;
	CREATE TABLE methods (place int, name text, generator synrec.generator);
	INSERT INTO methods VALUES (1, 'unigrams()', synrec.unigrams()), (2, 'bigrams()', synrec.bigrams()), (3, 'clustering(50)', synrec.clustering(50)),
		(4, 'vae(''prior'')', synrec.vae('prior')), (5, 'vae(''prior'', beta => 1)', synrec.vae('prior', beta => 1)),
		(6, 'vae()', synrec.vae());
SQL
$psql -f bench/quality.sql

topic "Quality: $few, P20x: $(shape 'SELECT original FROM p20x')"
say '| generator | fit | items | popularity (Spearman) | lengths | duplicates | membership | de-anonymization | attribute | realism |'
say '|---|---|---|---|---|---|---|---|---|---|'
progress 'what fresh real people score ...'
say "$($psql -F '' -c "SELECT '| one half of the original users, the other half fresh | | | | | | ' || string_agg(reference, ' | ') || ' | |'
	FROM (SELECT round(reference::numeric, CASE measure WHEN 'deanonymization' THEN 5 ELSE 3 END)::text AS reference
		FROM p20x, synrec.identifiability(original, original) WITH ORDINALITY AS i ORDER BY ordinality) AS r")"
for place in 1 2 3 4 5 6; do
	progress "generator $place of 6 ..."
	$psql -c 'DROP TABLE IF EXISTS made, made_judged' \
		-c "CREATE TABLE made AS SELECT name, original, model, synrec.generate_interactions(model, (synrec.summary(original)).users, 42) AS synthetic
			FROM (SELECT name, original, synrec.fit(original, generator, 1) AS model FROM methods, p20x WHERE place = $place OFFSET 0) AS fitted" \
		-c 'CREATE TABLE made_judged AS SELECT e.* FROM made, synrec.evaluate(synthetic, seed => 1) AS e'
	say "$($psql -c "SELECT format('| \`%s\` | %s s | %s | %s | %s | %s | %s | %s | %s | %s |', name, round((synrec.describe(model) ->> 'seconds')::numeric, 1),
			(synrec.summary(synthetic)).items, round(spearman(original, synthetic)::numeric, 3), round(length_gap(original, synthetic)::numeric, 3),
			duplicates(original, synthetic), round(synrec.membership_identifiability(original, synthetic)::numeric, 3),
			round(synrec.deanonymization_identifiability(original, synthetic)::numeric, 5),
			round(synrec.attribute_identifiability(original, synthetic)::numeric, 3),
			coalesce(round(synrec.realism('judged', 'made_judged')::numeric, 3)::text, 'none'))
		FROM made")"
done
