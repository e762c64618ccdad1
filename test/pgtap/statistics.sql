-- statistics.sql: random choices have the distributions they should have
--
-- Every seed is fixed, so a run gives what the run before gave.  Each test is a
-- chi-square test that a sound implementation with other random numbers would
-- fail once in a million times; the whole file, about once in 50,000.  (The last part compares means, and
-- says how far they are apart.)
BEGIN;
SELECT plan(31);
SET LOCAL search_path = public, synrec;
SET LOCAL client_min_messages = warning;

-- The value that chi-square exceeds with probability 10^-6 (Wilson and Hilferty, whose
-- approximation is a little too high).
CREATE FUNCTION pg_temp.limit_of(degrees bigint) RETURNS float8 LANGUAGE sql
	RETURN degrees * (1 - 2 / (9.0::float8 * degrees) + 4.753424 * sqrt(2 / (9.0::float8 * degrees))) ^ 3;
CREATE FUNCTION pg_temp.chi_square(observed float8[], expected float8[]) RETURNS float8 LANGUAGE sql
	RETURN (SELECT sum((o - e) ^ 2 / e) FROM unnest(observed, expected) AS v (o, e));
CREATE FUNCTION pg_temp.agrees(observed float8[], expected float8[], description text) RETURNS text LANGUAGE sql
	RETURN cmp_ok(pg_temp.chi_square(observed, expected), '<', pg_temp.limit_of(cardinality(expected) - 1), description);
SELECT ok(pg_temp.limit_of(3) / 30.66 BETWEEN 1 AND 1.1 AND pg_temp.limit_of(9) / 44.81 BETWEEN 1 AND 1.03 AND pg_temp.limit_of(81) / 156.45 BETWEEN 1 AND 1.01, 'the limits are those of the tables');
SELECT cmp_ok(pg_temp.chi_square(ARRAY[5400, 4600], ARRAY[5000, 5000]), '>', pg_temp.limit_of(1), 'a crooked coin is found out');

-- Unigrams, one item a user: items by their share.  Item i has 5i users, i = 1 .. 10.
CREATE TABLE one_item AS
SELECT synrec.fit(synrec.interactions(i * 1000 + u, i), synrec.unigrams()) AS model
FROM generate_series(1, 10) AS i, generate_series(1, 5 * i) AS u;
CREATE TABLE drawn AS SELECT g.* FROM one_item, synrec.generate(model, 50000, seed => 1) AS g;
SELECT pg_temp.agrees(array_agg(n ORDER BY item_id), array_agg(50000 * item_id / 55.0 ORDER BY item_id), 'items come by popularity')
FROM (SELECT item_id, count(*) AS n FROM drawn GROUP BY item_id) AS c;
SELECT is(count(*), 50000::bigint, 'one item a user') FROM drawn;

-- Users are independent of their neighbours, and of the same users under the next seed.
CREATE TABLE next_seed AS SELECT g.* FROM one_item, synrec.generate(model, 50000, seed => 2) AS g;
SELECT cmp_ok(pg_temp.chi_square(array_agg(coalesce(n, 0)), array_agg(24999 * a * b / 3025.0)), '<', pg_temp.limit_of(81), 'user n + 1 is independent of user n')
FROM generate_series(1, 10) AS a CROSS JOIN generate_series(1, 10) AS b
	LEFT JOIN (SELECT x.item_id AS a, y.item_id AS b, count(*) AS n FROM drawn AS x JOIN drawn AS y ON y.user_id = x.user_id + 1
		WHERE x.user_id % 2 = 1 AND x.user_id < 49999 GROUP BY 1, 2) AS c USING (a, b);
SELECT cmp_ok(pg_temp.chi_square(array_agg(coalesce(n, 0)), array_agg(50000 * a * b / 3025.0)), '<', pg_temp.limit_of(81), 'seed 2 is independent of seed 1')
FROM generate_series(1, 10) AS a CROSS JOIN generate_series(1, 10) AS b
	LEFT JOIN (SELECT x.item_id AS a, y.item_id AS b, count(*) AS n FROM drawn AS x JOIN next_seed AS y USING (user_id) GROUP BY 1, 2) AS c USING (a, b);

-- Two items a user, without repetition: {i, j} has p_i p_j / (1 - p_i) + p_j p_i / (1 - p_j).
CREATE TABLE weights AS SELECT i, i / 15.0::float8 AS p FROM generate_series(1, 5) AS i;
CREATE TABLE two_items AS
SELECT synrec.fit(synrec.interactions((slot - 1) % 15, i), synrec.unigrams()) AS model
FROM (SELECT i, row_number() OVER (ORDER BY i, n) AS slot FROM weights, LATERAL generate_series(1, 2 * i) AS n) AS s;
SELECT pg_temp.agrees(array_agg(n ORDER BY a, b), array_agg(30000 * (p.p * q.p / (1 - p.p) + p.p * q.p / (1 - q.p)) ORDER BY a, b), 'pairs without repetition')
FROM (SELECT min(item_id) AS a, max(item_id) AS b, count(*) OVER (PARTITION BY min(item_id), max(item_id)) AS n, row_number() OVER (PARTITION BY min(item_id), max(item_id)) AS first
	FROM two_items, synrec.generate(model, 30000, seed => 3) GROUP BY user_id) AS c JOIN weights AS p ON p.i = a JOIN weights AS q ON q.i = b WHERE first = 1;

-- History lengths: those of the originals, the tail cut where fewer than five share it.
CREATE TABLE lengths AS
SELECT synrec.fit(synrec.interactions(u, i), synrec.unigrams()) AS model
FROM (SELECT u, CASE WHEN u <= 50 THEN 1 WHEN u <= 80 THEN 2 WHEN u <= 95 THEN 7 WHEN u <= 98 THEN 20 ELSE 60 END AS length FROM generate_series(1, 100) AS u) AS l,
	generate_series(1, length) AS i;
SELECT pg_temp.agrees(array_agg(n ORDER BY length), array_agg(expected ORDER BY length), 'history lengths')
FROM (SELECT length, count(*) AS n FROM (SELECT count(*) AS length FROM lengths, synrec.generate(model, 20000, seed => 4) GROUP BY user_id) AS h GROUP BY length) AS c
	JOIN (VALUES (1, 10000), (2, 6000), (7, 3000), (20, 1000)) AS e (length, expected) USING (length);

-- Most of the catalogue in one history: the way of drawing that rejections end in.
CREATE TABLE nearly_all AS
SELECT synrec.fit(synrec.interactions(u, i), synrec.unigrams()) AS model
FROM generate_series(0, 29) AS u, generate_series(0, 5) AS k, LATERAL (SELECT CASE WHEN k < 4 OR u % 3 > 0 AND k = 4 OR u % 3 = 0 AND k = 5 THEN k END AS i) AS c WHERE i IS NOT NULL;
CREATE TABLE shares AS SELECT i, w / 150.0::float8 AS p FROM (VALUES (0, 30), (1, 30), (2, 30), (3, 30), (4, 20), (5, 10)) AS v (i, w);
-- The one item that a user lacks, by all 720 orders of drawing.
CREATE TABLE lacking AS
WITH RECURSIVE orders (drawn, left_out, chance) AS (
	SELECT '{}'::int[], 1::float8, 1::float8
	UNION ALL SELECT drawn || i, left_out - p, chance * p / left_out FROM orders, shares WHERE i <> ALL (drawn) AND cardinality(drawn) < 5)
SELECT i, sum(chance) AS p FROM orders, shares WHERE cardinality(drawn) = 5 AND i <> ALL (drawn) GROUP BY i;
SELECT pg_temp.agrees(array_agg(n ORDER BY i), array_agg(30000 * p ORDER BY i), 'five items of six')
FROM (SELECT 15 - sum(item_id)::int AS i, count(*) OVER (PARTITION BY sum(item_id)) AS n, row_number() OVER (PARTITION BY sum(item_id)) AS first
	FROM nearly_all, synrec.generate(model, 30000, seed => 5) GROUP BY user_id) AS c JOIN lacking USING (i) WHERE first = 1;

-- Samples: every set of users is as likely as any other, and so is every set of items.
CREATE TABLE ten AS SELECT synrec.interactions(u, i) AS data FROM generate_series(1, 5) AS u, generate_series(1, 5) AS i;
SELECT pg_temp.agrees(array_agg(n), array_agg(1000), 'sample_users: each pair of users') FROM (SELECT count(*) AS n FROM
	(SELECT string_agg(DISTINCT user_id::text, ',') AS pair FROM ten, generate_series(1, 10000) AS seed, synrec.rows(synrec.sample_users(data, 2, seed)) GROUP BY seed) AS s GROUP BY pair) AS c;
SELECT pg_temp.agrees(array_agg(n), array_agg(1000), 'split_users: each pair of users') FROM (SELECT count(*) AS n FROM
	(SELECT string_agg(DISTINCT user_id::text, ',') AS pair FROM ten, generate_series(1, 10000) AS seed, synrec.rows((synrec.split_users(data, 0.4, seed)).train) GROUP BY seed) AS s GROUP BY pair) AS c;
SELECT pg_temp.agrees(array_agg(n), array_agg(1000), 'truncate_histories: each pair of items') FROM (SELECT count(*) AS n FROM
	(SELECT string_agg(item_id::text, ',') AS pair FROM ten, generate_series(1, 2000) AS seed, synrec.rows(synrec.truncate_histories(data, 2, seed)) GROUP BY seed, user_id) AS s GROUP BY pair) AS c;

-- Bigrams, whole histories of two: the second item given the first by the number of users who have both.
CREATE TABLE with_pairs AS
SELECT u, i FROM (SELECT row_number() OVER () AS u, a, b FROM generate_series(1, 6) AS a, generate_series(1, 6) AS b, generate_series(1, (a * b) % 5 * 4) AS n WHERE a < b) AS p, LATERAL (VALUES (a), (b)) AS v (i);
CREATE TABLE together AS SELECT x.i, y.i AS j, count(*)::float8 AS n FROM with_pairs AS x JOIN with_pairs AS y USING (u) WHERE x.i <> y.i GROUP BY x.i, y.i;
CREATE TABLE popularity AS SELECT i, count(*) / sum(count(*)) OVER ()::float8 AS p FROM with_pairs GROUP BY i;
CREATE FUNCTION pg_temp.steps(generator synrec.generator, users bigint) RETURNS TABLE (i bigint, j bigint, n bigint) LANGUAGE sql AS $$
	SELECT before, item_id, count(*) FROM (SELECT item_id, lag(item_id) OVER (PARTITION BY user_id ORDER BY place) AS before
		FROM synrec.generate((SELECT synrec.fit(synrec.interactions(w.u, w.i), generator) FROM with_pairs AS w), users, seed => 6) WITH ORDINALITY AS g (user_id, item_id, place)) AS s
	WHERE before IS NOT NULL GROUP BY 1, 2 $$;
SELECT pg_temp.agrees(array_agg(coalesce(s.n, 0)), array_agg(150000 * p * t.n / row), 'bigrams: steps by pairs') FROM together AS t JOIN popularity USING (i) JOIN (SELECT i, sum(n) AS row FROM together GROUP BY i) AS r USING (i)
	LEFT JOIN pg_temp.steps(synrec.bigrams(1), 150000) AS s USING (i, j);
-- Pairs of fewer than 8 users do not count; with mixing 0.25 a quarter of the steps is by popularity.
SELECT pg_temp.agrees(array_agg(coalesce(s.n, 0)), array_agg(150000 * p * t.n / row), 'bigrams: pairs that enough users have') FROM together AS t JOIN popularity USING (i) JOIN (SELECT i, sum(n) AS row FROM together WHERE n >= 8 GROUP BY i) AS r USING (i)
	LEFT JOIN pg_temp.steps(synrec.bigrams(8), 150000) AS s USING (i, j) WHERE t.n >= 8;
SELECT is(sum(n), 150000::numeric, 'and no others') FROM pg_temp.steps(synrec.bigrams(8), 150000) JOIN together AS t (i, j, users) USING (i, j) WHERE users >= 8;
SELECT pg_temp.agrees(array_agg(coalesce(s.n, 0)), array_agg(150000 * a.p * (0.75 * coalesce(t.n, 0) / row + 0.25 * b.p / (1 - a.p))), 'bigrams: mixed with popularity') FROM popularity AS a JOIN popularity AS b ON b.i <> a.i
	JOIN (SELECT i, sum(n) AS row FROM together GROUP BY i) AS r ON r.i = a.i LEFT JOIN together AS t ON t.i = a.i AND t.j = b.i LEFT JOIN pg_temp.steps(synrec.bigrams(1, 0.25), 150000) AS s ON s.i = a.i AND s.j = b.i;
SELECT pg_temp.agrees(array_agg(coalesce(s.n, 0)), array_agg(150000 * a.p * b.p / (1 - a.p)), 'bigrams: popularity where there are no pairs') FROM popularity AS a JOIN popularity AS b ON b.i <> a.i
	LEFT JOIN pg_temp.steps(synrec.bigrams(1000), 150000) AS s ON s.i = a.i AND s.j = b.i;

-- Clustering: three kinds of 30, 60 and 90 users, each with five of six items of its own, as above.
CREATE TABLE kinds AS
SELECT synrec.fit(synrec.interactions(b * 1000 + n * 30 + u, b * 10 + (k + b) % 6), synrec.clustering(3)) AS model
FROM generate_series(1, 3) AS b, generate_series(1, b) AS n, generate_series(0, 29) AS u, generate_series(0, 5) AS k WHERE k < 4 OR u % 3 > 0 AND k = 4 OR u % 3 = 0 AND k = 5;
SELECT is(d -> 'cluster_sizes', '[90, 60, 30]', 'the kinds are the clusters') FROM kinds, synrec.describe(model) AS d;
SELECT pg_temp.agrees(array_agg(coalesce(n, 0)), array_agg(30000 * kind / 6.0 * p), 'their users have their sizes and their items')
FROM generate_series(1, 3) AS kind CROSS JOIN lacking AS l LEFT JOIN (SELECT b, i, count(*) AS n FROM (SELECT min(item_id) / 10 AS b, ((15 - sum(item_id % 10)) - min(item_id) / 10 + 6) % 6 AS i
	FROM kinds, synrec.generate(model, 30000, seed => 8) GROUP BY user_id HAVING min(item_id) / 10 = max(item_id) / 10) AS u GROUP BY b, i) AS c ON c.b = kind AND c.i = l.i;
-- With one cluster, lengths and items are those of unigrams.
SELECT pg_temp.agrees(array_agg(coalesce(c.n, 0)), array_agg(30000 * p), 'one cluster is unigrams')
FROM lacking AS l LEFT JOIN (SELECT 15 - sum(item_id)::int AS i, count(*) OVER (PARTITION BY sum(item_id)) AS n, row_number() OVER (PARTITION BY sum(item_id)) AS first
	FROM (SELECT synrec.fit(synrec.interactions(u, k), synrec.clustering(1)) AS model FROM generate_series(0, 29) AS u, generate_series(0, 5) AS k WHERE k < 4 OR u % 3 > 0 AND k = 4 OR u % 3 = 0 AND k = 5) AS m,
	synrec.generate(model, 30000, seed => 9) GROUP BY user_id) AS c ON c.i = l.i AND first = 1;

-- Simulated tastes: the items of others tell of mine, unless shuffled; pairs tell more than popularity.  The figures are
-- means over 3,000 users who differ by 0.25 or so: a standard error is 0.005, and what is called greater is so by four at least.
CREATE TABLE simulated AS SELECT policy, synrec.simulate(6000, 300, mean_items => 15, policy => policy, taste => 2, seed => 1) AS data FROM unnest('{popularity,uniform}'::text[]) AS policy;
CREATE TABLE halves AS SELECT policy, s.* FROM simulated, synrec.split_users(data, 0.5, 1) AS s;
CREATE TABLE shuffled AS
SELECT policy, synrec.interactions(user_id, item_id) AS data FROM (SELECT policy, user_id, row_number() OVER (PARTITION BY policy ORDER BY user_id, item_id) AS n FROM halves, synrec.rows(holdout)) AS u
	JOIN (SELECT policy, item_id, row_number() OVER (PARTITION BY policy ORDER BY md5(user_id || ' ' || item_id)) AS n FROM halves, synrec.rows(holdout)) AS i USING (policy, n) GROUP BY policy;
CREATE TABLE attribute AS
SELECT policy, synrec.attribute_identifiability(train, holdout) AS fresh, synrec.attribute_identifiability(train, s.data) AS shuffled,
	synrec.attribute_identifiability(train, synrec.generate_interactions(synrec.fit(holdout, synrec.bigrams()), 3000)) AS bigrams,
	synrec.attribute_identifiability(train, synrec.generate_interactions(synrec.fit(holdout, synrec.unigrams()), 3000)) AS unigrams FROM halves JOIN shuffled AS s USING (policy);
SELECT cmp_ok(fresh, '>', shuffled + 0.1, policy || ': tastes are there to be learnt') FROM attribute ORDER BY policy;
SELECT ok(abs(shuffled - unigrams) < 0.05, policy || ': shuffling leaves popularity') FROM attribute ORDER BY policy;
SELECT cmp_ok(bigrams, '>', unigrams + 0.02, policy || ': pairs tell more than popularity') FROM attribute ORDER BY policy;
SELECT cmp_ok(p.unigrams, '>', u.unigrams + 0.05, 'items shown by popularity are easier to guess by it') FROM attribute AS p, attribute AS u WHERE p.policy = 'popularity' AND u.policy = 'uniform';
SELECT cmp_ok(max(share) FILTER (WHERE policy = 'popularity'), '>', max(share) FILTER (WHERE policy = 'uniform') + 0.03, 'and a tenth of them has more of all')
FROM (SELECT policy, sum(n) FILTER (WHERE place <= 30) / sum(n) AS share FROM (SELECT policy, count(*) AS n, row_number() OVER (PARTITION BY policy ORDER BY count(*) DESC) AS place FROM simulated, synrec.rows(data) GROUP BY policy, item_id) AS c GROUP BY policy) AS s;
-- Without taste nobody's choice says anything about the next: a fresh half is worth what it is worth when shuffled.
SELECT ok(abs(synrec.attribute_identifiability(train, holdout) - synrec.attribute_identifiability(train, synrec.generate_interactions(synrec.fit(holdout, synrec.unigrams()), 3000))) < 0.03, 'taste => 0: nothing to be learnt')
FROM synrec.split_users(synrec.simulate(6000, 300, mean_items => 15, taste => 0, seed => 1), 0.5, 1);
SELECT ok(abs(s.mean_items - 15) < 0.7 AND s.min_items = 1 AND s.max_items <= 150 AND s.users = 6000, policy || ': histories as long as asked for') FROM simulated, synrec.summary(data) AS s ORDER BY policy;

SELECT * FROM finish();
ROLLBACK;
