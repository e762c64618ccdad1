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
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000 ROWS 3;
COMMENT ON FUNCTION @extschema@.identifiability(@extschema@.interactions, @extschema@.interactions, @extschema@.interactions, bigint, jsonb) IS 'all measures of identifiability beside what fresh real people score';

CREATE FUNCTION @extschema@.identifiability(original text, synthetic text, holdout text DEFAULT NULL,
		seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (measure text, value double precision, reference double precision, lift double precision)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000 ROWS 3
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
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.assert_release(@extschema@.interactions, @extschema@.interactions, @extschema@.interactions, double precision, double precision, double precision, double precision, bigint, jsonb) IS 'an error unless every measure of identifiability is within its limits';

CREATE FUNCTION @extschema@.assert_release(original text, synthetic text, holdout text DEFAULT NULL,
		max_membership double precision DEFAULT NULL, max_deanonymization double precision DEFAULT NULL, max_attribute double precision DEFAULT NULL,
		max_lift double precision DEFAULT NULL, seed bigint DEFAULT 0, options jsonb DEFAULT '{}') RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
	RETURN @extschema@.assert_release(@extschema@.read(original), @extschema@.read(synthetic),
		CASE WHEN holdout IS NULL THEN NULL ELSE @extschema@.read(holdout) END,
		max_membership, max_deanonymization, max_attribute, max_lift, seed, options);
COMMENT ON FUNCTION @extschema@.assert_release(text, text, text, double precision, double precision, double precision, double precision, bigint, jsonb) IS 'an error unless every measure of identifiability is within its limits';

CREATE FUNCTION @extschema@.membership_inference(train @extschema@.interactions, holdout @extschema@.interactions, synthetic @extschema@.interactions,
		OUT auc double precision, OUT auc_low double precision, OUT auc_high double precision,
		OUT tpr_at_fpr_0_001 double precision, OUT tpr_at_fpr_0_01 double precision, OUT tpr_at_fpr_0_1 double precision,
		OUT advantage double precision, OUT members bigint, OUT outsiders bigint)
	AS 'MODULE_PATHNAME', 'synrec_membership_inference'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000;
COMMENT ON FUNCTION @extschema@.membership_inference(@extschema@.interactions, @extschema@.interactions, @extschema@.interactions) IS 'how well the nearest synthetic user tells users in the training data from others';

CREATE FUNCTION @extschema@.membership_inference(train text, holdout text, synthetic text,
		OUT auc double precision, OUT auc_low double precision, OUT auc_high double precision,
		OUT tpr_at_fpr_0_001 double precision, OUT tpr_at_fpr_0_01 double precision, OUT tpr_at_fpr_0_1 double precision,
		OUT advantage double precision, OUT members bigint, OUT outsiders bigint)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000
BEGIN ATOMIC
	SELECT a.auc, a.auc_low, a.auc_high, a.tpr_at_fpr_0_001, a.tpr_at_fpr_0_01, a.tpr_at_fpr_0_1, a.advantage, a.members, a.outsiders
	FROM @extschema@.membership_inference(@extschema@.read(train), @extschema@.read(holdout), @extschema@.read(synthetic)) AS a;
END;
COMMENT ON FUNCTION @extschema@.membership_inference(text, text, text) IS 'how well the nearest synthetic user tells users in the training data from others';

CREATE FUNCTION @extschema@.closest_record(train @extschema@.interactions, holdout @extschema@.interactions, synthetic @extschema@.interactions, seed bigint DEFAULT 0)
		RETURNS TABLE (figure text, to_train double precision, to_holdout double precision)
	AS 'MODULE_PATHNAME', 'synrec_closest_record'
	LANGUAGE C STABLE PARALLEL SAFE COST 10000000 ROWS 9;
COMMENT ON FUNCTION @extschema@.closest_record(@extschema@.interactions, @extschema@.interactions, @extschema@.interactions, bigint) IS 'how near synthetic users lie to users in the training data and to others';

CREATE FUNCTION @extschema@.closest_record(train text, holdout text, synthetic text, seed bigint DEFAULT 0)
		RETURNS TABLE (figure text, to_train double precision, to_holdout double precision)
	LANGUAGE sql STABLE PARALLEL UNSAFE COST 10000000 ROWS 9
BEGIN ATOMIC
	SELECT c.figure, c.to_train, c.to_holdout
	FROM @extschema@.closest_record(@extschema@.read(train), @extschema@.read(holdout), @extschema@.read(synthetic), seed) AS c;
END;
COMMENT ON FUNCTION @extschema@.closest_record(text, text, text, bigint) IS 'how near synthetic users lie to users in the training data and to others';
