-- generators.sql: fit a generator, make synthetic users

CREATE FUNCTION @extschema@.unigrams() RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'unigrams');
COMMENT ON FUNCTION @extschema@.unigrams() IS 'generator: items by popularity alone';

CREATE FUNCTION @extschema@.bigrams(min_pair_count bigint DEFAULT 2, mixing double precision DEFAULT 0) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'bigrams', 'min_pair_count', min_pair_count, 'mixing', mixing);
COMMENT ON FUNCTION @extschema@.bigrams(bigint, double precision) IS 'generator: each item given the one before it';

CREATE FUNCTION @extschema@.clustering(k bigint DEFAULT 50, min_cluster_size bigint DEFAULT 5, starts bigint DEFAULT 10, rounds bigint DEFAULT 100) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'clustering', 'k', k, 'min_cluster_size', min_cluster_size, 'starts', starts, 'rounds', rounds);
COMMENT ON FUNCTION @extschema@.clustering(bigint, bigint, bigint, bigint) IS 'generator: items by popularity in one of k clusters of users';

CREATE FUNCTION @extschema@.cooccurrence(gamma double precision DEFAULT 1.3, smoothing double precision DEFAULT 20, factors bigint DEFAULT 60,
		structured_items bigint DEFAULT 10000, max_lift double precision DEFAULT 20, max_loading double precision DEFAULT 3, rounds bigint DEFAULT 8) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'cooccurrence', 'gamma', gamma, 'smoothing', smoothing, 'factors', factors,
		'structured_items', structured_items, 'max_lift', max_lift, 'max_loading', max_loading, 'rounds', rounds);
COMMENT ON FUNCTION @extschema@.cooccurrence(double precision, double precision, bigint, bigint, double precision, double precision, bigint)
	IS 'generator: items by how many users have both of two';

CREATE FUNCTION @extschema@.cooccurrence(epsilon double precision, delta double precision, max_items bigint DEFAULT 20, catalogue text DEFAULT 'public',
		gamma double precision DEFAULT 1.5, smoothing double precision DEFAULT 8, factors bigint DEFAULT 60, structured_items bigint DEFAULT 0, pair_items bigint DEFAULT 0,
		lengths_share double precision DEFAULT 0.02, items_share double precision DEFAULT 0.1,
		max_lift double precision DEFAULT 20, max_loading double precision DEFAULT 3, rounds bigint DEFAULT 8) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'private_cooccurrence', 'epsilon', epsilon, 'delta', delta, 'max_items', max_items, 'catalogue', catalogue,
		'gamma', gamma, 'smoothing', smoothing, 'factors', factors, 'structured_items', structured_items, 'pair_items', pair_items,
		'lengths_share', lengths_share, 'items_share', items_share, 'max_lift', max_lift, 'max_loading', max_loading, 'rounds', rounds);
COMMENT ON FUNCTION @extschema@.cooccurrence(double precision, double precision, bigint, text, double precision, double precision, bigint, bigint, bigint,
	double precision, double precision, double precision, double precision, bigint) IS 'generator: cooccurrence with differential privacy';

CREATE FUNCTION @extschema@.topics(k bigint DEFAULT 100, components bigint DEFAULT 10, sharpen double precision DEFAULT 1.1, min_item_users double precision DEFAULT 5,
		min_component_size bigint DEFAULT 50, alpha double precision DEFAULT 0.02, eta double precision DEFAULT 0.01, passes bigint DEFAULT 25, rounds bigint DEFAULT 30,
		steps bigint DEFAULT 60, ridge double precision DEFAULT 0.05, holdout double precision DEFAULT 0.05, calibrations bigint DEFAULT 5) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'topics', 'k', k, 'components', components, 'sharpen', sharpen, 'min_item_users', min_item_users,
		'min_component_size', min_component_size, 'alpha', alpha, 'eta', eta, 'passes', passes, 'rounds', rounds, 'steps', steps, 'ridge', ridge, 'holdout', holdout, 'calibrations', calibrations);
COMMENT ON FUNCTION @extschema@.topics(bigint, bigint, double precision, double precision, bigint, double precision, double precision, bigint, bigint, bigint, double precision, double precision, bigint)
	IS 'generator: items by topics, and users by a mixture over topics';

CREATE FUNCTION @extschema@.topic_pairs(k bigint DEFAULT 100, components bigint DEFAULT 10, sharpen double precision DEFAULT 1.2, min_item_users double precision DEFAULT 5,
		min_component_size bigint DEFAULT 50, alpha double precision DEFAULT 0.02, eta double precision DEFAULT 0.01, passes bigint DEFAULT 25, rounds bigint DEFAULT 30,
		steps bigint DEFAULT 60, ridge double precision DEFAULT 0.05, holdout double precision DEFAULT 0.05, strength double precision DEFAULT 0.7, min_pair_count bigint DEFAULT 2, epochs bigint DEFAULT 10,
		batch bigint DEFAULT 128, positions bigint DEFAULT 50, penalty double precision DEFAULT 3, rate double precision DEFAULT 0.03,
		calibrations bigint DEFAULT 5) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'topic_pairs', 'k', k, 'components', components, 'sharpen', sharpen, 'min_item_users', min_item_users,
		'min_component_size', min_component_size, 'alpha', alpha, 'eta', eta, 'passes', passes, 'rounds', rounds, 'steps', steps, 'ridge', ridge, 'holdout', holdout,
		'strength', strength, 'min_pair_count', min_pair_count, 'epochs', epochs, 'batch', batch, 'positions', positions, 'penalty', penalty, 'rate', rate, 'calibrations', calibrations);
COMMENT ON FUNCTION @extschema@.topic_pairs(bigint, bigint, double precision, double precision, bigint, double precision, double precision, bigint, bigint, bigint, double precision, double precision,
	double precision, bigint, bigint, bigint, bigint, double precision, double precision, bigint) IS 'generator: items by topics and by the items before them';

CREATE FUNCTION @extschema@.vae(latent text DEFAULT 'aggregate', hidden bigint DEFAULT 600, code bigint DEFAULT 64, epochs bigint DEFAULT 200,
		batch bigint DEFAULT 500, learning_rate double precision DEFAULT 0.001, dropout double precision DEFAULT 0.5,
		beta double precision DEFAULT 0.2, annealing double precision DEFAULT 0.1, weight_decay double precision DEFAULT 0,
		holdout double precision DEFAULT 0.05, patience bigint DEFAULT 20,
		components bigint DEFAULT 10, min_component_size bigint DEFAULT 5) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'vae', 'latent', latent, 'hidden', hidden, 'code', code, 'epochs', epochs,
		'batch', batch, 'learning_rate', learning_rate, 'dropout', dropout, 'beta', beta, 'annealing', annealing,
		'weight_decay', weight_decay, 'holdout', holdout, 'patience', patience,
		'components', components, 'min_component_size', min_component_size);
COMMENT ON FUNCTION @extschema@.vae(text, bigint, bigint, bigint, bigint, double precision, double precision, double precision, double precision, double precision, double precision, bigint, bigint, bigint) IS 'generator: a variational autoencoder';
CREATE FUNCTION @extschema@.fractal_expansion(mode text DEFAULT 'fold', user_blocks bigint DEFAULT 16, item_blocks bigint DEFAULT 0) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'fractal_expansion', 'mode', mode, 'user_blocks', user_blocks, 'item_blocks', item_blocks);
COMMENT ON FUNCTION @extschema@.fractal_expansion(text, bigint, bigint) IS 'generator: the data itself in shuffled and thinned blocks; the model contains the histories';

CREATE FUNCTION @extschema@.time_gan(sampler text DEFAULT 'gan', loss text DEFAULT 'wgan_gp', epochs bigint DEFAULT 50, decoder text DEFAULT 'dense',
		code bigint DEFAULT 64, steps bigint DEFAULT 20, batch bigint DEFAULT 128, learning_rate double precision DEFAULT 0.001,
		noise double precision DEFAULT 0.05, code_decay double precision DEFAULT 0.01, decoder_layers bigint DEFAULT 1,
		decoder_units bigint DEFAULT 128, calibrations bigint DEFAULT 5, temperature double precision DEFAULT 1, embedding bigint DEFAULT 32,
		encoder_layers bigint DEFAULT 2, encoder_units bigint DEFAULT 64, sampler_steps bigint DEFAULT 0,
		sampler_batch bigint DEFAULT 128, sampler_layers bigint DEFAULT 3, sampler_units bigint DEFAULT 0,
		sampler_rate double precision DEFAULT 0, beta1 double precision DEFAULT 0.5, inputs bigint DEFAULT 32,
		critic_steps bigint DEFAULT 0, penalty double precision DEFAULT 0, annealing boolean DEFAULT true,
		components bigint DEFAULT 10, min_component_size bigint DEFAULT 5) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'time_gan', 'sampler', sampler, 'loss', loss, 'epochs', epochs, 'decoder', decoder, 'code', code, 'steps', steps,
		'batch', batch, 'learning_rate', learning_rate, 'noise', noise, 'code_decay', code_decay, 'decoder_layers', decoder_layers,
		'decoder_units', decoder_units, 'calibrations', calibrations, 'temperature', temperature, 'embedding', embedding, 'encoder_layers', encoder_layers,
		'encoder_units', encoder_units, 'sampler_steps', sampler_steps, 'sampler_batch', sampler_batch,
		'sampler_layers', sampler_layers, 'sampler_units', sampler_units, 'sampler_rate', sampler_rate, 'beta1', beta1,
		'inputs', inputs, 'critic_steps', critic_steps, 'penalty', penalty, 'annealing', annealing, 'components', components,
		'min_component_size', min_component_size);
COMMENT ON FUNCTION @extschema@.time_gan(text, text, bigint, text, bigint, bigint, bigint, double precision, double precision, double precision, bigint, bigint, bigint, double precision, bigint, bigint, bigint, bigint, bigint, bigint, bigint, double precision, double precision, bigint, bigint, double precision, boolean, bigint, bigint) IS 'generator: histories read by a recurrent net, their codes imitated';

CREATE FUNCTION @extschema@.identity_gan(sampler text DEFAULT 'gan', loss text DEFAULT 'wgan_gp', epochs bigint DEFAULT 24, decoder text DEFAULT 'dense',
		code bigint DEFAULT 64, steps bigint DEFAULT 20, batch bigint DEFAULT 128, learning_rate double precision DEFAULT 0.001,
		noise double precision DEFAULT 0.05, code_decay double precision DEFAULT 0.01, decoder_layers bigint DEFAULT 1,
		decoder_units bigint DEFAULT 128, calibrations bigint DEFAULT 5, temperature double precision DEFAULT 1, table_units bigint DEFAULT 64,
		table_rate double precision DEFAULT 0.03, encoder_units bigint DEFAULT 128, sampler_steps bigint DEFAULT 0,
		sampler_batch bigint DEFAULT 128, sampler_layers bigint DEFAULT 3, sampler_units bigint DEFAULT 0,
		sampler_rate double precision DEFAULT 0, beta1 double precision DEFAULT 0.5, inputs bigint DEFAULT 32,
		critic_steps bigint DEFAULT 0, penalty double precision DEFAULT 0, annealing boolean DEFAULT true,
		components bigint DEFAULT 10, min_component_size bigint DEFAULT 5) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'identity_gan', 'sampler', sampler, 'loss', loss, 'epochs', epochs, 'decoder', decoder, 'code', code,
		'steps', steps, 'batch', batch, 'learning_rate', learning_rate, 'noise', noise, 'code_decay', code_decay,
		'decoder_layers', decoder_layers, 'decoder_units', decoder_units, 'calibrations', calibrations, 'temperature', temperature, 'table_units', table_units,
		'table_rate', table_rate, 'encoder_units', encoder_units, 'sampler_steps', sampler_steps, 'sampler_batch', sampler_batch,
		'sampler_layers', sampler_layers, 'sampler_units', sampler_units, 'sampler_rate', sampler_rate, 'beta1', beta1,
		'inputs', inputs, 'critic_steps', critic_steps, 'penalty', penalty, 'annealing', annealing, 'components', components,
		'min_component_size', min_component_size);
COMMENT ON FUNCTION @extschema@.identity_gan(text, text, bigint, text, bigint, bigint, bigint, double precision, double precision, double precision, bigint, bigint, bigint, double precision, bigint, double precision, bigint, bigint, bigint, bigint, bigint, double precision, double precision, bigint, bigint, double precision, boolean, bigint, bigint) IS 'generator: a code for each user, and imitations of the codes';

CREATE FUNCTION @extschema@.fit(data @extschema@.interactions, generator @extschema@.generator, seed bigint DEFAULT 0) RETURNS @extschema@.model
	AS 'MODULE_PATHNAME', 'synrec_fit'
	LANGUAGE C VOLATILE PARALLEL SAFE COST 1000000; -- each evaluation of a private fit spends its epsilon
COMMENT ON FUNCTION @extschema@.fit(@extschema@.interactions, @extschema@.generator, bigint) IS 'a generator fitted to interactions';

CREATE FUNCTION @extschema@.fit(source text, generator @extschema@.generator, seed bigint DEFAULT 0) RETURNS @extschema@.model
	LANGUAGE sql VOLATILE PARALLEL UNSAFE COST 2000000
	RETURN @extschema@.fit(@extschema@.read(source), generator, seed);
COMMENT ON FUNCTION @extschema@.fit(text, @extschema@.generator, bigint) IS 'a generator fitted to a table, a view or a query';

CREATE FUNCTION @extschema@.generate(model @extschema@.model, users bigint, seed bigint DEFAULT 0, first_user bigint DEFAULT 1) RETURNS TABLE (user_id bigint, item_id bigint)
	AS 'MODULE_PATHNAME', 'synrec_generate'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION @extschema@.generate(@extschema@.model, bigint, bigint, bigint) IS 'synthetic users as rows of integer keys';

CREATE FUNCTION @extschema@.generate(row_type anyelement, model @extschema@.model, users bigint, seed bigint DEFAULT 0, first_user bigint DEFAULT 1,
		user_column name DEFAULT 'user_id', item_column name DEFAULT 'item_id') RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'synrec_generate_typed'
	LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION @extschema@.generate(anyelement, @extschema@.model, bigint, bigint, bigint, name, name) IS 'synthetic users as rows of a table''s type';

CREATE FUNCTION @extschema@.generate_interactions(model @extschema@.model, users bigint, seed bigint DEFAULT 0, first_user bigint DEFAULT 1) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_generate_interactions'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION @extschema@.generate_interactions(@extschema@.model, bigint, bigint, bigint) IS 'synthetic users as interactions';

-- With options, which have a place of their own so that the functions above, and what depends on them, stay.
CREATE FUNCTION @extschema@.generate(model @extschema@.model, users bigint, options jsonb, seed bigint DEFAULT 0, first_user bigint DEFAULT 1) RETURNS TABLE (user_id bigint, item_id bigint)
	AS 'MODULE_PATHNAME', 'synrec_generate_tuned'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION @extschema@.generate(@extschema@.model, bigint, jsonb, bigint, bigint) IS 'synthetic users as rows of integer keys';

CREATE FUNCTION @extschema@.generate(row_type anyelement, model @extschema@.model, users bigint, options jsonb, seed bigint DEFAULT 0, first_user bigint DEFAULT 1,
		user_column name DEFAULT 'user_id', item_column name DEFAULT 'item_id', rating_column name DEFAULT NULL, at_column name DEFAULT NULL) RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'synrec_generate_typed_tuned'
	LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION @extschema@.generate(anyelement, @extschema@.model, bigint, jsonb, bigint, bigint, name, name, name, name) IS 'synthetic users as rows of a table''s type, with ratings and times';

CREATE FUNCTION @extschema@.generate_interactions(model @extschema@.model, users bigint, options jsonb, seed bigint DEFAULT 0, first_user bigint DEFAULT 1) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_generate_interactions_tuned'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION @extschema@.generate_interactions(@extschema@.model, bigint, jsonb, bigint, bigint) IS 'synthetic users as interactions';

CREATE FUNCTION @extschema@.describe(model @extschema@.model) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'synrec_describe'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION @extschema@.describe(@extschema@.model) IS 'what a model is, what it was fitted to and what reading it discloses';

CREATE FUNCTION @extschema@.search_generators(data @extschema@.interactions, family text, trials integer DEFAULT 20, restarts integer DEFAULT 3,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (trial integer, distance double precision, worst_distance double precision, fit_seed bigint,
			seconds double precision, generator @extschema@.generator, error text)
	AS 'MODULE_PATHNAME', 'synrec_search_generators'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000 ROWS 20;
COMMENT ON FUNCTION @extschema@.search_generators(@extschema@.interactions, text, integer, integer, bigint, jsonb) IS 'generators with hyper-parameters at random, the best first';

CREATE FUNCTION @extschema@.search_generators(source text, family text, trials integer DEFAULT 20, restarts integer DEFAULT 3,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (trial integer, distance double precision, worst_distance double precision, fit_seed bigint,
			seconds double precision, generator @extschema@.generator, error text)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000 ROWS 20
BEGIN ATOMIC
	SELECT s.trial, s.distance, s.worst_distance, s.fit_seed, s.seconds, s.generator, s.error
	FROM @extschema@.search_generators(@extschema@.read(source), family, trials, restarts, seed, options) AS s;
END;
COMMENT ON FUNCTION @extschema@.search_generators(text, text, integer, integer, bigint, jsonb) IS 'generators with hyper-parameters at random, the best first';
CREATE FUNCTION @extschema@.topics_of(model @extschema@.model, items integer DEFAULT 10) RETURNS TABLE (topic integer, share double precision, rank integer, item_key text, probability double precision)
	AS 'MODULE_PATHNAME', 'synrec_topics_of'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION @extschema@.topics_of(@extschema@.model, integer) IS 'the most probable items of each topic of a model';
