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

CREATE FUNCTION @extschema@.fractal_expansion(mode text DEFAULT 'fold', user_blocks bigint DEFAULT 16, item_blocks bigint DEFAULT 0) RETURNS @extschema@.generator
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'fractal_expansion', 'mode', mode, 'user_blocks', user_blocks, 'item_blocks', item_blocks);
COMMENT ON FUNCTION @extschema@.fractal_expansion(text, bigint, bigint) IS 'generator: the data itself in shuffled and thinned blocks; the model contains the histories';

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
