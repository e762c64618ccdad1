-- quality.sql: what bench/quality measures beside what synrec does, and where it keeps the figures

CREATE TABLE measured (seconds float8, popularity float8, lengths float8, duplicates float8, realism float8, reversed bigint,
	significant bigint, membership float8, deanonymization float8, attribute float8, auc float8);

-- The mean of figures, and the least and the greatest of several.
CREATE FUNCTION cell(figures float8[], digits int) RETURNS text LANGUAGE sql AS $$
	SELECT round(avg(f)::numeric, digits) || CASE WHEN count(*) > 1 THEN format(' (%s–%s)', round(min(f)::numeric, digits), round(max(f)::numeric, digits)) ELSE '' END
	FROM unnest(figures) AS f $$;

-- Spearman: the correlation of the ranks of how many users an item has, over all original items.
CREATE FUNCTION spearman(original synrec.interactions, synthetic synrec.interactions) RETURNS float8 LANGUAGE sql AS $$
	WITH o AS (SELECT item_id, count(*) AS n FROM synrec.rows(original) GROUP BY 1),
		s AS (SELECT item_id, count(*) AS n FROM synrec.rows(synthetic) GROUP BY 1),
		pairs AS (SELECT o.n AS a, coalesce(s.n, 0) AS b FROM o LEFT JOIN s USING (item_id)),
		ranks AS (SELECT rank() OVER (ORDER BY a) + (count(*) OVER (PARTITION BY a) - 1) / 2.0 AS a,
			rank() OVER (ORDER BY b) + (count(*) OVER (PARTITION BY b) - 1) / 2.0 AS b FROM pairs)
	SELECT corr(a, b) FROM ranks $$;

-- Half the sum of the differences of two histograms of lengths: 0 where they are equal, 1 where they share nothing.
CREATE FUNCTION length_gap(original synrec.interactions, synthetic synrec.interactions) RETURNS float8 LANGUAGE sql AS $$
	WITH o AS (SELECT l, count(*) / sum(count(*)) OVER () AS p FROM (SELECT count(*) AS l FROM synrec.rows(original) GROUP BY user_id) AS u GROUP BY l),
		s AS (SELECT l, count(*) / sum(count(*)) OVER () AS p FROM (SELECT count(*) AS l FROM synrec.rows(synthetic) GROUP BY user_id) AS u GROUP BY l)
	SELECT sum(abs(coalesce(o.p, 0) - coalesce(s.p, 0))) / 2 FROM o FULL JOIN s USING (l) $$;

-- Synthetic users whose history is also that of an original user, or of another synthetic one.
CREATE FUNCTION duplicates(original synrec.interactions, synthetic synrec.interactions) RETURNS bigint LANGUAGE sql AS $$
	WITH o AS (SELECT array_agg(item_id ORDER BY item_id) AS h FROM synrec.rows(original) GROUP BY user_id),
		s AS (SELECT array_agg(item_id ORDER BY item_id) AS h FROM synrec.rows(synthetic) GROUP BY user_id)
	SELECT count(*) FROM s WHERE h IN (SELECT h FROM o) OR h IN (SELECT h FROM s GROUP BY h HAVING count(*) > 1) $$;
