-- frontier.sql: fractal expansion, evaluate_generators and charts: threads, LIMIT, cancel, rights
BEGIN;
SELECT plan(31);
SET LOCAL search_path = public, synrec;
SET LOCAL client_min_messages = error;

CREATE TABLE sets AS SELECT synrec.simulate(400, 80, 10, taste => 3) AS data, synrec.simulate(30000, 3000, mean_items => 40) AS large;
CREATE TABLE fitted AS
SELECT mode, synrec.fit(data, synrec.fractal_expansion(mode, user_blocks => 4), 1) AS model FROM sets, unnest('{fold,thin,expand}'::text[]) AS mode;

-- The model and user n do not depend on threads; a slice is part of the whole.
SET LOCAL synrec.threads = 1;
CREATE TABLE by_one AS SELECT mode, g.* FROM fitted, synrec.generate(model, 3000, 2) AS g;
SELECT ok(synrec.fit(data, synrec.fractal_expansion(mode, user_blocks => 4), 1) = model, mode || ': the same model again') FROM sets, fitted ORDER BY mode;
SET LOCAL synrec.threads = 4;
SELECT ok(synrec.fit(data, synrec.fractal_expansion(mode, user_blocks => 4), 1) = model, mode || ': the same model by four threads') FROM sets, fitted ORDER BY mode;
SELECT is_empty(format('(SELECT user_id, item_id FROM by_one WHERE mode = %1$L EXCEPT SELECT * FROM generate((SELECT model FROM fitted WHERE mode = %1$L), 3000, 2))
	UNION ALL (SELECT * FROM generate((SELECT model FROM fitted WHERE mode = %1$L), 3000, 2) EXCEPT SELECT user_id, item_id FROM by_one WHERE mode = %1$L)', mode),
	mode || ': the same users by four threads') FROM fitted ORDER BY mode;
SELECT is((SELECT count(*) FROM synrec.generate(model, 100, 2, n)), (SELECT count(*) FROM by_one AS o WHERE o.mode = f.mode AND user_id BETWEEN n AND n + 99), mode || ', users from ' || n)
FROM fitted AS f, unnest('{1,390,2801}'::bigint[]) AS n ORDER BY mode, n;

-- Every row of blocks has as many interactions as the one four rows later: their rates are the same.
SELECT is((SELECT count(*) FROM by_one WHERE mode = 'expand' AND user_id <= 400), (SELECT count(*) FROM by_one WHERE mode = 'expand' AND user_id BETWEEN 1601 AND 2000), 'rates begin again');
SELECT isnt((SELECT array_agg(item_id ORDER BY item_id) FROM by_one WHERE mode = 'expand' AND user_id <= 400), (SELECT array_agg(item_id ORDER BY item_id) FROM by_one WHERE mode = 'expand' AND user_id BETWEEN 1601 AND 2000), 'with other items');

-- Thinned at the greatest rate, the data is nearly all there.
SELECT cmp_ok(synrec.membership_identifiability(data, synrec.generate_interactions(synrec.fit(data, synrec.fractal_expansion('thin', 1)), 400)), '>', 0.9::float8, 'thin gives people away') FROM sets;

-- LIMIT pays for what it takes; a cancel is answered.
SET LOCAL statement_timeout = '2s';
SELECT is(count(*), 3::bigint, 'three rows of 10^15 users') FROM (SELECT synrec.generate(model, 1000000000000000) FROM fitted WHERE mode = 'expand' LIMIT 3) AS s;
SET LOCAL statement_timeout = 0;
CREATE FUNCTION pg_temp.cancelled(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'not cancelled';
EXCEPTION WHEN query_canceled THEN
	RETURN CASE WHEN clock_timestamp() - statement_timestamp() < current_setting('statement_timeout')::interval + '400 ms' THEN SQLSTATE
		ELSE 'cancelled after ' || (clock_timestamp() - statement_timestamp()) END;
END $$;
SET LOCAL synrec.threads = 2;
SET LOCAL statement_timeout = '50ms';
SELECT is(pg_temp.cancelled('SELECT synrec.fit(large, synrec.fractal_expansion()) FROM sets'), '57014', 'fit of a fold');
SELECT is(pg_temp.cancelled('SELECT synrec.fit(large, synrec.fractal_expansion($$expand$$, 1000, 1000)) FROM sets'), '57014', 'fit of an expansion');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM fitted, synrec.generate(model, 1000000000000) WHERE mode = $$expand$$'), '57014', 'generate from an expansion');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM sets, synrec.projection(large, large)'), '57014', 'projection');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM sets, synrec.evaluate_generators(large)'), '57014', 'evaluate_generators, in the originals');
SET LOCAL statement_timeout = '1500ms';
SELECT is(pg_temp.cancelled('SELECT synrec.fit(large, synrec.fractal_expansion(user_blocks => 3000)) FROM sets'), '57014', 'fit of a fold, later');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM synrec.evaluate_generators(synrec.simulate(5000, 200, 10), ARRAY[synrec.unigrams(), synrec.clustering(k => 300, starts => 1000, rounds => 10000)], options => $${"runs": 2, "recommenders": [{"method": "top_popular"}, {"method": "svd"}]}$$)'),
	'57014', 'evaluate_generators, in a generator');
SET LOCAL statement_timeout = 0;
RESET synrec.threads;

-- What a text names is read with the rights of the caller.
CREATE TABLE secret (name text, membership float8, realism float8, membership_reference float8, realism_reference float8);
CREATE ROLE synrec_test_reader;
SET LOCAL ROLE synrec_test_reader;
SELECT throws_ok($$SELECT synrec.frontier_chart('public.secret')$$, '42501');
RESET ROLE;
SELECT throws_ok($$SELECT synrec.frontier_chart('SELECT * FROM secret; DROP TABLE secret')$$, '42601');

SELECT * FROM finish();
ROLLBACK;
