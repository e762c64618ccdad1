-- data.sql: interactions from rows, back to rows, and parts of them

CREATE FUNCTION @extschema@.interactions_add(@extschema@.interactions, user_key "any", item_key "any") RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_interactions_add'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.interactions_add(@extschema@.interactions, "any", "any") IS 'transition function of interactions()';

CREATE FUNCTION @extschema@.interactions_combine(@extschema@.interactions, @extschema@.interactions) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_interactions_combine'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.interactions_combine(@extschema@.interactions, @extschema@.interactions) IS 'transition function of merge(), combine function of interactions(), sequences() and ratings()';

CREATE FUNCTION @extschema@.interactions_final(@extschema@.interactions) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_interactions_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION @extschema@.interactions_final(@extschema@.interactions) IS 'final function of interactions(), sequences(), ratings() and merge()';

CREATE AGGREGATE @extschema@.interactions(user_key "any", item_key "any") (
	SFUNC = @extschema@.interactions_add,
	STYPE = @extschema@.interactions,
	SSPACE = 1200,
	FINALFUNC = @extschema@.interactions_final,
	COMBINEFUNC = @extschema@.interactions_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.interactions("any", "any") IS 'the item histories of users: a set of items per user';

CREATE FUNCTION @extschema@.sequences_add(@extschema@.interactions, user_key "any", item_key "any", at "any") RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_sequences_add'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.sequences_add(@extschema@.interactions, "any", "any", "any") IS 'transition function of sequences()';

CREATE AGGREGATE @extschema@.sequences(user_key "any", item_key "any", at "any") (
	SFUNC = @extschema@.sequences_add,
	STYPE = @extschema@.interactions,
	SSPACE = 1500,
	FINALFUNC = @extschema@.interactions_final,
	COMBINEFUNC = @extschema@.interactions_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.sequences("any", "any", "any") IS 'the item histories of users in order of time, with repeats';

CREATE FUNCTION @extschema@.sequences_add(@extschema@.interactions, user_key "any", item_key "any", at "any", rating "any") RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_rated_sequences_add'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.sequences_add(@extschema@.interactions, "any", "any", "any", "any") IS 'transition function of sequences() with ratings';

CREATE AGGREGATE @extschema@.sequences(user_key "any", item_key "any", at "any", rating "any") (
	SFUNC = @extschema@.sequences_add,
	STYPE = @extschema@.interactions,
	SSPACE = 1800,
	FINALFUNC = @extschema@.interactions_final,
	COMBINEFUNC = @extschema@.interactions_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.sequences("any", "any", "any", "any") IS 'the item histories of users in order of time, with repeats and ratings';

CREATE FUNCTION @extschema@.ratings_add(@extschema@.interactions, user_key "any", item_key "any", rating "any") RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_ratings_add'
	LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.ratings_add(@extschema@.interactions, "any", "any", "any") IS 'transition function of ratings()';

CREATE AGGREGATE @extschema@.ratings(user_key "any", item_key "any", rating "any") (
	SFUNC = @extschema@.ratings_add,
	STYPE = @extschema@.interactions,
	SSPACE = 1500,
	FINALFUNC = @extschema@.interactions_final,
	COMBINEFUNC = @extschema@.interactions_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.ratings("any", "any", "any") IS 'the item histories of users: a set of items with ratings per user';

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

CREATE FUNCTION @extschema@.read(source text, user_column name, item_column name, at_column name, rating_column name DEFAULT NULL) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_read'
	LANGUAGE C STABLE PARALLEL UNSAFE COST 1000000;
COMMENT ON FUNCTION @extschema@.read(text, name, name, name, name) IS 'the interactions in a table, a view or a query, with times or ratings, with the rights of the caller';

CREATE FUNCTION @extschema@.rows(data @extschema@.interactions) RETURNS TABLE (user_id bigint, item_id bigint)
	AS 'MODULE_PATHNAME', 'synrec_rows'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION @extschema@.rows(@extschema@.interactions) IS 'interactions as rows of integer keys';

CREATE FUNCTION @extschema@.rows(row_type anyelement, data @extschema@.interactions, user_column name DEFAULT 'user_id', item_column name DEFAULT 'item_id', at_column name DEFAULT NULL) RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'synrec_rows_typed'
	LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION @extschema@.rows(anyelement, @extschema@.interactions, name, name, name) IS 'interactions as rows of a table''s type';

-- All columns are named, so that no call of the function above could mean this one.
CREATE FUNCTION @extschema@.rows(row_type anyelement, data @extschema@.interactions, user_column name, item_column name, at_column name, rating_column name) RETURNS SETOF anyelement
	AS 'MODULE_PATHNAME', 'synrec_rows_rated'
	LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION @extschema@.rows(anyelement, @extschema@.interactions, name, name, name, name) IS 'interactions as rows of a table''s type, with times and ratings';

CREATE FUNCTION @extschema@.summary(data @extschema@.interactions,
		OUT users bigint, OUT items bigint, OUT interactions bigint,
		OUT mean_items double precision, OUT min_items bigint, OUT median_items bigint, OUT max_items bigint,
		OUT density double precision, OUT key_types text, OUT bytes bigint, OUT time_type text)
	AS 'MODULE_PATHNAME', 'synrec_summary'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION @extschema@.summary(@extschema@.interactions) IS 'sizes of a set of interactions and of its histories';

CREATE FUNCTION @extschema@.rating_summary(data @extschema@.interactions,
		OUT ratings bigint, OUT min_rating double precision, OUT mean_rating double precision, OUT max_rating double precision)
	AS 'MODULE_PATHNAME', 'synrec_rating_summary'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION @extschema@.rating_summary(@extschema@.interactions) IS 'how many ratings there are, and their range';

CREATE FUNCTION @extschema@.sample_users(data @extschema@.interactions, users bigint, seed bigint DEFAULT 0) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_sample_users'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION @extschema@.sample_users(@extschema@.interactions, bigint, bigint) IS 'users drawn without replacement';

CREATE FUNCTION @extschema@.split_users(data @extschema@.interactions, share double precision DEFAULT 0.8, seed bigint DEFAULT 0,
		OUT train @extschema@.interactions, OUT holdout @extschema@.interactions)
	AS 'MODULE_PATHNAME', 'synrec_split_users'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION @extschema@.split_users(@extschema@.interactions, double precision, bigint) IS 'the users in two random parts';

CREATE FUNCTION @extschema@.as_sets(data @extschema@.interactions) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_as_sets'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION @extschema@.as_sets(@extschema@.interactions) IS 'the sets of items in sequences, without order and repeats';

CREATE FUNCTION @extschema@.without_ratings(data @extschema@.interactions) RETURNS @extschema@.interactions
	AS 'MODULE_PATHNAME', 'synrec_without_ratings'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION @extschema@.without_ratings(@extschema@.interactions) IS 'the same interactions without ratings';

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
