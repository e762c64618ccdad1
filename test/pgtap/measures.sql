-- measures.sql: the measures against their definitions, computed again in plain SQL
BEGIN;
SELECT plan(41);
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = public, synrec;

-- Random sets in which users often tie: 40 original users, 12 to 60 synthetic ones, few items.
-- Items above 12 are only synthetic, item 0 only original.
CREATE TABLE original AS
SELECT s, u AS user_id, i AS item_id FROM generate_series(1, 6) AS s, generate_series(1, 40) AS u, generate_series(0, 12) AS i
WHERE hashtext(format('o %s %s %s', s, u, i)) % 100 BETWEEN -22 AND 22 OR u % 13 = i;
CREATE TABLE synthetic AS
SELECT s, u AS user_id, i AS item_id FROM generate_series(1, 6) AS s, generate_series(1, s * 10) AS u, generate_series(1, 15) AS i
WHERE hashtext(format('s %s %s %s', s, u, i)) % 100 BETWEEN -22 AND 22 OR u % 15 + 1 = i;
CREATE TABLE sets AS
SELECT s, o AS original, y AS synthetic FROM (SELECT s, synrec.interactions(user_id, item_id) AS o FROM original GROUP BY s) AS a
	JOIN (SELECT s, synrec.interactions(user_id, item_id) AS y FROM synthetic GROUP BY s) AS b USING (s);

-- Weights in units of 2^-40, and per pair of users what they share, in items and in weight.
CREATE TABLE weights AS
SELECT s, item_id, round(2.0 ^ 40 / ln(1 + greatest(count(user_id) FILTER (WHERE mine), 1)::float8))::bigint AS w
FROM (SELECT *, true AS mine FROM original UNION ALL SELECT *, false FROM synthetic) AS r GROUP BY s, item_id;
CREATE TABLE heavy AS
SELECT s, mine, user_id, count(*) AS length, sum(w)::bigint AS w FROM (SELECT *, true AS mine FROM original UNION ALL SELECT *, false FROM synthetic) AS r JOIN weights USING (s, item_id) GROUP BY s, mine, user_id;
CREATE TABLE shared AS
SELECT s, u.user_id AS u, v.user_id AS v, u.w AS uw, v.w AS vw, v.length, total,
	coalesce((SELECT sum(w) FROM original AS o JOIN synthetic AS y USING (s, item_id) JOIN weights USING (s, item_id) WHERE s = u.s AND o.user_id = u.user_id AND y.user_id = v.user_id), 0)::bigint AS bw,
	(SELECT count(*) FROM original AS o JOIN synthetic AS y USING (s, item_id) WHERE s = u.s AND o.user_id = u.user_id AND y.user_id = v.user_id) AS common
FROM heavy AS u JOIN heavy AS v USING (s) JOIN (SELECT s, sum(w)::bigint AS total FROM weights GROUP BY s) AS t USING (s) WHERE u.mine AND NOT v.mine;
CREATE FUNCTION pg_temp.cell(joint float8, a float8, b float8) RETURNS float8 LANGUAGE sql RETURN CASE WHEN joint < 1e-15 THEN 0 ELSE joint * ln(joint / (a * b)) END;
CREATE TABLE informed AS
SELECT s, u, v, row_number() OVER (PARTITION BY s, u ORDER BY common DESC, length, v) AS place, common, length,
	pg_temp.cell(bw / t, uw / t, vw / t) + pg_temp.cell((uw - bw) / t, uw / t, 1 - vw / t) + pg_temp.cell((vw - bw) / t, 1 - uw / t, vw / t)
		+ pg_temp.cell((total - uw - vw + bw) / t, 1 - uw / t, 1 - vw / t) AS information
FROM (SELECT *, total::float8 AS t FROM shared) AS p;
SELECT ok(count(*) > 100, 'neighbours tie in items and length, at the border too') FROM informed AS a JOIN informed AS b USING (s, u, common, length) WHERE a.place = 5 AND b.place = 6;
CREATE FUNCTION pg_temp.by_hand(n int, which int) RETURNS float8 LANGUAGE sql
	RETURN (SELECT avg(mean) FROM (SELECT avg(information) AS mean FROM informed WHERE s = which AND place <= n GROUP BY u) AS m);
SELECT ok(abs(synrec.deanonymization_identifiability(original, synthetic, n) - pg_temp.by_hand(n, s)) < 1e-10, format('de-anonymization of set %s, %s neighbours', s, n))
FROM sets, unnest(ARRAY[1, 5, 50]) AS n WHERE s IN (1, 3, 6) ORDER BY s, n;
SELECT ok(abs(synrec.deanonymization_identifiability(original, synthetic, 5) - pg_temp.by_hand(6, s)) > 1e-6, 'a neighbour more is another figure') FROM sets WHERE s = 3;
SELECT ok(abs(synrec.deanonymization_identifiability(original, synthetic) - pg_temp.by_hand(50, s)) < 1e-10, '50 neighbours by default') FROM sets WHERE s = 6;

-- Attribute: EASE by Gauss and Jordan, for every item that could be held out.
CREATE FUNCTION pg_temp.inverse(a float8[], n int) RETURNS float8[] LANGUAGE plpgsql AS $$
DECLARE
	b float8[] := (SELECT array_agg(row) FROM (SELECT array_agg((i = j)::int::float8 ORDER BY j) AS row FROM generate_series(1, n) AS i, generate_series(1, n) AS j GROUP BY i ORDER BY i) AS r);
	f float8;
BEGIN
	FOR p IN 1 .. n LOOP
		f := a[p][p];
		FOR j IN 1 .. n LOOP a[p][j] := a[p][j] / f; b[p][j] := b[p][j] / f; END LOOP;
		FOR i IN 1 .. n LOOP
			f := a[i][p];
			CONTINUE WHEN i = p OR f = 0;
			FOR j IN 1 .. n LOOP a[i][j] := a[i][j] - f * a[p][j]; b[i][j] := b[i][j] - f * b[p][j]; END LOOP;
		END LOOP;
	END LOOP;
	RETURN b;
END $$;
CREATE TABLE ease AS
SELECT i, j, CASE WHEN i = j THEN 0 ELSE -p[i][j] / p[j][j] END AS b FROM generate_series(1, 15) AS i, generate_series(1, 15) AS j,
	(SELECT pg_temp.inverse((SELECT array_agg(row) FROM (SELECT array_agg((SELECT count(*)::float8 FROM synthetic AS x JOIN synthetic AS y USING (s, user_id) WHERE s = 6 AND x.item_id = i AND y.item_id = j) + 7 * (i = j)::int ORDER BY j) AS row
		FROM generate_series(1, 15) AS i, generate_series(1, 15) AS j GROUP BY i ORDER BY i) AS r), 15) AS p) AS q;
-- Users of 3 to 9 items hold out one: by item, how many others score more.  Two are known, so that something is left to guess from.
CREATE TABLE candidates AS
SELECT h.user_id, h.item_id AS held, e.j, sum(e.b) AS score FROM original AS h JOIN original AS o USING (s, user_id) JOIN ease AS e ON e.i = o.item_id
WHERE s = 6 AND o.item_id <> h.item_id AND NOT EXISTS (SELECT FROM original AS x WHERE x.s = 6 AND x.user_id = h.user_id AND x.item_id = e.j AND x.item_id <> h.item_id)
GROUP BY h.user_id, h.item_id, e.j;
CREATE TABLE outcomes AS
SELECT o.user_id, o.item_id AS held, count(c.j) FILTER (WHERE c.score > own.score) AS before, own.score IS NOT NULL AS known, coalesce(min(abs(c.score - own.score)), 1) AS gap
FROM original AS o LEFT JOIN candidates AS own ON own.user_id = o.user_id AND own.held = o.item_id AND own.j = o.item_id
	LEFT JOIN candidates AS c ON c.user_id = o.user_id AND c.held = o.item_id AND c.j <> o.item_id
WHERE s = 6 AND o.user_id IN (SELECT user_id FROM original WHERE s = 6 GROUP BY user_id HAVING count(*) BETWEEN 3 AND 9 AND count(*) FILTER (WHERE item_id > 0) > 1) GROUP BY o.user_id, o.item_id, own.score;
SELECT ok(count(*) > 100 AND min(gap) > 1e-9 AND bool_or(NOT known), 'there is much to hold out, of different scores, some of it unknown') FROM outcomes;
-- Users for whom it does not matter which one is held out: the figure is exact.
CREATE TABLE certain AS
SELECT cutoff, array_agg(user_id) AS users, avg(hit::int) AS recall
FROM (SELECT cutoff, user_id, bool_and(known AND before < cutoff) AS hit, bool_or(known AND before < cutoff) AS sometimes FROM outcomes, unnest(ARRAY[1, 2, 4, 8, 11]) AS cutoff GROUP BY cutoff, user_id) AS o
WHERE hit = sometimes GROUP BY cutoff;
SELECT ok(count(*) = 5 AND min(cardinality(users)) > 5 AND min(recall) < 0.2 AND max(recall) > 0.5, 'hits and misses') FROM certain;
SELECT ok(bool_and(abs(synrec.attribute_identifiability(measured, synthetic, cutoff, 7, seed) - recall) < 1e-10), 'attribute, cutoff ' || cutoff)
FROM (SELECT c.*, (SELECT synrec.interactions(user_id, item_id) FROM original WHERE s = 6 AND user_id = ANY (users)) AS measured FROM certain AS c) AS c, sets, generate_series(1, 20) AS seed WHERE s = 6 GROUP BY cutoff ORDER BY cutoff;
-- All of them: the mean over seeds, within 5 standard errors (false alarm: once in a million).
SELECT ok(abs(avg(a) - expected) < 5 * stddev(a) / sqrt(400) AND stddev(a) > 0, 'attribute, on average over what is held out, cutoff ' || cutoff)
FROM unnest(ARRAY[1, 3]) AS cutoff, LATERAL (SELECT avg(hit) AS expected FROM (SELECT avg((known AND before < cutoff)::int) AS hit FROM outcomes GROUP BY user_id) AS u) AS e,
	(SELECT synrec.interactions(user_id, item_id) AS measured FROM original WHERE s = 6 AND user_id IN (SELECT user_id FROM outcomes)) AS m, sets, generate_series(1, 400) AS seed,
	LATERAL (SELECT synrec.attribute_identifiability(measured, synthetic, cutoff, 7, seed) AS a) AS f WHERE s = 6 GROUP BY cutoff, expected ORDER BY cutoff;

-- With the whole catalogue recommended, whatever is known is found. 30 users know it all, 10 nothing but items of their own.
CREATE TABLE strange AS
SELECT synrec.interactions(u, CASE WHEN u <= 30 THEN 0 ELSE 100 END + (u + i) % 15 + 1) AS data FROM generate_series(1, 40) AS u, generate_series(1, 2 + 10) AS i WHERE i <= 2 + u % 11;
SELECT is(synrec.attribute_identifiability(data, synthetic, n, 7), 0.75::float8, format('the known share, cutoff %s', n)) FROM strange, sets, unnest(ARRAY[15, 1000]) AS n WHERE s = 6;
SELECT is(synrec.attribute_identifiability(o, synthetic, 15), 1::float8, 'all of it when all is known')
FROM sets, (SELECT synrec.interactions(user_id, item_id) AS o FROM original WHERE s = 6 AND item_id > 0) AS k WHERE s = 6;
-- By hand: a tells of b, c of d. {a,b} is found out; {a,c} is not; {e,f}: nobody knows e and f.
SELECT is(synrec.attribute_identifiability((SELECT synrec.interactions(u, i) FROM (VALUES (1, 'a'), (1, 'b'), (2, 'a'), (2, 'c'), (3, 'e'), (3, 'f'), (4, 'c'), (4, 'd')) AS v (u, i)), y, 1, lambda), 0.5::float8, 'by hand, lambda ' || lambda)
FROM (SELECT synrec.interactions(u, i) AS y FROM (VALUES (1, 'a'), (1, 'b'), (2, 'a'), (2, 'b'), (3, 'c'), (3, 'd')) AS v (u, i)) AS t, unnest(ARRAY[0.5, 500]) AS lambda;

-- identifiability: the single functions, and the same with fresh people. 300 original, 150 fresh, 150 and 300 synthetic users.
CREATE TABLE shop AS SELECT user_id, item_id FROM synrec.rows(synrec.simulate(450, 100, mean_items => 8, seed => 3));
CREATE TABLE release AS
SELECT o, f, synrec.generate_interactions(m, 150, 5) AS y, synrec.generate_interactions(m, 300, 5) AS yy
FROM (SELECT synrec.interactions(user_id, item_id) FILTER (WHERE user_id <= 300) AS o, synrec.interactions(user_id, item_id) FILTER (WHERE user_id > 300) AS f FROM shop) AS d, synrec.fit(o, synrec.clustering(10)) AS m;
CREATE FUNCTION pg_temp.single(measure text, o synrec.interactions, y synrec.interactions, seed bigint = 0) RETURNS float8 LANGUAGE sql
	RETURN CASE measure WHEN 'membership' THEN synrec.membership_identifiability(o, y) WHEN 'deanonymization' THEN synrec.deanonymization_identifiability(o, y) ELSE synrec.attribute_identifiability(o, y, seed => seed) END;
SELECT ok(count(*) = 3 AND bool_and(value = pg_temp.single(measure, o, y) AND reference = pg_temp.single(measure, o, f) AND abs(lift - value / reference) < 1e-12), 'identifiability: values, references, lifts')
FROM release, synrec.identifiability(o, y, f) AS i;
SELECT ok(count(*) = 3 AND bool_and(value = pg_temp.single(measure, o, y, 9)), 'values do not depend on the holdout; seeds go along') FROM release, synrec.identifiability(o, y, seed => 9) AS i;
SELECT ok(bool_and(value = pg_temp.single(measure, o, yy) AND reference = pg_temp.single(measure, o, f)) AND bool_and(abs(lift - value / reference) > 1e-6), 'more synthetic than fresh users: the lift is of fewer') FROM release, synrec.identifiability(o, yy, f) AS i;
SELECT ok(abs(lift * reference - avg(a)) < 5 * stddev(a) AND (measure <> 'membership' OR abs(value - avg(a)) > 5 * stddev(a)), measure || ': of as many as there are fresh ones')
FROM release, synrec.identifiability(o, yy, f) AS i, generate_series(1, 30) AS seed, LATERAL (SELECT pg_temp.single(measure, o, synrec.sample_users(yy, 150, 100 + seed)) AS a) AS s
GROUP BY measure, value, reference, lift ORDER BY measure;
SELECT ok(bool_and(reference = pg_temp.single(measure, train, holdout, 4) AND abs(lift - pg_temp.single(measure, train, y, 4) / reference) < 1e-12), 'without a holdout: one half against the other')
FROM release, synrec.split_users(o, 0.5, 4), synrec.identifiability(o, y, seed => 4) AS i;
SELECT ok(bool_and(a.reference = b.reference AND a.lift = b.lift AND a.reference <> c.reference AND (a.measure = 'attribute' OR a.value = c.value)), 'the same halves by the same seed')
FROM release, synrec.identifiability(o, y, seed => 4) AS a JOIN LATERAL synrec.identifiability(o, y, seed => 4) AS b USING (measure) JOIN LATERAL synrec.identifiability(o, y, seed => 5) AS c USING (measure);
SELECT ok(value = 1 AND reference < 0.9 AND lift > 1.2, 'a copy of the originals, with a holdout') FROM release, synrec.identifiability(o, o, f) WHERE measure = 'membership';
SELECT ok(value = 1 AND reference < 0.9 AND lift > 1.2, 'and without') FROM release, synrec.identifiability(o, o) WHERE measure = 'membership';
SELECT ok(lift = 1 AND value = reference, measure || ': fresh people against themselves') FROM release, synrec.identifiability(o, f, f) ORDER BY measure;
SELECT set_eq($$SELECT * FROM synrec.identifiability('SELECT * FROM shop WHERE user_id <= 300', 'SELECT * FROM shop WHERE user_id <= 150', 'SELECT * FROM shop WHERE user_id > 300', 3, '{"cutoff": 4, "k": 2}')$$,
	$$SELECT i.* FROM release, synrec.identifiability(o, (SELECT synrec.interactions(user_id, item_id) FROM shop WHERE user_id <= 150), f, 3, '{"cutoff": 4, "k": 2}') AS i$$, 'texts and values');

-- Sources are read with the caller's rights.
CREATE ROLE synrec_test_auditor;
GRANT SELECT ON shop TO synrec_test_auditor;
ALTER TABLE shop ENABLE ROW LEVEL SECURITY;
CREATE POLICY hundred ON shop FOR SELECT TO synrec_test_auditor USING (user_id <= 100);
CREATE TABLE seen (measure text, value float8);
GRANT INSERT ON seen TO synrec_test_auditor;
SET LOCAL ROLE synrec_test_auditor;
INSERT INTO seen SELECT measure, value FROM synrec.identifiability('shop', 'SELECT user_id, item_id + 1 AS item_id FROM shop');
INSERT INTO seen SELECT 'deanonymization', synrec.deanonymization_identifiability('shop', 'SELECT user_id, item_id + 1 AS item_id FROM shop');
INSERT INTO seen SELECT 'attribute', synrec.attribute_identifiability('shop', 'SELECT user_id, item_id + 1 AS item_id FROM shop');
RESET ROLE;
SELECT ok(count(*) = 5 AND bool_and(value = pg_temp.single(measure, o, y)), 'policies hide rows from the measures')
FROM seen, (SELECT synrec.interactions(user_id, item_id) AS o, synrec.interactions(user_id, item_id + 1) AS y FROM shop WHERE user_id <= 100) AS v;

SELECT * FROM finish();
ROLLBACK;
