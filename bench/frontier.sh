# frontier.sh: realism against privacy of generators with codes, beside others.
# Sourced by in_cluster when it is asked for: bench/run frontier.  Fits with seeds
# 1 to FITS (3), generates with seed 42; on P20 and P20x of MovieLens 1M, or with
# FRONTIER=few of MovieLens 100K, which takes minutes instead of hours.  SHAPES
# names one of the two, ONLY is a pattern that the generators' names must match.

fits=${FITS:-3}
if [ "${FRONTIER:-all}" = few ] && [ -r ../shared/data/ml-100k-ratings.csv.gz ]; then
	data='MovieLens 100K'
	$psql -c 'CREATE TABLE few_positives (user_id integer, item_id integer, rating real, ts bigint)'
	zcat ../shared/data/ml-100k-ratings.csv.gz | $psql -c '\copy few_positives FROM STDIN CSV HEADER'
	$psql -c 'CREATE TABLE frontier_positives AS SELECT synrec.interactions(user_id, item_id) AS data FROM few_positives WHERE rating >= 4'
else
	. bench/ratings.sh
	$psql -c 'CREATE TABLE frontier_positives AS SELECT data FROM positives'
fi
$psql -f bench/quality.sql
$psql <<-'SQL'
	CREATE TABLE prepared (shape text, original synrec.interactions);
	INSERT INTO prepared SELECT shape, synrec.filter_histories(synrec.truncate_histories(data, 20, 1), min_items => least)
	FROM frontier_positives, (VALUES ('P20', 5), ('P20x', 20)) AS v (shape, least);
	CREATE TABLE frontier_methods (place serial, name text, generator synrec.generator);
	INSERT INTO frontier_methods (name, generator) VALUES ('unigrams()', synrec.unigrams()), ('bigrams()', synrec.bigrams());
	INSERT INTO frontier_methods (name, generator) SELECT format('clustering(%s)', k), synrec.clustering(k) FROM (VALUES (5), (10), (20), (50), (100)) AS v (k);
	INSERT INTO frontier_methods (name, generator) VALUES ('vae()', synrec.vae());
	INSERT INTO frontier_methods (name, generator)
	SELECT format('%s(%s)', method, shown), (jsonb_build_object('method', method) || options)::synrec.generator
	FROM (VALUES ('time_gan'), ('identity_gan')) AS m (method),
		(VALUES ('', '{}'::jsonb), ('loss => ''r_gan''', '{"loss": "r_gan"}'), ('''mixture''', '{"sampler": "mixture"}'), ('''flow''', '{"sampler": "flow"}')) AS o (shown, options);
	CREATE TABLE frontier (shape text, place int, seed int, seconds float8, popularity float8, duplicates float8, realism float8, reversed bigint,
		significant bigint, membership float8, deanonymization float8, attribute float8);
SQL

# a number's mean over fits, and how far apart the fits are
spread() { echo "round(avg($1)::numeric, $2) || CASE WHEN count($1) > 1 THEN ' ± ' || round(((max($1) - min($1)) / 2)::numeric, $2) ELSE '' END"; }

for shape in ${SHAPES:-P20 P20x}; do
	topic "Frontier: $data, $shape: $(shape "SELECT original FROM prepared WHERE shape = '$shape'"); fits with seeds 1 to $fits, mean ± half the range"
	say '| generator | fit | popularity (Spearman) | duplicates | realism | of significant comparisons reversed | membership | de-anonymization | attribute |'
	say '|---|---|---|---|---|---|---|---|---|'
	say "$($psql -F '' -c "SELECT '| one half of the original users, the other half fresh | | | | | | ' || string_agg(reference, ' | ') || ' |'
		FROM (SELECT round(reference::numeric, CASE measure WHEN 'deanonymization' THEN 5 ELSE 3 END)::text AS reference
			FROM prepared, synrec.identifiability(original, original) WITH ORDINALITY AS i WHERE shape = '$shape' ORDER BY ordinality) AS r")"
	$psql -c 'DROP TABLE IF EXISTS judged_original' \
		-c "CREATE TABLE judged_original AS SELECT e.* FROM prepared, synrec.evaluate(original) AS e WHERE shape = '$shape'"
	for place in $($psql -c "SELECT place FROM frontier_methods WHERE name ~ '${ONLY:-}' ORDER BY place"); do
		for seed in $(seq 1 "$fits"); do
			progress "$shape, generator $place, fit $seed ..."
			$psql -c 'DROP TABLE IF EXISTS made, judged_made' \
				-c "CREATE TABLE made AS SELECT original, model, synrec.generate_interactions(model, (synrec.summary(original)).users, 42) AS synthetic
					FROM (SELECT original, synrec.fit(original, generator, $seed) AS model FROM frontier_methods, prepared WHERE place = $place AND shape = '$shape' OFFSET 0) AS f" \
				-c "CREATE TABLE judged_made AS SELECT e.* FROM made, synrec.evaluate(synthetic, seed => $seed) AS e" \
				-c "INSERT INTO frontier SELECT '$shape', $place, $seed, (synrec.describe(model) ->> 'seconds')::float8, spearman(original, synthetic),
					duplicates(original, synthetic)::float8 / (synrec.summary(synthetic)).users, r.realism, r.reversed, r.significant_original,
					synrec.membership_identifiability(original, synthetic), synrec.deanonymization_identifiability(original, synthetic), synrec.attribute_identifiability(original, synthetic)
					FROM made, synrec.realism_report('judged_original', 'judged_made') AS r"
		done
		say "$($psql -c "SELECT format('| \`%s\` | %s s | %s | %s %% | %s | %s of %s | %s | %s | %s |', name, round(avg(seconds)::numeric, 1), $(spread popularity 3), $(spread '100 * duplicates' 2),
				$(spread realism 3), round(avg(reversed)), round(avg(significant)), $(spread membership 3), $(spread deanonymization 5), $(spread attribute 3))
			FROM frontier JOIN frontier_methods USING (place) WHERE shape = '$shape' AND place = $place GROUP BY name")"
	done
done

topic "Epochs as the privacy knob: $data, P20x, fitted to one half of the users, the other half as holdout; identity_gan('mixture'), seed 1"
say '| epochs | loss | realism | membership | AUC | found at 10 % false alarms | closer to a training user | copies of a training user |'
say '|---|---|---|---|---|---|---|---|'
$psql -c "CREATE TABLE halves AS SELECT s.train, s.holdout FROM prepared, synrec.split_users(original, 0.5, 1) AS s WHERE shape = 'P20x'" \
	-c 'CREATE TABLE judged_half AS SELECT e.* FROM halves, synrec.evaluate(train) AS e'
for epochs in 10 20 40 80 160; do
	progress "$epochs epochs ..."
	$psql -c 'DROP TABLE IF EXISTS made, judged_made' \
		-c "CREATE TABLE made AS SELECT train, holdout, model, synrec.generate_interactions(model, (synrec.summary(train)).users, 42) AS synthetic
			FROM (SELECT train, holdout, synrec.fit(train, synrec.identity_gan('mixture', epochs => $epochs), 1) AS model FROM halves OFFSET 0) AS f" \
		-c 'CREATE TABLE judged_made AS SELECT e.* FROM made, synrec.evaluate(synthetic, seed => 1) AS e'
	say "$($psql -c "SELECT format('| $epochs | %s | %s | %s | %s (%s to %s) | %s %% | %s %% | %s %% |', round((synrec.describe(model) #>> '{autoencoder,loss,-1}')::numeric, 2),
			round(synrec.realism('judged_half', 'judged_made')::numeric, 3), round(synrec.membership_identifiability(train, synthetic)::numeric, 3),
			round(i.auc::numeric, 3), round(i.auc_low::numeric, 3), round(i.auc_high::numeric, 3), round((100 * i.tpr_at_fpr_0_1)::numeric, 1),
			(SELECT round((100 * to_train)::numeric, 1) FROM synrec.closest_record(train, holdout, synthetic) WHERE figure = 'closer'),
			(SELECT round((100 * to_train)::numeric, 2) FROM synrec.closest_record(train, holdout, synthetic) WHERE figure = 'identical'))
		FROM made, synrec.membership_inference(train, holdout, synthetic) AS i")"
done
