-- golden.sql: figures of an independent implementation, where they are at hand
BEGIN;
SELECT plan(36);
SET LOCAL client_min_messages = warning;
\set here `test -r ../shared/golden/golden.json && echo yes || echo no`
SELECT :'here' = 'yes' AS here \gset
\if :here

\set figures `cat ../shared/golden/golden.json`
CREATE TEMP TABLE golden AS SELECT :'figures'::jsonb AS figures;
CREATE TEMP TABLE pairs (user_id int, item_id int);
CREATE TEMP TABLE sets (name text, data synrec.interactions);
\copy pairs FROM '../shared/golden/tiny1_real.csv' CSV HEADER
INSERT INTO sets SELECT 'tiny1', synrec.interactions(user_id, item_id) FROM pairs; TRUNCATE pairs;
\copy pairs FROM '../shared/golden/tiny1_syn.csv' CSV HEADER
INSERT INTO sets SELECT 'tiny1 synthetic', synrec.interactions(user_id, item_id) FROM pairs; TRUNCATE pairs;
\copy pairs FROM '../shared/golden/tiny2_ties_real.csv' CSV HEADER
INSERT INTO sets SELECT 'tiny2_ties', synrec.interactions(user_id, item_id) FROM pairs; TRUNCATE pairs;
\copy pairs FROM '../shared/golden/tiny2_ties_syn.csv' CSV HEADER
INSERT INTO sets SELECT 'tiny2_ties synthetic', synrec.interactions(user_id, item_id) FROM pairs; TRUNCATE pairs;
\copy pairs FROM PROGRAM 'zcat ../shared/golden/artificial/real.csv.gz' CSV HEADER
INSERT INTO sets SELECT 'artificial', synrec.interactions(user_id, item_id) FROM pairs; TRUNCATE pairs;
\copy pairs FROM PROGRAM 'zcat ../shared/golden/artificial/syn_unigrams.csv.gz' CSV HEADER
INSERT INTO sets SELECT 'unigrams', synrec.interactions(user_id, item_id) FROM pairs; TRUNCATE pairs;
\copy pairs FROM PROGRAM 'zcat ../shared/golden/artificial/syn_clusters10.csv.gz' CSV HEADER
INSERT INTO sets SELECT 'clusters10', synrec.interactions(user_id, item_id) FROM pairs; TRUNCATE pairs;

-- The small sets: closer originals and distances of every user, membership for k = 1 .. 5.
CREATE TEMP TABLE small AS
SELECT o.name, o.data AS original, s.data AS synthetic, figures -> o.name AS expected
FROM golden, sets AS o JOIN sets AS s ON s.name = o.name || ' synthetic';
SELECT is((SELECT jsonb_agg(rank ORDER BY user_key::int) FROM synrec.membership_ranks(original, synthetic)), expected -> 'closer_real', name || ': closer originals')
FROM small ORDER BY name;
SELECT ok((SELECT bool_and(abs(distance ^ 2 - d::float8) < 1e-9) AND count(*) = jsonb_array_length(expected -> 'real')
	FROM synrec.membership_ranks(original, synthetic) JOIN jsonb_array_elements(expected -> 'nearest_syn_distance2') WITH ORDINALITY AS e (d, u) ON user_key::int = u), name || ': distances')
FROM small ORDER BY name;
SELECT ok((SELECT bool_and(synrec.membership_identifiability(original, synthetic, k::int) = share::float8) AND count(*) = 5 FROM jsonb_each(expected -> 'membership') AS e (k, share)),
	name || ': membership for five k') FROM small ORDER BY name;

-- The larger sets: sizes, share and count for four k.
CREATE TEMP TABLE large AS
SELECT s.name, o.data AS original, s.data AS synthetic, figures -> 'artificial' -> 'sets' -> s.name AS expected
FROM golden, sets AS o JOIN sets AS s ON o.name = 'artificial' AND s.name IN ('unigrams', 'clusters10');
SELECT is((s.users, s.items, s.interactions), ((a ->> 'n_users')::bigint, (a ->> 'n_items')::bigint, (a ->> 'n_pairs')::bigint), 'sizes of the original set')
FROM golden, LATERAL (SELECT figures -> 'artificial') AS f (a), sets, synrec.summary(data) AS s WHERE name = 'artificial';
SELECT is((s.items, s.interactions), ((expected ->> 'items')::bigint, (expected ->> 'pairs')::bigint), name || ': sizes') FROM large, synrec.summary(synthetic) AS s ORDER BY name;
SELECT is(synrec.membership_identifiability(original, synthetic, k), (expected -> 'membership' ->> k::text)::float8, name || ': membership, k = ' || k)
FROM large, unnest(ARRAY[1, 5, 10, 50]) AS k ORDER BY name, k;
SELECT is((SELECT jsonb_object_agg(k, (SELECT count(*) FROM synrec.membership_ranks(original, synthetic) WHERE rank < k)) FROM unnest(ARRAY[1, 5, 10, 50]) AS k), expected -> 'membership_count', 'unigrams: how many')
FROM large WHERE name = 'unigrams';

-- De-anonymization: to 1e-10, with ties, with few neighbours, for single users.
SELECT ok(abs(synrec.deanonymization_identifiability(original, synthetic) - (expected ->> 'deanonymization')::float8) < 1e-10, name || ': de-anonymization') FROM small ORDER BY name;
SELECT ok(abs(synrec.deanonymization_identifiability(original, synthetic, 3) - (expected ->> 'deanonymization_top3')::float8) < 1e-10, name || ': with 3 neighbours') FROM small ORDER BY name;
SELECT ok(abs(synrec.deanonymization_identifiability(original, synthetic) - (expected ->> 'deanonymization')::float8) < 1e-10, name || ': de-anonymization') FROM large ORDER BY name;

-- Attribute: a mean over 20 seeds, within 3 of the standard deviations that single seeds have.
CREATE TEMP TABLE by_seed AS SELECT name, expected, synrec.attribute_identifiability(original, synthetic, seed => seed) AS a FROM large, generate_series(1, 20) AS seed;
SELECT ok(abs(avg(a) - (expected ->> 'attribute_mean')::float8) < 3 * (expected ->> 'attribute_sd')::float8, format('%s: attribute, %s standard deviations off', name, round(((avg(a) - (expected ->> 'attribute_mean')::float8) / (expected ->> 'attribute_sd')::float8)::numeric, 2)))
FROM by_seed GROUP BY name, expected ORDER BY name;
SELECT ok(stddev(a) BETWEEN 0.3 * (expected ->> 'attribute_sd')::float8 AND 3 * (expected ->> 'attribute_sd')::float8, name || ': seeds differ as much as they should')
FROM by_seed GROUP BY name, expected ORDER BY name;
-- The small sets: the mean over all that can be held out and all orders of equals, within 4 standard errors of 4,000 seeds.
SELECT ok(abs(avg(a) - e) <= 4 * stddev(a) / sqrt(count(*)), format('%s: recall@%s', name, cutoff))
FROM small, unnest(ARRAY[1, 2]) AS cutoff, LATERAL (SELECT (expected -> 'attribute' ->> ('expected_recall@' || cutoff))::float8 AS e) AS x, generate_series(1, 4000) AS seed,
	LATERAL synrec.attribute_identifiability(original, synthetic, cutoff, (expected -> 'attribute' ->> 'lambda')::float8, seed) AS a GROUP BY name, cutoff, e ORDER BY name, cutoff;

-- k-means: no worse than 2 % above the best of ten runs of another implementation, and no better than that by much.
SELECT ok((synrec.describe(synrec.fit(data, synrec.clustering(k::bigint, 1), seed)) ->> 'inertia')::float8 / inertia::float8 BETWEEN 0.9 AND 1.02, format('inertia of %s clusters, seed %s', k, seed))
FROM golden, sets, jsonb_each(figures -> 'artificial' -> 'kmeans_inertia_best_of_10') AS e (k, inertia), generate_series(1, 2) AS seed WHERE name = 'artificial' ORDER BY k, seed;

\else
SELECT * FROM skip('no golden figures at hand', 36);
\endif
SELECT * FROM finish();
ROLLBACK;
