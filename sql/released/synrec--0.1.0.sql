-- synrec 0.1.0, as it was released: never to be changed
\echo Use "CREATE EXTENSION synrec" to load this file. \quit
-- types.sql: interactions, generator, model

-- A trusted extension belongs to whoever installed it; everyone may use it.
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;

CREATE TYPE @extschema@.interactions;

CREATE FUNCTION @extschema@.interactions_in(cstring) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_interactions_in'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.interactions_in(cstring) IS 'I/O';

CREATE FUNCTION @extschema@.interactions_out(@extschema@.interactions) RETURNS cstring
	AS 'MODULE_PATHNAME', 'synrec_value_out'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.interactions_out(@extschema@.interactions) IS 'I/O';

CREATE FUNCTION @extschema@.interactions_recv(internal) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_interactions_recv'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.interactions_recv(internal) IS 'I/O';

CREATE FUNCTION @extschema@.interactions_send(@extschema@.interactions) RETURNS bytea
	AS 'MODULE_PATHNAME', 'synrec_value_send'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.interactions_send(@extschema@.interactions) IS 'I/O';

-- Not compressed: a large value would block a cancel for seconds, and the
-- header of an uncompressed one can be read alone.
CREATE TYPE @extschema@.interactions (
	INPUT = @extschema@.interactions_in,
	OUTPUT = @extschema@.interactions_out,
	RECEIVE = @extschema@.interactions_recv,
	SEND = @extschema@.interactions_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE @extschema@.interactions IS 'who consumed what: item histories per user';

CREATE FUNCTION @extschema@.interactions_eq(@extschema@.interactions, @extschema@.interactions) RETURNS boolean
	AS 'MODULE_PATHNAME', 'synrec_interactions_eq'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION @extschema@.interactions_eq(@extschema@.interactions, @extschema@.interactions) IS 'implementation of = operator';

CREATE FUNCTION @extschema@.interactions_ne(@extschema@.interactions, @extschema@.interactions) RETURNS boolean
	AS 'MODULE_PATHNAME', 'synrec_interactions_ne'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION @extschema@.interactions_ne(@extschema@.interactions, @extschema@.interactions) IS 'implementation of <> operator';

CREATE FUNCTION @extschema@.interactions_hash(@extschema@.interactions) RETURNS integer
	AS 'MODULE_PATHNAME', 'synrec_interactions_hash'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.interactions_hash(@extschema@.interactions) IS 'hash';

CREATE FUNCTION @extschema@.interactions_hash_extended(@extschema@.interactions, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'synrec_interactions_hash_extended'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.interactions_hash_extended(@extschema@.interactions, bigint) IS 'hash with a seed';

CREATE OPERATOR @extschema@.= (
	LEFTARG = @extschema@.interactions, RIGHTARG = @extschema@.interactions,
	FUNCTION = @extschema@.interactions_eq, COMMUTATOR = OPERATOR(@extschema@.=),
	NEGATOR = OPERATOR(@extschema@.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.interactions, @extschema@.interactions) IS 'the same histories of the same users';

CREATE OPERATOR @extschema@.<> (
	LEFTARG = @extschema@.interactions, RIGHTARG = @extschema@.interactions,
	FUNCTION = @extschema@.interactions_ne, COMMUTATOR = OPERATOR(@extschema@.<>),
	NEGATOR = OPERATOR(@extschema@.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.interactions, @extschema@.interactions) IS 'not the same histories of the same users';

CREATE OPERATOR CLASS @extschema@.interactions_ops DEFAULT FOR TYPE @extschema@.interactions USING hash AS
	OPERATOR 1 @extschema@.= ,
	FUNCTION 1 @extschema@.interactions_hash(@extschema@.interactions),
	FUNCTION 2 @extschema@.interactions_hash_extended(@extschema@.interactions, bigint);
COMMENT ON OPERATOR CLASS @extschema@.interactions_ops USING hash IS 'equality of interactions';
COMMENT ON OPERATOR FAMILY @extschema@.interactions_ops USING hash IS 'equality of interactions';

-- Structure only: whether the method and its options exist is up to fit(), so
-- that a later, stricter version can still restore an old dump.
CREATE DOMAIN @extschema@.generator AS jsonb
	CHECK (VALUE IS NULL OR pg_catalog.jsonb_typeof(VALUE) OPERATOR(pg_catalog.=) 'object'
		AND pg_catalog.jsonb_typeof(VALUE OPERATOR(pg_catalog.->) 'method') IS NOT DISTINCT FROM 'string');
COMMENT ON DOMAIN @extschema@.generator IS 'a method that makes synthetic users, and its hyper-parameters';

CREATE TYPE @extschema@.model;

CREATE FUNCTION @extschema@.model_in(cstring) RETURNS @extschema@.model
	AS 'MODULE_PATHNAME', 'synrec_model_in'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.model_in(cstring) IS 'I/O';

CREATE FUNCTION @extschema@.model_out(@extschema@.model) RETURNS cstring
	AS 'MODULE_PATHNAME', 'synrec_value_out'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.model_out(@extschema@.model) IS 'I/O';

CREATE FUNCTION @extschema@.model_recv(internal) RETURNS @extschema@.model
	AS 'MODULE_PATHNAME', 'synrec_model_recv'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.model_recv(internal) IS 'I/O';

CREATE FUNCTION @extschema@.model_send(@extschema@.model) RETURNS bytea
	AS 'MODULE_PATHNAME', 'synrec_value_send'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.model_send(@extschema@.model) IS 'I/O';

CREATE TYPE @extschema@.model (
	INPUT = @extschema@.model_in,
	OUTPUT = @extschema@.model_out,
	RECEIVE = @extschema@.model_recv,
	SEND = @extschema@.model_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE @extschema@.model IS 'a fitted generator';

CREATE FUNCTION @extschema@.model_eq(@extschema@.model, @extschema@.model) RETURNS boolean
	AS 'MODULE_PATHNAME', 'synrec_model_eq'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION @extschema@.model_eq(@extschema@.model, @extschema@.model) IS 'implementation of = operator';

CREATE FUNCTION @extschema@.model_ne(@extschema@.model, @extschema@.model) RETURNS boolean
	AS 'MODULE_PATHNAME', 'synrec_model_ne'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION @extschema@.model_ne(@extschema@.model, @extschema@.model) IS 'implementation of <> operator';

CREATE FUNCTION @extschema@.model_hash(@extschema@.model) RETURNS integer
	AS 'MODULE_PATHNAME', 'synrec_model_hash'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.model_hash(@extschema@.model) IS 'hash';

CREATE FUNCTION @extschema@.model_hash_extended(@extschema@.model, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'synrec_model_hash_extended'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.model_hash_extended(@extschema@.model, bigint) IS 'hash with a seed';

CREATE OPERATOR @extschema@.= (
	LEFTARG = @extschema@.model, RIGHTARG = @extschema@.model,
	FUNCTION = @extschema@.model_eq, COMMUTATOR = OPERATOR(@extschema@.=),
	NEGATOR = OPERATOR(@extschema@.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.model, @extschema@.model) IS 'the same model, however long fitting took';

CREATE OPERATOR @extschema@.<> (
	LEFTARG = @extschema@.model, RIGHTARG = @extschema@.model,
	FUNCTION = @extschema@.model_ne, COMMUTATOR = OPERATOR(@extschema@.<>),
	NEGATOR = OPERATOR(@extschema@.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.model, @extschema@.model) IS 'not the same model';

CREATE OPERATOR CLASS @extschema@.model_ops DEFAULT FOR TYPE @extschema@.model USING hash AS
	OPERATOR 1 @extschema@.= ,
	FUNCTION 1 @extschema@.model_hash(@extschema@.model),
	FUNCTION 2 @extschema@.model_hash_extended(@extschema@.model, bigint);
COMMENT ON OPERATOR CLASS @extschema@.model_ops USING hash IS 'equality of models';
COMMENT ON OPERATOR FAMILY @extschema@.model_ops USING hash IS 'equality of models';
-- data.sql: interactions from rows, back to rows, and parts of them

CREATE FUNCTION @extschema@.interactions_add(@extschema@.interactions, user_key "any", item_key "any") RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_interactions_add'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.interactions_add(@extschema@.interactions, "any", "any") IS 'transition function of interactions()';

CREATE FUNCTION @extschema@.interactions_combine(@extschema@.interactions, @extschema@.interactions) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_interactions_combine'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.interactions_combine(@extschema@.interactions, @extschema@.interactions) IS 'transition function of merge(), combine function of interactions()';

CREATE FUNCTION @extschema@.interactions_final(@extschema@.interactions) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_interactions_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION @extschema@.interactions_final(@extschema@.interactions) IS 'final function of interactions() and merge()';

CREATE AGGREGATE @extschema@.interactions(user_key "any", item_key "any") (
	SFUNC = @extschema@.interactions_add,
	STYPE = @extschema@.interactions,
	SSPACE = 1200,
	FINALFUNC = @extschema@.interactions_final,
	COMBINEFUNC = @extschema@.interactions_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.interactions("any", "any") IS 'the item histories of users: a set of items per user';

CREATE AGGREGATE @extschema@.merge(data @extschema@.interactions) (
	SFUNC = @extschema@.interactions_combine,
	STYPE = @extschema@.interactions,
	SSPACE = 100000,
	FINALFUNC = @extschema@.interactions_final,
	COMBINEFUNC = @extschema@.interactions_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.merge(@extschema@.interactions) IS 'all interactions of several sets';

CREATE FUNCTION @extschema@.interactions_concat(@extschema@.interactions, @extschema@.interactions) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_interactions_concat'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION @extschema@.interactions_concat(@extschema@.interactions, @extschema@.interactions) IS 'implementation of || operator';

CREATE OPERATOR @extschema@.|| (
	LEFTARG = @extschema@.interactions, RIGHTARG = @extschema@.interactions,
	FUNCTION = @extschema@.interactions_concat, COMMUTATOR = OPERATOR(@extschema@.||)
);
COMMENT ON OPERATOR @extschema@.|| (@extschema@.interactions, @extschema@.interactions) IS 'all interactions of both sets';

-- STABLE: it sees what the calling query sees.
CREATE FUNCTION @extschema@.read(source text, user_column name DEFAULT 'user_id', item_column name DEFAULT 'item_id') RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_read'
	LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION @extschema@.read(text, name, name) IS 'the interactions in a table, a view or a query, with the rights of the caller';

CREATE FUNCTION @extschema@.rows(data @extschema@.interactions) RETURNS TABLE (user_id bigint, item_id bigint)
	AS 'MODULE_PATHNAME', 'synrec_rows'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION @extschema@.rows(@extschema@.interactions) IS 'interactions as rows of integer keys';

CREATE FUNCTION @extschema@.rows(row_type anyelement, data @extschema@.interactions, user_column name DEFAULT 'user_id', item_column name DEFAULT 'item_id', at_column name DEFAULT NULL) RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'synrec_rows_typed'
	LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION @extschema@.rows(anyelement, @extschema@.interactions, name, name, name) IS 'interactions as rows of a table''s type';

CREATE FUNCTION @extschema@.summary(data @extschema@.interactions,
		OUT users bigint, OUT items bigint, OUT interactions bigint,
		OUT mean_items double precision, OUT min_items bigint, OUT median_items bigint, OUT max_items bigint,
		OUT density double precision, OUT key_types text, OUT bytes bigint, OUT time_type text)
	AS 'MODULE_PATHNAME', 'synrec_summary'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION @extschema@.summary(@extschema@.interactions) IS 'sizes of a set of interactions and of its histories';

CREATE FUNCTION @extschema@.sample_users(data @extschema@.interactions, users bigint, seed bigint DEFAULT 0) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_sample_users'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION @extschema@.sample_users(@extschema@.interactions, bigint, bigint) IS 'users drawn without replacement';

CREATE FUNCTION @extschema@.split_users(data @extschema@.interactions, share double precision DEFAULT 0.8, seed bigint DEFAULT 0,
		OUT train @extschema@.interactions, OUT holdout @extschema@.interactions)
	AS 'MODULE_PATHNAME', 'synrec_split_users'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION @extschema@.split_users(@extschema@.interactions, double precision, bigint) IS 'the users in two random parts';

CREATE FUNCTION @extschema@.truncate_histories(data @extschema@.interactions, max_items bigint, seed bigint DEFAULT 0, keep text DEFAULT 'random') RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_truncate_histories'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION @extschema@.truncate_histories(@extschema@.interactions, bigint, bigint, text) IS 'at most so many items per user, random ones or the latest';

CREATE FUNCTION @extschema@.filter_histories(data @extschema@.interactions, min_items bigint DEFAULT 1, min_users bigint DEFAULT 1) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_filter_histories'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION @extschema@.filter_histories(@extschema@.interactions, bigint, bigint) IS 'the part in which every user has enough items and every item enough users';

CREATE FUNCTION @extschema@.simulate(users bigint, items bigint, mean_items double precision DEFAULT 20, topics bigint DEFAULT 10,
		taste double precision DEFAULT 1, zipf double precision DEFAULT 1, policy text DEFAULT 'popularity', seed bigint DEFAULT 0) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_simulate'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION @extschema@.simulate(bigint, bigint, double precision, bigint, double precision, double precision, text, bigint) IS 'interactions with known properties, for demonstrations and tests';
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

CREATE FUNCTION @extschema@.fit(data @extschema@.interactions, generator @extschema@.generator, seed bigint DEFAULT 0) RETURNS @extschema@.model
	AS 'MODULE_PATHNAME', 'synrec_fit'
	LANGUAGE C STABLE PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION @extschema@.fit(@extschema@.interactions, @extschema@.generator, bigint) IS 'a generator fitted to interactions';

CREATE FUNCTION @extschema@.fit(source text, generator @extschema@.generator, seed bigint DEFAULT 0) RETURNS @extschema@.model
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 2000000
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

CREATE FUNCTION @extschema@.describe(model @extschema@.model) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'synrec_describe'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION @extschema@.describe(@extschema@.model) IS 'what a model is, what it was fitted to and what reading it discloses';
-- privacy.sql: how identifiable the original users are

CREATE FUNCTION @extschema@.membership_identifiability(original @extschema@.interactions, synthetic @extschema@.interactions, k integer DEFAULT 1) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_membership_identifiability'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.membership_identifiability(@extschema@.interactions, @extschema@.interactions, integer) IS 'share of original users to whom fewer than k others are closer than a synthetic user is';

CREATE FUNCTION @extschema@.membership_identifiability(original text, synthetic text, k integer DEFAULT 1) RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.membership_identifiability(@extschema@.read(original), @extschema@.read(synthetic), k);
COMMENT ON FUNCTION @extschema@.membership_identifiability(text, text, integer) IS 'share of original users to whom fewer than k others are closer than a synthetic user is';

CREATE FUNCTION @extschema@.membership_ranks(original @extschema@.interactions, synthetic @extschema@.interactions)
		RETURNS TABLE (user_key text, rank integer, distance double precision)
	AS 'MODULE_PATHNAME', 'synrec_membership_ranks'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000 ROWS 10000;
COMMENT ON FUNCTION @extschema@.membership_ranks(@extschema@.interactions, @extschema@.interactions) IS 'per original user: how many others are closer than the nearest synthetic user, and its distance';

CREATE FUNCTION @extschema@.membership_ranks(original text, synthetic text)
		RETURNS TABLE (user_key text, rank integer, distance double precision)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000 ROWS 10000
BEGIN ATOMIC
	SELECT r.user_key, r.rank, r.distance
	FROM @extschema@.membership_ranks(@extschema@.read(original), @extschema@.read(synthetic)) AS r;
END;
COMMENT ON FUNCTION @extschema@.membership_ranks(text, text) IS 'per original user: how many others are closer than the nearest synthetic user, and its distance';

CREATE FUNCTION @extschema@.deanonymization_identifiability(original @extschema@.interactions, synthetic @extschema@.interactions, neighbors integer DEFAULT 50) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_deanonymization_identifiability'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.deanonymization_identifiability(@extschema@.interactions, @extschema@.interactions, integer) IS 'mutual information, in nats, of an original user and the synthetic users most like her';

CREATE FUNCTION @extschema@.deanonymization_identifiability(original text, synthetic text, neighbors integer DEFAULT 50) RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.deanonymization_identifiability(@extschema@.read(original), @extschema@.read(synthetic), neighbors);
COMMENT ON FUNCTION @extschema@.deanonymization_identifiability(text, text, integer) IS 'mutual information, in nats, of an original user and the synthetic users most like her';

CREATE FUNCTION @extschema@.attribute_identifiability(original @extschema@.interactions, synthetic @extschema@.interactions,
		cutoff integer DEFAULT 20, lambda double precision DEFAULT 500, seed bigint DEFAULT 0) RETURNS double precision
	AS 'MODULE_PATHNAME', 'synrec_attribute_identifiability'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.attribute_identifiability(@extschema@.interactions, @extschema@.interactions, integer, double precision, bigint) IS 'share of hidden items of original users that the synthetic users help to guess';

CREATE FUNCTION @extschema@.attribute_identifiability(original text, synthetic text,
		cutoff integer DEFAULT 20, lambda double precision DEFAULT 500, seed bigint DEFAULT 0) RETURNS double precision
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.attribute_identifiability(@extschema@.read(original), @extschema@.read(synthetic), cutoff, lambda, seed);
COMMENT ON FUNCTION @extschema@.attribute_identifiability(text, text, integer, double precision, bigint) IS 'share of hidden items of original users that the synthetic users help to guess';

CREATE FUNCTION @extschema@.identifiability(original @extschema@.interactions, synthetic @extschema@.interactions, holdout @extschema@.interactions DEFAULT NULL,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (measure text, value double precision, reference double precision, lift double precision)
	AS 'MODULE_PATHNAME', 'synrec_identifiability'
	LANGUAGE C STABLE PARALLEL SAFE COST 50000000 ROWS 3;
COMMENT ON FUNCTION @extschema@.identifiability(@extschema@.interactions, @extschema@.interactions, @extschema@.interactions, bigint, jsonb) IS 'all measures of identifiability beside what fresh real people score';

CREATE FUNCTION @extschema@.identifiability(original text, synthetic text, holdout text DEFAULT NULL,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (measure text, value double precision, reference double precision, lift double precision)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 50000000 ROWS 3
BEGIN ATOMIC
	SELECT i.measure, i.value, i.reference, i.lift
	FROM @extschema@.identifiability(@extschema@.read(original), @extschema@.read(synthetic),
		CASE WHEN holdout IS NULL THEN NULL ELSE @extschema@.read(holdout) END, seed, options) AS i;
END;
COMMENT ON FUNCTION @extschema@.identifiability(text, text, text, bigint, jsonb) IS 'all measures of identifiability beside what fresh real people score';

CREATE FUNCTION @extschema@.assert_release(original @extschema@.interactions, synthetic @extschema@.interactions, holdout @extschema@.interactions DEFAULT NULL,
		max_membership double precision DEFAULT NULL, max_deanonymization double precision DEFAULT NULL, max_attribute double precision DEFAULT NULL,
		max_lift double precision DEFAULT NULL, seed bigint DEFAULT 0, options jsonb DEFAULT '{}') RETURNS jsonb
	AS 'MODULE_PATHNAME', 'synrec_assert_release'
	LANGUAGE C STABLE PARALLEL SAFE COST 50000000;
COMMENT ON FUNCTION @extschema@.assert_release(@extschema@.interactions, @extschema@.interactions, @extschema@.interactions, double precision, double precision, double precision, double precision, bigint, jsonb) IS 'an error unless every measure of identifiability is within its limits';

CREATE FUNCTION @extschema@.assert_release(original text, synthetic text, holdout text DEFAULT NULL,
		max_membership double precision DEFAULT NULL, max_deanonymization double precision DEFAULT NULL, max_attribute double precision DEFAULT NULL,
		max_lift double precision DEFAULT NULL, seed bigint DEFAULT 0, options jsonb DEFAULT '{}') RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 50000000
	RETURN @extschema@.assert_release(@extschema@.read(original), @extschema@.read(synthetic),
		CASE WHEN holdout IS NULL THEN NULL ELSE @extschema@.read(holdout) END,
		max_membership, max_deanonymization, max_attribute, max_lift, seed, options);
COMMENT ON FUNCTION @extschema@.assert_release(text, text, text, double precision, double precision, double precision, double precision, bigint, jsonb) IS 'an error unless every measure of identifiability is within its limits';
