-- streaming.sql: work ends when nobody wants more of it: LIMIT, cancel
BEGIN;
SELECT plan(63);
SET LOCAL client_min_messages = warning;

CREATE TABLE sets AS
SELECT synrec.simulate(30000, 3000, mean_items => 40) AS data, synrec.simulate(50, 50) AS small;
CREATE TABLE fitted AS SELECT synrec.fit(data, synrec.unigrams()) AS model FROM sets;
CREATE TABLE shop (user_id text, item_id int);

-- LIMIT in a select list pays for what it takes.
SET LOCAL statement_timeout = '2s';
SELECT is(count(*), 3::bigint, 'three rows of 10^9 users') FROM (SELECT synrec.generate(model, 1000000000) FROM fitted LIMIT 3) AS s;
SELECT is(count(*), 3::bigint, 'three typed rows of 10^9 users') FROM (SELECT synrec.generate(NULL::shop, model, 1000000000) FROM fitted LIMIT 3) AS s;
SELECT is(count(*), 3::bigint, 'and from the middle') FROM (SELECT synrec.generate(model, 1000000000, first_user => 500000000) FROM fitted LIMIT 3) AS s;
SELECT is(count(*), 5::bigint, 'a model given by a subquery')
FROM (SELECT synrec.generate((SELECT model FROM fitted), 1000000000) LIMIT 5) AS s;
DECLARE endless CURSOR FOR SELECT synrec.generate(model, 1000000000) FROM fitted;
MOVE FORWARD 10000 IN endless;
SELECT pass('a cursor over 10^9 users');
CLOSE endless;
SET LOCAL statement_timeout = 0;

-- A cancel is answered.  Each statement would run for seconds at least; it is cancelled
-- after 50 ms and has to end, with 57014, within 400 ms: four times what we promise,
-- for machines that are busy with something else.
CREATE FUNCTION pg_temp.cancelled(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'not cancelled';
EXCEPTION WHEN query_canceled THEN
	RETURN CASE WHEN clock_timestamp() - statement_timestamp() < '450 ms' THEN SQLSTATE
		ELSE 'cancelled after ' || (clock_timestamp() - statement_timestamp()) END;
END $$;
CREATE TABLE large AS SELECT synrec.simulate(200000, 20000, mean_items => 50) AS data;
ALTER TABLE large ALTER data SET STORAGE external;
SET LOCAL synrec.threads = 2;
SET LOCAL statement_timeout = '50ms';
SELECT is(pg_temp.cancelled('SELECT count(*) FROM fitted, synrec.generate(model, 1000000000)'), '57014', 'generate in FROM');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM (SELECT synrec.generate(model, 1000000000) FROM fitted) AS s'), '57014', 'generate in a select list');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM fitted, synrec.generate(NULL::shop, model, 1000000000)'), '57014', 'generate, typed');
SELECT is(pg_temp.cancelled('SELECT synrec.generate_interactions(model, 4000000) FROM fitted'), '57014', 'generate_interactions');
SELECT is(pg_temp.cancelled('SELECT synrec.simulate(10000000, 1000)'), '57014', 'simulate');
SELECT is(pg_temp.cancelled('SELECT synrec.interactions(n, n % 1000) FROM generate_series(1, 20000000) AS n'), '57014', 'interactions');
SELECT is(pg_temp.cancelled($$SELECT synrec.read('SELECT n AS user_id, n % 1000 AS item_id FROM generate_series(1, 20000000) AS n')$$), '57014', 'read');
SELECT is(pg_temp.cancelled('SELECT synrec.membership_identifiability(data, data) FROM large'), '57014', 'membership by two threads');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM large, synrec.membership_ranks(data, data)'), '57014', 'membership_ranks by two threads');
SET LOCAL synrec.threads = 1;
SELECT is(pg_temp.cancelled('SELECT synrec.membership_identifiability(data, data) FROM large'), '57014', 'membership by one thread');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM fitted, synrec.generate(model, 1000000000)'), '57014', 'generate by one thread');
SELECT is(pg_temp.cancelled('SELECT synrec.merge(data) FROM large, generate_series(1, 100)'), '57014', 'merge');
SELECT is(pg_temp.cancelled('SELECT synrec.fit(data, synrec.unigrams()) FROM large, generate_series(1, 1000) AS n WHERE synrec.fit(data, synrec.unigrams(), n) IS NULL'), '57014', 'fit');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM large, synrec.rows(data), generate_series(1, 100)'), '57014', 'rows');
SET LOCAL statement_timeout = 0;

-- Shorter work on 10 million interactions: it may end before the cancel, but not go on long after it.
CREATE FUNCTION pg_temp.in_time(statement text) RETURNS boolean LANGUAGE sql
	RETURN pg_temp.cancelled(statement) IN ('57014', 'not cancelled');
SET LOCAL statement_timeout = '50ms';
SELECT ok(pg_temp.in_time('SELECT data OPERATOR(synrec.||) data FROM large'), '||');
SELECT ok(pg_temp.in_time('SELECT synrec.sample_users(data, 100000) FROM large'), 'sample_users');
SELECT ok(pg_temp.in_time('SELECT synrec.split_users(data) FROM large'), 'split_users');
SELECT ok(pg_temp.in_time('SELECT synrec.truncate_histories(data, 10) FROM large'), 'truncate_histories');
SELECT ok(pg_temp.in_time('SELECT synrec.filter_histories(data, 40, 400) FROM large'), 'filter_histories');
SELECT ok(pg_temp.in_time('SELECT synrec.summary(data) FROM large'), 'summary');
SELECT ok(pg_temp.in_time('SELECT data OPERATOR(synrec.=) data FROM large'), '=');
SET LOCAL statement_timeout = 0;

-- The measures, the other generators, long histories; where it can be, in the middle of the work too.
CREATE TABLE catalogue AS SELECT synrec.simulate(20000, 4000, mean_items => 20, zipf => 0.1, policy => 'uniform', seed => 1) AS data;
CREATE TABLE catalogue_models AS SELECT synrec.fit(data, synrec.bigrams()) AS model FROM catalogue;
CREATE TABLE catalogue_nets AS SELECT synrec.fit(synrec.sample_users(data, 1000), synrec.vae('prior', hidden => 100, code => 20, epochs => 1)) AS model FROM catalogue;
CREATE FUNCTION pg_temp.cancelled_late(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN CASE WHEN clock_timestamp() - statement_timestamp() < current_setting('statement_timeout')::interval THEN 'done before' ELSE 'not cancelled' END;
EXCEPTION WHEN query_canceled THEN
	RETURN CASE WHEN clock_timestamp() - statement_timestamp() < current_setting('statement_timeout')::interval + '400 ms' THEN SQLSTATE
		ELSE 'cancelled after ' || (clock_timestamp() - statement_timestamp()) END;
END $$;
SELECT ok((synrec.summary(data)).items > 3900, 'a catalogue of some 4,000 items') FROM catalogue;
SET LOCAL synrec.threads = 2;
SET LOCAL statement_timeout = '50ms';
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.clustering(50)) FROM large'), '57014', 'clustering, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.clustering(2000, 1)) FROM large'), '57014', 'clustering, many clusters, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.bigrams()) FROM large'), '57014', 'bigrams, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.vae()) FROM catalogue'), '57014', 'vae, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.deanonymization_identifiability(data, data) FROM large'), '57014', 'de-anonymization, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.attribute_identifiability(data, data) FROM catalogue'), '57014', 'attribute, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT count(*) FROM large, synrec.identifiability(data, data)'), '57014', 'identifiability, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT count(*) FROM catalogue, synrec.identifiability(data, data, data)'), '57014', 'identifiability of a large catalogue, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.assert_release(data, data, max_lift => 1) FROM large'), '57014', 'assert_release, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.simulate(2000, 20000, mean_items => 8000)'), '57014', 'simulate, long histories, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.simulate(10, 10000000, topics => 4)'), '57014', 'simulate, many items, after 50 ms');
SELECT is(pg_temp.cancelled_late('SELECT count(*) FROM catalogue_models, synrec.generate(model, 1000000000)'), '57014', 'generate from bigrams, after 50 ms');
SET LOCAL statement_timeout = '200ms';
SELECT is(pg_temp.cancelled_late('SELECT synrec.attribute_identifiability(data, data) FROM catalogue'), '57014', 'attribute, after 200 ms');
SET LOCAL statement_timeout = '400ms';
SELECT is(pg_temp.cancelled_late('SELECT synrec.attribute_identifiability(data, data) FROM catalogue'), '57014', 'attribute, after 400 ms');
SET LOCAL statement_timeout = '500ms';
SELECT is(pg_temp.cancelled_late('SELECT synrec.simulate(2000, 20000, mean_items => 8000)'), '57014', 'simulate, long histories, after 500 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.simulate(10, 10000000, topics => 4)'), '57014', 'simulate, many items, after 500 ms');
SET LOCAL statement_timeout = '600ms';
SELECT matches(pg_temp.cancelled_late('SELECT synrec.attribute_identifiability(data, data) FROM catalogue'), '^(57014|done before)$', 'attribute, after 600 ms');
SET LOCAL statement_timeout = '700ms';
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.clustering(2000, 1)) FROM large'), '57014', 'clustering, many clusters, after 700 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.bigrams()) FROM large'), '57014', 'bigrams, after 700 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.deanonymization_identifiability(data, data) FROM large'), '57014', 'de-anonymization, after 700 ms');
SET LOCAL statement_timeout = '800ms';
SELECT matches(pg_temp.cancelled_late('SELECT synrec.attribute_identifiability(data, data) FROM catalogue'), '^(57014|done before)$', 'attribute, after 800 ms');
SET LOCAL statement_timeout = '1000ms';
SELECT matches(pg_temp.cancelled_late('SELECT synrec.attribute_identifiability(data, data) FROM catalogue'), '^(57014|done before)$', 'attribute, after 1000 ms');
SELECT is(pg_temp.cancelled_late('SELECT count(*) FROM catalogue, synrec.identifiability(data, data, data)'), '57014', 'identifiability of a large catalogue, after 1000 ms');
SET LOCAL statement_timeout = '1300ms';
SELECT matches(pg_temp.cancelled_late('SELECT synrec.attribute_identifiability(data, data) FROM catalogue'), '^(57014|done before)$', 'attribute, after 1300 ms');
SET LOCAL statement_timeout = '1500ms';
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.clustering(50)) FROM large'), '57014', 'clustering, after 1500 ms');
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.vae()) FROM catalogue'), '57014', 'vae, after 1500 ms');
SELECT is(pg_temp.cancelled_late('SELECT count(*) FROM catalogue_nets, synrec.generate(model, 1000000000)'), '57014', 'generate from vae, after 1500 ms');
SET LOCAL synrec.threads = 1;
SET LOCAL statement_timeout = '50ms';
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.clustering(50)) FROM large'), '57014', 'clustering by one thread');
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.bigrams()) FROM large'), '57014', 'bigrams by one thread');
SELECT is(pg_temp.cancelled_late('SELECT synrec.fit(data, synrec.vae()) FROM catalogue'), '57014', 'vae by one thread');
SELECT is(pg_temp.cancelled_late('SELECT synrec.deanonymization_identifiability(data, data) FROM large'), '57014', 'de-anonymization by one thread');
SELECT is(pg_temp.cancelled_late('SELECT synrec.attribute_identifiability(data, data) FROM catalogue'), '57014', 'attribute by one thread');
SELECT is(pg_temp.cancelled_late('SELECT count(*) FROM large, synrec.identifiability(data, data)'), '57014', 'identifiability by one thread');
SET LOCAL statement_timeout = '900ms';
SELECT matches(pg_temp.cancelled_late('SELECT synrec.attribute_identifiability(data, data) FROM catalogue'), '^(57014|done before)$', 'attribute by one thread, after 900 ms');
SET LOCAL statement_timeout = 0;

-- And nothing is broken afterwards.
SELECT is((SELECT count(*) FROM fitted, synrec.generate(model, 10)), (SELECT count(*) FROM (SELECT synrec.generate(model, 10) FROM fitted) AS s),
	'the session goes on');
SELECT ok(synrec.membership_identifiability(small, small) = 1, 'threads can be made again') FROM sets;

SELECT * FROM finish();
ROLLBACK;
