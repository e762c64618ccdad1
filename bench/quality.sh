# quality.sh: what the generators make.  Sourced by in_cluster when it is asked
# for: bench/run quality.  Fits with seed 1, generates with seed 42.

$psql <<-'SQL'
	CREATE TABLE p20x AS
	SELECT synrec.filter_histories(synrec.truncate_histories(data, 20, 1), min_items => 20) AS original FROM positives;
	CREATE TABLE judged AS SELECT e.* FROM p20x, synrec.evaluate(original) AS e;
	CREATE TABLE methods (place int, name text, generator synrec.generator);
	INSERT INTO methods VALUES (1, 'unigrams()', synrec.unigrams()), (2, 'bigrams()', synrec.bigrams()), (3, 'clustering(50)', synrec.clustering(50)),
		(4, 'vae(''prior'')', synrec.vae('prior')), (5, 'vae(''prior'', beta => 1)', synrec.vae('prior', beta => 1)),
		(6, 'vae()', synrec.vae());

	-- Spearman: the correlation of the ranks of how many users an item has, over all original items.
	CREATE FUNCTION spearman(original synrec.interactions, synthetic synrec.interactions) RETURNS float8 LANGUAGE sql AS $$
		WITH o AS (SELECT item_id, count(*) AS n FROM synrec.rows(original) GROUP BY 1),
			s AS (SELECT item_id, count(*) AS n FROM synrec.rows(synthetic) GROUP BY 1),
			both AS (SELECT o.n AS a, coalesce(s.n, 0) AS b FROM o LEFT JOIN s USING (item_id)),
			ranks AS (SELECT rank() OVER (ORDER BY a) + (count(*) OVER (PARTITION BY a) - 1) / 2.0 AS a,
				rank() OVER (ORDER BY b) + (count(*) OVER (PARTITION BY b) - 1) / 2.0 AS b FROM both)
		SELECT corr(a, b) FROM ranks $$;

	-- Half the sum of the differences of two histograms of lengths: 0 where they are equal, 1 where they share nothing.
	CREATE FUNCTION length_gap(original synrec.interactions, synthetic synrec.interactions) RETURNS float8 LANGUAGE sql AS $$
		WITH o AS (SELECT l, count(*) / sum(count(*)) OVER () AS p FROM (SELECT count(*) AS l FROM synrec.rows(original) GROUP BY user_id) AS u GROUP BY l),
			s AS (SELECT l, count(*) / sum(count(*)) OVER () AS p FROM (SELECT count(*) AS l FROM synrec.rows(synthetic) GROUP BY user_id) AS u GROUP BY l)
		SELECT sum(abs(coalesce(o.p, 0) - coalesce(s.p, 0))) / 2 FROM o FULL JOIN s USING (l) $$;

	-- Synthetic users whose history is also that of an original user, or of another synthetic one.
	CREATE FUNCTION duplicates(original synrec.interactions, synthetic synrec.interactions) RETURNS bigint LANGUAGE sql AS $$
		WITH o AS (SELECT array_agg(item_id ORDER BY item_id) AS h FROM synrec.rows(original) GROUP BY user_id),
			s AS (SELECT array_agg(item_id ORDER BY item_id) AS h FROM synrec.rows(synthetic) GROUP BY user_id)
		SELECT count(*) FROM s WHERE h IN (SELECT h FROM o) OR h IN (SELECT h FROM s GROUP BY h HAVING count(*) > 1) $$;
SQL

topic "Quality: $data, P20x: $(shape 'SELECT original FROM p20x')"
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
