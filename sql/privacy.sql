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
