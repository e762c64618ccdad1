-- errors_measures.sql: bad input to bigrams, clustering, vae, simulate and the measures
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

-- 30 users of 3 items, 12 items.
CREATE TABLE ratings AS SELECT u AS user_id, (u * k) % 12 AS item_id FROM generate_series(1, 30) AS u, (VALUES (1), (5), (7)) AS v (k);
CREATE TEMP TABLE sets AS SELECT synrec.read('ratings') AS data;
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql SET search_path = synrec, public AS $$
DECLARE
	message text;
	detail text;
	hint text;
	said text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN query_canceled OR OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	said := SQLSTATE || ' ' || message;
	IF detail <> '' THEN said := said || E'\n\t' || detail; END IF;
	IF hint <> '' THEN said := said || E'\n\t' || hint; END IF;
	RETURN said;
END $$;
CREATE FUNCTION pg_temp.fit(generator text) RETURNS text LANGUAGE sql
	RETURN pg_temp.refusal(format('SELECT fit(data, %s) FROM sets', generator));

-- clustering
SELECT pg_temp.fit('clustering(k => 31)') AS "more clusters than users",
	pg_temp.fit('clustering()') AS "by default",
	pg_temp.fit('clustering(k => 30)') AS "as many",
	pg_temp.fit('clustering(k => 0)') AS "none",
	pg_temp.fit('clustering(k => -3)') AS "negative",
	pg_temp.fit('clustering(k => 9223372036854775807)') AS "absurdly many",
	pg_temp.fit('clustering(k => NULL)') AS "null",
	pg_temp.fit('clustering(3, min_cluster_size => 0)') AS "min_cluster_size => 0",
	pg_temp.fit('clustering(3, min_cluster_size => 31)') AS "min_cluster_size above the users",
	pg_temp.fit('clustering(3, starts => 0)') AS "starts => 0",
	pg_temp.fit('clustering(3, starts => 1001)') AS "starts => 1001",
	pg_temp.fit('clustering(3, rounds => 0)') AS "rounds => 0",
	pg_temp.fit('clustering(3, rounds => 1)') AS "one round";
SELECT pg_temp.fit($$'{"method": "clustering", "k": 2.5}'$$) AS "a fraction",
	pg_temp.fit($$'{"method": "clustering", "k": "5"}'$$) AS "a string",
	pg_temp.fit($$'{"method": "clustering", "k": [5]}'$$) AS "an array",
	pg_temp.fit($$'{"method": "clustering", "k": true}'$$) AS "a boolean",
	pg_temp.fit($$'{"method": "clustering", "k": 5.0}'$$) AS "a whole number all the same",
	pg_temp.fit($$'{"method": "clustering", "min_clustersize": 5}'$$) AS "almost an option: the nearest first",
	pg_temp.fit($$'{"method": "clustering", "K": 5}'$$) AS "another",
	pg_temp.fit($$'{"method": "clusterings"}'$$) AS "almost a generator";

-- vae
SELECT pg_temp.fit('vae(epochs => 2)') AS "by default",
	pg_temp.fit('vae(''posterior'')') AS "no such latent",
	pg_temp.fit('vae(NULL)') AS "null",
	pg_temp.fit('vae(hidden => 0)') AS "hidden => 0",
	pg_temp.fit('vae(code => 501)') AS "code => 501",
	pg_temp.fit('vae(epochs => 0)') AS "epochs => 0",
	pg_temp.fit('vae(batch => 0)') AS "batch => 0",
	pg_temp.fit('vae(learning_rate => 0)') AS "learning_rate => 0",
	pg_temp.fit('vae(learning_rate => ''NaN'')') AS "learning_rate => NaN",
	pg_temp.fit('vae(dropout => 1)') AS "dropout => 1",
	pg_temp.fit('vae(beta => -1)') AS "beta => -1",
	pg_temp.fit('vae(annealing => 1.5)') AS "annealing => 1.5",
	pg_temp.fit('vae(weight_decay => 2)') AS "weight_decay => 2",
	pg_temp.fit('vae(holdout => 1)') AS "holdout => 1",
	pg_temp.fit('vae(patience => 0)') AS "patience => 0",
	pg_temp.fit('vae(components => 0)') AS "components => 0",
	pg_temp.fit('vae(min_component_size => 4)') AS "min_component_size => 4";
SELECT pg_temp.refusal('SELECT fit(filter_histories(data, min_items => 100), vae()) FROM sets') AS "nobody is left",
	pg_temp.refusal('SELECT fit(sample_users(data, 1), vae(epochs => 2)) FROM sets') AS "one user",
	pg_temp.refusal('SELECT generate_interactions(fit(interactions(u, 1), vae(epochs => 2, batch => 1)), 10) FROM generate_series(1, 3) AS u') AS "one item",
	pg_temp.refusal('SELECT generate_interactions(fit(interactions(1, 1), vae(''prior'', epochs => 2)), 10)') AS "one of each";

-- bigrams
SELECT pg_temp.fit('bigrams(mixing => 1.01)') AS "mixing above 1",
	pg_temp.fit('bigrams(mixing => -0.01)') AS "below 0",
	pg_temp.fit($$bigrams(mixing => 'NaN')$$) LIKE '22023 %' AS "NaN",
	pg_temp.fit($$bigrams(mixing => 'Infinity')$$) LIKE '22023 %' AS "infinite",
	pg_temp.fit('bigrams(mixing => 0)') AS "0", pg_temp.fit('bigrams(mixing => 1)') AS "1",
	pg_temp.fit('bigrams(mixing => NULL)') AS "null",
	pg_temp.fit('bigrams(min_pair_count => 0)') AS "min_pair_count => 0",
	pg_temp.fit('bigrams(-5)') AS "negative",
	pg_temp.fit($$'{"method": "bigrams", "min_pair_count": 1.5}'$$) AS "a fraction",
	pg_temp.fit($$'{"method": "bigrams", "mixing": "0.1"}'$$) AS "a string",
	pg_temp.fit($$'{"method": "bigrams", "smoothing": 0.1}'$$) AS "an option of others: the nearest first",
	pg_temp.fit($$'{"method": "bigrams", "pair_count": 3}'$$) AS "another",
	pg_temp.fit($$'{"method": "bigram"}'$$) AS "almost a generator";

-- simulate
SELECT pg_temp.refusal($$SELECT simulate(10, 10, policy => 'popular')$$) AS "policy",
	pg_temp.refusal($$SELECT simulate(10, 10, policy => '')$$) LIKE '22023 %' AS "an empty one",
	pg_temp.refusal($$SELECT simulate(10, 10, policy => NULL)$$) AS "NULL",
	pg_temp.refusal($$SELECT simulate(10, 10, policy => 'uniform')$$) AS "uniform",
	pg_temp.refusal($$SELECT simulate(10, 10, mean_items => 0.9)$$) AS "mean_items below 1",
	pg_temp.refusal($$SELECT simulate(10, 10, mean_items => 1)$$) AS "mean_items of 1",
	pg_temp.refusal($$SELECT simulate(10, 10, mean_items => 1e9)$$) AS "mean_items above the catalogue";
SELECT n AS "number", pg_temp.refusal(format('SELECT simulate(10, 10, taste => %L)', n)) AS taste,
	pg_temp.refusal(format('SELECT simulate(10, 10, zipf => %L)', n)) AS zipf
FROM (VALUES ('-0.1'), ('NaN'), ('Infinity'), ('101'), ('0')) AS v (n);
SELECT n AS "number", pg_temp.refusal(format('SELECT simulate(10, 10, topics => %s)', n)) AS topics
FROM (VALUES (0), (-1), (1001), (9223372036854775807), (1), (1000)) AS v (n);

-- Parameters of the measures
SELECT n AS "number", pg_temp.refusal(format('SELECT deanonymization_identifiability(data, data, %s) FROM sets', n)) AS neighbors,
	pg_temp.refusal(format('SELECT attribute_identifiability(data, data, cutoff => %s) FROM sets', n)) AS cutoff
FROM (VALUES (0), (-1), (-2147483648), (1), (2147483647)) AS v (n);
SELECT n AS "number", pg_temp.refusal(format('SELECT attribute_identifiability(data, data, lambda => %L) FROM sets', n)) AS lambda
FROM (VALUES ('0'), ('-500'), ('NaN'), ('Infinity'), ('-Infinity'), ('0.001'), ('1e12')) AS v (n);
SELECT pg_temp.refusal('SELECT deanonymization_identifiability(NULL::interactions, data) FROM sets') AS "no originals",
	pg_temp.refusal('SELECT deanonymization_identifiability(data, NULL) FROM sets') AS "nobody synthetic",
	pg_temp.refusal('SELECT deanonymization_identifiability(data, data, NULL) FROM sets') AS "neighbors",
	pg_temp.refusal('SELECT attribute_identifiability(NULL::interactions, data) FROM sets') AS "attribute, no originals",
	pg_temp.refusal('SELECT attribute_identifiability(data, data, NULL) FROM sets') AS "cutoff",
	pg_temp.refusal('SELECT attribute_identifiability(data, data, lambda => NULL) FROM sets') AS "lambda",
	pg_temp.refusal('SELECT attribute_identifiability(data, data, seed => NULL) FROM sets') AS "seed";

-- Sets that do not meet, empty sets, keys of two kinds: the same words from every measure.
CREATE TEMP TABLE pairs_of_sets AS
SELECT 'no common item' AS name, data AS a, (SELECT synrec.interactions(user_id, item_id + 100) FROM ratings) AS b FROM sets
UNION ALL SELECT 'nobody synthetic', data, synrec.read('SELECT * FROM ratings WHERE false') FROM sets
UNION ALL SELECT 'no originals', synrec.read('SELECT * FROM ratings WHERE false'), data FROM sets
UNION ALL SELECT 'two kinds of keys', data, (SELECT synrec.interactions(user_id, item_id::text) FROM ratings) FROM sets;
SELECT name, pg_temp.refusal(format('SELECT membership_identifiability(a, b) FROM pairs_of_sets WHERE name = %L', name)) AS refusal,
	count(*) AS of, count(DISTINCT pg_temp.refusal(format('SELECT %s(a, b) FROM pairs_of_sets WHERE name = %L', f, name))) AS "different answers"
FROM pairs_of_sets, unnest('{membership_identifiability,deanonymization_identifiability,attribute_identifiability,identifiability}'::text[]) AS f
GROUP BY name ORDER BY name;
SELECT left(pg_temp.refusal(format('SELECT identifiability(data, data, b) FROM sets, pairs_of_sets WHERE name = %L', name)), 5) AS "SQLSTATE with such a holdout", name
FROM pairs_of_sets WHERE name <> 'no originals' ORDER BY name;

-- One item in common is enough.
SELECT synrec.deanonymization_identifiability(data, other) >= 0 AS deanonymization, synrec.attribute_identifiability(data, other) BETWEEN 0 AND 1 AS attribute
FROM sets, (SELECT synrec.interactions(user_id, item_id + 11) AS other FROM ratings) AS o;

-- Fewer synthetic users than neighbours: the average over those there are.
SELECT synrec.deanonymization_identifiability(data, three) = synrec.deanonymization_identifiability(data, three, 3) AS "50 of 3",
	synrec.deanonymization_identifiability(data, three, 2147483647) = synrec.deanonymization_identifiability(data, three, 3) AS "2^31 - 1 of 3",
	synrec.deanonymization_identifiability(data, three, 2) <> synrec.deanonymization_identifiability(data, three, 3) AS "2 of 3",
	abs(synrec.deanonymization_identifiability(data, three) - (SELECT avg(synrec.deanonymization_identifiability(data, synrec.read(format('SELECT * FROM ratings WHERE user_id = %s UNION ALL SELECT 1000 + n, item_id FROM ratings, generate_series(1, 1) AS n WHERE user_id = %s', u, u))))
		FROM unnest(ARRAY[1, 2, 5]) AS u)) < 1e-12 AS "the average over each alone"
FROM sets, LATERAL (SELECT synrec.read('SELECT * FROM ratings WHERE user_id IN (1, 2, 5)') AS three) AS t;

-- Users with one item: no attribute to guess.
CREATE TEMP TABLE singles AS SELECT synrec.interactions(user_id + 100, item_id) AS data FROM ratings WHERE item_id = user_id % 12 AND user_id <= 12;
SELECT pg_temp.refusal('SELECT attribute_identifiability(data, data) FROM singles') AS "attribute",
	pg_temp.refusal('SELECT identifiability(data, data) FROM singles') AS "identifiability",
	(SELECT synrec.deanonymization_identifiability(data, data) > 0 FROM singles) AS "deanonymization goes on";
SELECT (synrec.summary(singles.data)).users AS "with one item", (synrec.summary(singles.data)).max_items AS "indeed",
	bool_and(synrec.attribute_identifiability(sets.data || singles.data, sets.data, 2, seed => n) = synrec.attribute_identifiability(sets.data, sets.data, 2, seed => n)) AS "they do not count"
FROM sets, singles, generate_series(1, 5) AS n GROUP BY singles.data;

-- Memory
CREATE TEMP TABLE large AS SELECT synrec.interactions(u, (u * k) % 1000) AS data FROM generate_series(1, 1000) AS u, generate_series(1, 4) AS k;
CREATE TEMP TABLE larger AS SELECT synrec.interactions(u, i) AS data FROM generate_series(1, 400) AS u, generate_series(1, 1000) AS i WHERE (u + i) % 7 = 0;
SELECT (synrec.summary(data)).items FROM large;
SET synrec.max_memory = '2MB';
SELECT pg_temp.refusal('SELECT attribute_identifiability(data, data) FROM large')
		LIKE E'53400 a dense matrix of all pairs of items (EASE) would need % MB, more than synrec.max_memory allows (2 MB)\n\tRaise synrec.max_memory, % filter_histories()%' AS "attribute",
	pg_temp.refusal('SELECT identifiability(data, data) FROM large') LIKE '53400 %filter_histories%' AS "identifiability",
	pg_temp.refusal('SELECT assert_release(data, data, max_membership => 1) FROM large') LIKE '53400 %filter_histories%' AS "assert_release",
	pg_temp.refusal('SELECT deanonymization_identifiability(data, data) FROM large') AS "deanonymization takes less",
	pg_temp.refusal('SELECT attribute_identifiability(f, f) FROM large, filter_histories(data, min_users => 8) AS f') AS "as advised";
SET synrec.max_memory = '1MB';
CREATE FUNCTION pg_temp.refused_for_memory(statement text) RETURNS boolean LANGUAGE sql
	RETURN pg_temp.refusal(statement) ~ E'^53400 .* would need \\d+ MB, more than synrec.max_memory allows \\(1 MB\\)\n\t';
SELECT pg_temp.refused_for_memory('SELECT fit(data, bigrams()) FROM larger') AS "bigrams",
	pg_temp.refused_for_memory('SELECT fit(data, clustering(300)) FROM larger') AS "clustering",
	pg_temp.refused_for_memory('SELECT fit(data, vae()) FROM larger') AS "vae",
	pg_temp.refused_for_memory('SELECT simulate(1000, 10000, topics => 1000)') AS "simulate",
	pg_temp.refused_for_memory('SELECT deanonymization_identifiability(data, b) FROM larger, (SELECT simulate(100000, 1000, 1) AS b OFFSET 0) AS s') AS "deanonymization";
RESET synrec.max_memory;
SELECT pg_temp.refusal('SELECT attribute_identifiability(data, data) FROM large') AS "with more memory";

DROP TABLE ratings;
SELECT count(*) AS "the server is alive" FROM synrec.rows(synrec.simulate(1, 1));
