-- types.sql: interactions, generator, model

-- A trusted extension belongs to whoever installed it; everyone may use it.
GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;

-- The bodies below call functions of this schema by name, so nobody else's may
-- be there to be taken for them.
DO $$
DECLARE
	stranger text := (SELECT pg_catalog.min(p.oid::pg_catalog.regprocedure::text) FROM pg_catalog.pg_proc AS p
		WHERE p.pronamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
			AND d.objid OPERATOR(pg_catalog.=) p.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'));
BEGIN
	IF stranger IS NOT NULL THEN
		RAISE EXCEPTION 'schema @extschema@ has a function that is no part of the extension' USING
			DETAIL = pg_catalog.format('It is %s.', stranger),
			HINT = 'Move it elsewhere by ALTER FUNCTION ... SET SCHEMA, or drop it.';
	END IF;
END $$;

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

CREATE DOMAIN @extschema@.recommender AS jsonb
	CHECK (VALUE IS NULL OR pg_catalog.jsonb_typeof(VALUE) OPERATOR(pg_catalog.=) 'object'
		AND pg_catalog.jsonb_typeof(VALUE OPERATOR(pg_catalog.->) 'method') IS NOT DISTINCT FROM 'string');
COMMENT ON DOMAIN @extschema@.recommender IS 'a method that recommends items, and its hyper-parameters';

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
