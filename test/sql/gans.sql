-- gans.sql: time_gan, identity_gan and search_generators
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

-- Three kinds of users, 303 of them; small nets of every kind.
CREATE TEMP TABLE kinds AS
SELECT DISTINCT u AS user_id, u % 3 * 15 + (u * 7 + i * (i + 1) / 2) % 15 AS item_id, i AS at
FROM generate_series(1, 303) AS u, generate_series(1, 3 + u % 4) AS i;
CREATE TEMP TABLE variants (name text, generator jsonb);
INSERT INTO variants
SELECT concat_ws(', ', method, sampler, CASE WHEN sampler = 'gan' THEN loss END, decoder),
	jsonb_build_object('method', method, 'sampler', sampler, 'loss', loss, 'decoder', decoder, 'code', 4, 'steps', 5, 'epochs', 4, 'decoder_units', 16,
		'encoder_units', 8, 'sampler_steps', 30, 'sampler_units', 16, 'components', 3)
FROM (VALUES ('time_gan', 'gan', 'wgan_gp', 'gru'), ('time_gan', 'gan', 'r_gan', 'dense'), ('time_gan', 'mixture', 'wgan_gp', 'gru'), ('time_gan', 'flow', 'wgan_gp', 'dense'),
	('identity_gan', 'gan', 'wgan_gp', 'dense'), ('identity_gan', 'mixture', 'wgan_gp', 'dense'), ('identity_gan', 'flow', 'wgan_gp', 'gru')) AS v (method, sampler, loss, decoder);
CREATE TEMP TABLE fitted AS
SELECT name, data, generator, synrec.fit(data, generator::synrec.generator, 11) AS model
FROM (SELECT synrec.interactions(user_id, item_id) AS data FROM kinds) AS d, variants;
CREATE TEMP TABLE made AS SELECT name, g.* FROM fitted, synrec.generate(model, 500, 42) AS g;

-- What was asked for.
SELECT name, min(user_id) AS first, max(user_id) AS last, count(DISTINCT user_id) AS users,
	count(*) = count(DISTINCT (user_id, item_id)) AS "no item twice", bool_and(item_id IN (SELECT item_id FROM kinds)) AS "items that there are",
	NOT EXISTS (SELECT count(*) FROM made WHERE name = m.name GROUP BY user_id EXCEPT SELECT count(DISTINCT item_id) FROM kinds GROUP BY user_id) AS "lengths that there are"
FROM made AS m GROUP BY name ORDER BY name;
SELECT name, bool_and(s.slice = whole.slice) AS "the same in slices"
FROM fitted AS f, (VALUES (1, 1), (1, 63), (63, 2), (64, 64), (65, 1), (100, 400), (499, 2)) AS v (first, n),
	LATERAL (SELECT synrec.generate_interactions(model, n, 42, first) AS slice) AS s,
	LATERAL (SELECT synrec.interactions(user_id, item_id) AS slice FROM made WHERE made.name = f.name AND user_id >= first AND user_id < first + n) AS whole
GROUP BY name ORDER BY name;
SELECT name, synrec.generate_interactions(model, 500, 42) <> synrec.generate_interactions(model, 500, 43) AS "other seed, other users",
	synrec.fit(data, generator::synrec.generator, 11) = model AS "fitted again", synrec.fit(data, generator::synrec.generator, 12) <> model AS "another seed of the fit",
	model::text::synrec.model = model AS "printed and read"
FROM fitted ORDER BY name;
CREATE TEMP TABLE by_threads (name text, model synrec.model, data synrec.interactions);
SET synrec.threads = 1; INSERT INTO by_threads SELECT name, m, synrec.generate_interactions(m, 2000, 42) FROM fitted, synrec.fit(data, generator::synrec.generator, 11) AS m;
SET synrec.threads = 2; INSERT INTO by_threads SELECT name, m, synrec.generate_interactions(m, 2000, 42) FROM fitted, synrec.fit(data, generator::synrec.generator, 11) AS m;
SET synrec.threads = 7; INSERT INTO by_threads SELECT name, m, synrec.generate_interactions(m, 2000, 42) FROM fitted, synrec.fit(data, generator::synrec.generator, 11) AS m;
RESET synrec.threads;
SELECT count(*) AS "fits", count(DISTINCT name) AS "generators", (SELECT count(*) FROM (SELECT DISTINCT model FROM by_threads) AS d) AS "different models",
	(SELECT count(*) FROM (SELECT DISTINCT name, data FROM by_threads) AS d) AS "different data" FROM by_threads;

-- What describe adds.
SELECT name, d -> 'contains_histories' AS contains_histories, d ->> 'discloses' ~ 'No user''s code is kept' AS discloses, d #> '{autoencoder,epochs}' AS epochs,
	jsonb_array_length(d #> '{autoencoder,loss}') AS "points of its curve", (d #>> '{autoencoder,loss,0}')::float8 > (d #>> '{autoencoder,loss,3}')::float8 AS "it falls",
	d #> '{sampler,critic_loss}' IS NOT NULL AS critic, (d ->> 'components')::int BETWEEN 1 AND 3 AND (d ->> 'smallest_component')::float8 >= 5 AS components,
	(d ->> 'code_spread')::float8 > 0 AS "codes spread"
FROM fitted, synrec.describe(model) AS d ORDER BY name;

-- The constructors state all options with the defaults that fit() has.
SELECT g ->> 'method' AS method, synrec.describe(synrec.fit(data, (g || small)::synrec.generator)) -> 'options' = (g || small) - 'method' AS "all options",
	synrec.fit(data, (g || small)::synrec.generator) = synrec.fit(data, (small || jsonb_build_object('method', g ->> 'method'))::synrec.generator) AS "the same defaults"
FROM (SELECT data FROM fitted LIMIT 1) AS f, (VALUES (synrec.time_gan()), (synrec.identity_gan())) AS v (g), (VALUES ('{"epochs": 1, "sampler_steps": 5}'::jsonb)) AS s (small);

-- Sequences are read in their order; identity_gan sees the same sets in them.
SELECT synrec.fit(synrec.sequences(user_id, item_id, at), '{"method": "time_gan", "sampler": "mixture", "decoder": "gru", "epochs": 2}') <>
		synrec.fit(synrec.sequences(user_id, item_id, -at), '{"method": "time_gan", "sampler": "mixture", "decoder": "gru", "epochs": 2}') AS "order matters",
	synrec.as_sets(synrec.generate_interactions(synrec.fit(synrec.sequences(user_id, item_id, at), '{"method": "identity_gan", "sampler": "mixture", "epochs": 2}'), 50)) =
		synrec.generate_interactions(synrec.fit(synrec.interactions(user_id, item_id), '{"method": "identity_gan", "sampler": "mixture", "epochs": 2}'), 50) AS "order does not matter"
FROM kinds;

-- The search: the best trial first, the same each time, given options kept; a fit of the best row is what was judged.
CREATE TEMP TABLE searched AS
SELECT row_number() OVER () AS place, s.*
FROM fitted AS f, synrec.search_generators(data, 'identity_gan', trials => 4, restarts => 2, seed => 5, options => '{"epochs": 2, "sampler_steps": 10, "code": 6}') AS s
WHERE f.name = 'identity_gan, mixture, dense';
SELECT count(*) AS trials, count(DISTINCT trial) AS different, bool_and(distance BETWEEN 0 AND worst_distance AND worst_distance <= 1) AS distances,
	array_agg(distance ORDER BY place) = array_agg(distance ORDER BY distance) AS "the best first", bool_and(generator @> '{"method": "identity_gan", "epochs": 2, "sampler_steps": 10, "code": 6}') AS "given options",
	count(DISTINCT generator -> 'sampler_rate') AS rates, count(error) AS errors, bool_and(seconds > 0) AS seconds
FROM searched;
SELECT count(*) AS "the same again" FROM searched AS s
	JOIN synrec.search_generators((SELECT data FROM fitted LIMIT 1), 'identity_gan', 4, 2, 5, '{"epochs": 2, "sampler_steps": 10, "code": 6}') AS t USING (trial, distance, worst_distance, fit_seed, generator);
SELECT synrec.describe(synrec.fit((SELECT data FROM fitted LIMIT 1), generator, fit_seed)) -> 'options' = generator - 'method' AS "can be fitted" FROM searched WHERE place = 1;
-- A trial that fails is a row with its error, after the others.
SET synrec.threads = 1;
SET synrec.max_memory = '14MB';
SELECT count(error) BETWEEN 1 AND 5 AS "some fail", bool_and((error IS NULL) = (distance IS NOT NULL) AND (error IS NULL) = (fit_seed IS NOT NULL)) AS "they have no distance",
	bool_and(error IS NULL) FILTER (WHERE place <= succeeded) AS "they come last", bool_and(error ~ 'would need [0-9]+ MB, more than synrec.max_memory allows') AS "what was wrong"
FROM (SELECT *, row_number() OVER () AS place, count(distance) OVER () AS succeeded
	FROM synrec.search_generators((SELECT data FROM fitted LIMIT 1), 'identity_gan', 6, 1, options => '{"epochs": 1, "sampler_steps": 2}')) AS s;
RESET synrec.max_memory;
RESET synrec.threads;

-- Bad input.
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql SET search_path = synrec, public AS $$
DECLARE
	message text;
	detail text;
	hint text;
	said text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	said := SQLSTATE || ' ' || message;
	IF detail <> '' THEN said := said || E'\n\t' || detail; END IF;
	IF hint <> '' THEN said := said || E'\n\t' || hint; END IF;
	RETURN said;
END $$;
CREATE FUNCTION pg_temp.fit(generator text) RETURNS text LANGUAGE sql
	RETURN pg_temp.refusal(format('SELECT fit((SELECT data FROM pg_temp.fitted LIMIT 1), %s)', generator));
SELECT pg_temp.fit('time_gan(''diffusion'')') AS "no such sampler", pg_temp.fit('time_gan(loss => ''hinge'')') AS "no such loss", pg_temp.fit('time_gan(decoder => ''lstm'')') AS "no such decoder",
	pg_temp.fit('time_gan(epochs => 0)') AS "epochs => 0", pg_temp.fit('time_gan(code => 501)') AS "code => 501", pg_temp.fit('time_gan(steps => 0)') AS "steps => 0",
	pg_temp.fit('time_gan(batch => 0)') AS "batch => 0", pg_temp.fit('time_gan(learning_rate => 0)') AS "learning_rate => 0", pg_temp.fit('time_gan(noise => -1)') AS "noise => -1",
	pg_temp.fit('time_gan(code_decay => -1)') AS "code_decay => -1", pg_temp.fit('time_gan(decoder_layers => 9)') AS "decoder_layers => 9", pg_temp.fit('time_gan(decoder_units => 0)') AS "decoder_units => 0",
	pg_temp.fit('time_gan(temperature => 0)') AS "temperature => 0", pg_temp.fit('time_gan(embedding => 0)') AS "embedding => 0", pg_temp.fit('time_gan(encoder_layers => 9)') AS "encoder_layers => 9",
	pg_temp.fit('time_gan(encoder_units => 0)') AS "encoder_units => 0", pg_temp.fit('identity_gan(table_units => 0)') AS "table_units => 0", pg_temp.fit('identity_gan(table_rate => 0)') AS "table_rate => 0",
	pg_temp.fit('identity_gan(sampler_steps => -1)') AS "sampler_steps => -1", pg_temp.fit('identity_gan(sampler_batch => 0)') AS "sampler_batch => 0",
	pg_temp.fit('identity_gan(sampler_layers => 0)') AS "sampler_layers => 0", pg_temp.fit('identity_gan(sampler_units => 5000)') AS "sampler_units => 5000",
	pg_temp.fit('identity_gan(sampler_rate => 11)') AS "sampler_rate => 11", pg_temp.fit('identity_gan(beta1 => 1)') AS "beta1 => 1", pg_temp.fit('identity_gan(inputs => 0)') AS "inputs => 0",
	pg_temp.fit('identity_gan(critic_steps => 101)') AS "critic_steps => 101", pg_temp.fit('identity_gan(penalty => ''NaN'')') AS "penalty => NaN",
	pg_temp.fit('identity_gan(components => 0)') AS "components => 0", pg_temp.fit('identity_gan(min_component_size => 4)') AS "min_component_size => 4";
SELECT pg_temp.refusal('SELECT fit(filter_histories((SELECT data FROM pg_temp.fitted LIMIT 1), min_items => 100), time_gan())') AS "nobody is left",
	pg_temp.refusal('SELECT generate_interactions(fit(interactions(1, i), time_gan(epochs => 2, sampler_steps => 2)), 10) FROM generate_series(1, 5) AS i') AS "one user",
	pg_temp.refusal('SELECT generate_interactions(fit(interactions(u, 1), identity_gan(epochs => 2, sampler_steps => 2)), 10) FROM generate_series(1, 3) AS u') AS "one item",
	pg_temp.refusal('SELECT generate_interactions(fit(interactions(u, i), time_gan(decoder => ''gru'', epochs => 2, sampler_steps => 2)), 10) FROM generate_series(1, 8) AS u, generate_series(1, 100) AS i') AS "longer than the decoder";
SELECT pg_temp.refusal('SELECT search_generators((SELECT data FROM pg_temp.fitted LIMIT 1), ''unigrams'')') AS "no such family", pg_temp.refusal('SELECT search_generators((SELECT data FROM pg_temp.fitted LIMIT 1), ''time_gan'', 0)') AS "trials => 0",
	pg_temp.refusal('SELECT search_generators((SELECT data FROM pg_temp.fitted LIMIT 1), ''time_gan'', restarts => 0)') AS "restarts => 0",
	pg_temp.refusal('SELECT search_generators((SELECT data FROM pg_temp.fitted LIMIT 1), ''time_gan'', options => ''{"epoch": 3}'')') AS "no such option",
	pg_temp.refusal('SELECT search_generators(interactions(1, 1), ''time_gan'')') AS "one user";
SET synrec.max_memory = '1MB';
SELECT pg_temp.fit('time_gan()') ~ '^53400 time_gan would need [0-9]+ MB, more than synrec.max_memory allows \(1 MB\)' AS "little memory";
