-- fidelity.sql: figures of likeness against plain SQL, their references, and what its functions accept
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET client_min_messages = notice;
SET search_path = public, synrec;
\pset format unaligned
\x

CREATE TABLE originals AS SELECT * FROM synrec.rows(synrec.simulate(400, 60, 8, seed => 1));
CREATE TABLE copies AS SELECT * FROM synrec.rows(synrec.generate_interactions(synrec.fit('originals', synrec.clustering(5)), 300));
CREATE TABLE others AS SELECT * FROM synrec.rows(synrec.simulate(150, 70, 5, seed => 2));
CREATE TEMP TABLE sets AS SELECT synrec.read('originals') AS original, synrec.read('copies') AS synthetic, synrec.read('others') AS holdout;

-- Each again, from the rows.
CREATE TEMP VIEW shares AS
SELECT coalesce(a.p, 0) AS p, coalesce(b.p, 0) AS q
FROM (SELECT item_id, count(*)::float8 / sum(count(*)) OVER () AS p FROM originals GROUP BY item_id) AS a
	FULL JOIN (SELECT item_id, count(*)::float8 / sum(count(*)) OVER () AS p FROM copies GROUP BY item_id) AS b USING (item_id);
CREATE TEMP VIEW lengths AS
SELECT x, (SELECT count(*) FILTER (WHERE n <= x)::float8 / count(*) FROM (SELECT count(*) AS n FROM originals GROUP BY user_id) AS c)
	- (SELECT count(*) FILTER (WHERE n <= x)::float8 / count(*) FROM (SELECT count(*) AS n FROM copies GROUP BY user_id) AS c) AS apart
FROM generate_series(1, 60) AS x;
CREATE TEMP VIEW pairs AS
SELECT a.item_id AS i, b.item_id AS j, count(*) / 400.0::float8 AS p, 0::float8 AS q FROM originals AS a JOIN originals AS b USING (user_id) WHERE a.item_id <> b.item_id GROUP BY 1, 2
UNION ALL SELECT a.item_id, b.item_id, 0, count(*) / 300.0::float8 FROM copies AS a JOIN copies AS b USING (user_id) WHERE a.item_id <> b.item_id GROUP BY 1, 2;
CREATE TEMP TABLE expected AS
SELECT 'popularity_divergence' AS measure, sqrt(sum(CASE WHEN p > 0 THEN p * ln(2 * p / (p + q)) ELSE 0 END + CASE WHEN q > 0 THEN q * ln(2 * q / (p + q)) ELSE 0 END) / 2 / ln(2::float8)) AS value FROM shares
UNION ALL SELECT 'activity_divergence', max(abs(apart)) FROM lengths
UNION ALL SELECT 'activity_distance', sum(abs(apart)) FROM lengths
UNION ALL SELECT 'catalogue_coverage', avg((q > 0)::int)::float8 FROM shares WHERE p > 0
UNION ALL SELECT 'gini', 2 * sum(q * r) / count(*) - (count(*) + 1.0::float8) / count(*) FROM (SELECT q, row_number() OVER (ORDER BY q) AS r FROM shares WHERE q > 0) AS s
UNION ALL SELECT 'cooccurrence_distance', sqrt(sum((p - q) ^ 2) / sum(p ^ 2)) FROM (SELECT sum(p) AS p, sum(q) AS q FROM pairs GROUP BY i, j) AS s;
CREATE TEMP TABLE measured AS SELECT f.* FROM sets, synrec.fidelity(original, synthetic) AS f;
SELECT measure, abs(m.value - e.value) < 1e-6 AS agrees, reference IS NOT NULL AS reference, matched IS NOT NULL AS matched, note
FROM measured AS m LEFT JOIN expected AS e USING (measure) ORDER BY measure;

-- Alone, of values and of tables.
SELECT abs(popularity_divergence(original, synthetic) - (SELECT value FROM expected WHERE measure = 'popularity_divergence')) < 1e-6
		AND popularity_divergence('originals', 'copies') = popularity_divergence(original, synthetic) AS popularity,
	abs(activity_divergence(original, synthetic) - (SELECT value FROM expected WHERE measure = 'activity_divergence')) < 1e-9
		AND activity_divergence('originals', 'copies') = activity_divergence(original, synthetic) AS activity,
	abs(catalogue_coverage(original, synthetic) - (SELECT value FROM expected WHERE measure = 'catalogue_coverage')) < 1e-9
		AND catalogue_coverage('originals', 'copies') = catalogue_coverage(original, synthetic) AS coverage,
	abs(gini(synthetic) - (SELECT value FROM expected WHERE measure = 'gini')) < 1e-9 AND gini('copies') = gini(synthetic) AS gini,
	abs(cooccurrence_distance(original, synthetic) - (SELECT value FROM expected WHERE measure = 'cooccurrence_distance')) < 1e-9
		AND cooccurrence_distance('originals', 'copies') = cooccurrence_distance(original, synthetic) AS cooccurrence,
	spectrum_distance(original, synthetic) BETWEEN 0.0001 AND 0.5 AND spectrum_distance('originals', 'copies', 3) = spectrum_distance(original, synthetic, 3)
		AND spectrum_distance(original, original) = 0 AS spectrum
FROM sets;
SELECT transition_distance(original, synthetic) FROM sets;
SELECT autocorrelation_distance(original, synthetic) FROM sets;

-- The reference is what the other half of the originals scores, or the holdout; matched at its number of users.
SELECT bool_and(abs(f.reference - s.value) < 1e-9) AS "the halves"
FROM sets, split_users(original, 0.5, 7) AS p, fidelity(original, synthetic, seed => 7) AS f JOIN LATERAL fidelity(p.train, p.holdout) AS s USING (measure);
SELECT bool_and(abs(f.reference - s.value) < 1e-9) AS "the holdout", bool_and(abs(f.matched - t.value) < 1e-9) AS "as many synthetic users",
	count(*) FILTER (WHERE abs(f.matched - f.value) > 1e-4) > 5 AS "other figures than of all"
FROM sets, fidelity(original, synthetic, holdout, 3) AS f JOIN LATERAL fidelity(original, holdout) AS s USING (measure)
	JOIN LATERAL fidelity(original, sample_users(synthetic, 150, 3)) AS t USING (measure);
SELECT count(*) = 15 AS "of tables", count(m.reference) AS "with references" FROM fidelity('originals', 'copies', 'others') AS m;

-- Order: 0 and 1 in turns, beside each of them twice in turns, and always the same.  A user goes 10 times from
-- 1 to 0 and 9 times from 0 to 1; the other way around 10 steps of 19 are changes, 5 of them of 9 from 0, 5 of 10 from 1.
CREATE TEMP TABLE walks AS
SELECT sequences(u, t % 2, t) AS original, sequences(u, (t / 2) % 2, t) AS synthetic, sequences(u, u % 2, t) AS constant,
	sequences(u, least(t % 4, 1), t) AS uneven, sequences(u, (t > 5)::int, t) AS steps
FROM generate_series(1, 20) AS u, generate_series(1, 20) AS t;
SELECT measure, abs(value - expected) < 1e-9 AS "as expected", note
FROM walks, fidelity(original, synthetic, options => '{"measures": ["transition_distance", "unsupported_transitions", "autocorrelation_distance"]}')
	LEFT JOIN (VALUES ('transition_distance', (9 * 4 / 9.0 + 10 / 2.0) / 19), ('unsupported_transitions', 9 / 19.0)) AS v (measure, expected) USING (measure);
SELECT autocorrelation_distance(uneven, uneven) = 0 AS same, autocorrelation_distance(uneven, steps) > 0.5 AS other FROM walks;
SELECT transition_distance(original, synthetic) = fidelity.value AS alone FROM walks, fidelity(original, synthetic, options => '{"measures": ["transition_distance"]}');
SELECT autocorrelation_distance(original, constant) IS NULL AS constant FROM walks;
SELECT measure, value IS NULL AS "no value", note FROM walks, fidelity(original, as_sets(synthetic), options => '{"measures": ["transition_distance", "gini"]}');

-- Of tables, with the columns that hold order and ratings.
CREATE TABLE events AS SELECT u AS user_id, t % 2 AS item_id, t AS at, 1 + (u + t) % 5 AS rating FROM generate_series(1, 20) AS u, generate_series(1, 20) AS t;
CREATE TABLE imitated AS SELECT u AS user_id, (t / 2) % 2 AS item_id, t AS step, least(1 + (u + t) % 5, 4) / 2.0 AS stars FROM generate_series(1, 20) AS u, generate_series(1, 20) AS t;
SELECT transition_distance('events', 'SELECT *, step AS at FROM imitated') = (SELECT transition_distance(original, synthetic) FROM walks) AS transitions,
	transition_distance('SELECT user_id, item_id, at AS step FROM events', 'imitated', 'step') = (SELECT transition_distance(original, synthetic) FROM walks) AS named;
SELECT autocorrelation_distance('SELECT user_id, least(at % 4, 1) AS item_id, at FROM events', 'SELECT user_id, least(at % 4, 1) AS item_id, at FROM events') = 0 AS autocorrelation;
CREATE TEMP TABLE rated AS
SELECT (SELECT sequences(user_id, item_id, at, rating) FROM events) AS original, (SELECT sequences(user_id, item_id, step, stars) FROM imitated) AS synthetic;
SELECT measure, abs(value - expected) < 1e-9 AS "as expected", note
FROM rated, fidelity(original, synthetic, options => '{"measures": ["rating_divergence", "user_rating_distance", "item_rating_distance"]}')
	JOIN (SELECT 'rating_divergence' AS measure, sum(abs(coalesce(a.share, 0) - coalesce(b.share, 0))) / 2 AS expected
		FROM (SELECT rating, count(*) / 400.0 AS share FROM events GROUP BY 1) AS a FULL JOIN (SELECT stars AS rating, count(*) / 400.0 AS share FROM imitated GROUP BY 1) AS b USING (rating)
		-- all original users have a mean of 3, all synthetic ones of 1.4, and so have the items
		UNION VALUES ('user_rating_distance', 3 - 1.4), ('item_rating_distance', 3 - 1.4)) AS e USING (measure);
SELECT rating_divergence('SELECT *, rating AS stars FROM events', 'imitated', 'stars') > 0.5 AS stars, rating_divergence('events', 'events') = 0 AS itself,
	rating_divergence(original, without_ratings(synthetic)) IS NULL AS "no ratings" FROM rated;

-- What is refused.
SELECT popularity_divergence(NULL, synthetic) FROM sets;
SELECT gini(NULL::interactions);
SELECT * FROM sets, fidelity(original, NULL);
SELECT spectrum_distance(original, synthetic, 0) FROM sets;
SELECT spectrum_distance(original, synthetic, NULL) FROM sets;
SELECT * FROM sets, fidelity(original, synthetic, options => '{"valuse": 3}');
SELECT * FROM sets, fidelity(original, synthetic, options => '{"values": 0}');
SELECT * FROM sets, fidelity(original, synthetic, options => '{"measures": ["popularity"]}');
SELECT * FROM sets, fidelity(original, synthetic, options => '{"measures": "gini"}');
SELECT * FROM sets, fidelity(original, synthetic, filter_histories(holdout, 1000));
SELECT f.measure FROM sets, fidelity(sample_users(original, 1), synthetic) AS f;
SELECT popularity_divergence(original, interactions('a', 'b')) FROM sets GROUP BY original;
SELECT cooccurrence_distance(original, interactions(1, 12345)) FROM sets GROUP BY original;
SELECT gini(filter_histories(holdout, 1000)) FROM sets;
SELECT popularity_divergence(original, 'copies') FROM sets;

SET client_min_messages = warning;
DROP TABLE originals, copies, others, events, imitated CASCADE;
