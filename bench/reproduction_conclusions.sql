-- reproduction_conclusions.sql: each conclusion of the paper: held, did not hold, or cannot be told; rows of a Markdown table
CREATE TEMP VIEW points AS SELECT *, generator ->> 'method' AS method, (generator ->> 'k')::int AS k FROM evaluated WHERE error IS NULL;
CREATE TEMP VIEW medians AS
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY membership) AS membership, percentile_cont(0.5) WITHIN GROUP (ORDER BY deanonymization) AS deanonymization,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY attribute) AS attribute, percentile_cont(0.5) WITHIN GROUP (ORDER BY realism) AS realism FROM points;
CREATE FUNCTION pg_temp.verdict(held boolean) RETURNS text LANGUAGE sql RETURN CASE WHEN held THEN 'held' WHEN NOT held THEN 'did not hold' ELSE 'cannot be told' END;
CREATE FUNCTION pg_temp.line(conclusion text, held boolean, figures text) RETURNS text LANGUAGE sql
	RETURN format('| %s | %s | %s |', conclusion, pg_temp.verdict(held), coalesce(figures, ''));

SELECT pg_temp.line('C.1.1: N-grams have low identifiability and low realism (all four figures below the median of all generators)',
	bool_and(p.membership < m.membership AND p.deanonymization < m.deanonymization AND p.attribute < m.attribute AND p.realism < m.realism),
	string_agg(format('%s: %s, %s, %s; realism %s', name, round(p.membership::numeric, 3), round(p.deanonymization::numeric, 5), round(p.attribute::numeric, 3), round(p.realism::numeric, 3)), '; ')
		|| format('; medians %s, %s, %s; %s', round(min(m.membership)::numeric, 3), round(min(m.deanonymization)::numeric, 5), round(min(m.attribute)::numeric, 3), round(min(m.realism)::numeric, 3)))
FROM points AS p, medians AS m WHERE method IN ('unigrams', 'bigrams');

SELECT pg_temp.line('C.1.2: more clusters, more realism and more identifiability (correlation with ln k above 0.8 of realism and of all measures)',
	CASE WHEN count(*) > 2 THEN corr(ln(k), realism) > 0.8 AND corr(ln(k), membership) > 0.8 AND corr(ln(k), deanonymization) > 0.8 AND corr(ln(k), attribute) > 0.8 END,
	format('realism %s, membership %s, de-anonymization %s, attribute %s', round(corr(ln(k), realism)::numeric, 2), round(corr(ln(k), membership)::numeric, 2),
		round(corr(ln(k), deanonymization)::numeric, 2), round(corr(ln(k), attribute)::numeric, 2)))
FROM points WHERE method = 'clustering';

SELECT pg_temp.line('C.1.2: clustering lies inside the frontier of membership and of attribute (at most a third of its points on it), beaten by GANs',
	CASE WHEN (SELECT count(*) FROM points WHERE method IN ('time_gan', 'identity_gan')) > 0 THEN avg(membership_frontier::int) <= 1 / 3.0 AND avg(attribute_frontier::int) <= 1 / 3.0 END,
	format('%s and %s of %s points are on it', sum(membership_frontier::int), sum(attribute_frontier::int), count(*)))
FROM points WHERE method = 'clustering';

SELECT pg_temp.line('C.1.2: clustering is a significant part of the frontier of de-anonymization (at least a quarter of it)',
	avg((method = 'clustering')::int) >= 0.25, format('%s of %s points on it', sum((method = 'clustering')::int), count(*)))
FROM points WHERE deanonymization_frontier;

SELECT pg_temp.line('C.1.3: GANs are on the frontiers of membership and of attribute', bool_or(membership_frontier) AND bool_or(attribute_frontier),
	format('%s and %s of %s points are on them', sum(membership_frontier::int), sum(attribute_frontier::int), count(*)))
FROM points WHERE method IN ('time_gan', 'identity_gan') HAVING count(*) > 0
UNION ALL SELECT pg_temp.line('C.1.3: GANs are on the frontiers of membership and of attribute', NULL, 'no GAN') WHERE NOT EXISTS (SELECT FROM points WHERE method IN ('time_gan', 'identity_gan'));

SELECT pg_temp.line('C.1.3: GANs are less competitive on de-anonymization (a smaller share of them on its frontier than on that of membership)',
	avg(deanonymization_frontier::int) < avg(membership_frontier::int), CASE WHEN count(*) = 0 THEN 'no GAN' ELSE format('%s against %s of %s', sum(deanonymization_frontier::int), sum(membership_frontier::int), count(*)) END)
FROM points WHERE method IN ('time_gan', 'identity_gan');

SELECT pg_temp.line(format('C.1.4: %s has low realism and high identifiability (realism below, all measures above the median)', category),
	bool_and((p.realism < m.realism OR p.realism IS NULL) AND p.membership > m.membership AND p.deanonymization > m.deanonymization AND p.attribute > m.attribute),
	CASE WHEN count(p.name) = 0 THEN 'not among the generators' ELSE string_agg(format('%s, %s, %s; realism %s', round(p.membership::numeric, 3), round(p.deanonymization::numeric, 5),
		round(p.attribute::numeric, 3), coalesce(round(p.realism::numeric, 3)::text, 'not defined')), '; ') END)
FROM (VALUES ('fractal expansion', 'fractal_expansion'), ('VAE', 'vae')) AS c (category, of) LEFT JOIN points AS p ON p.method = c.of CROSS JOIN medians AS m GROUP BY category ORDER BY category DESC;

SELECT pg_temp.line(format('Table 1: %s allows far fewer conclusions (less than %s of the N-grams'')', category, CASE of WHEN 'vae' THEN 'a tenth' ELSE '60 %' END),
	avg(p.significant_synthetic) < CASE of WHEN 'vae' THEN 0.1 ELSE 0.6 END * (SELECT avg(significant_synthetic) FROM points WHERE method IN ('unigrams', 'bigrams')),
	CASE WHEN count(p.name) = 0 THEN 'not among the generators' ELSE format('%s against %s', round(avg(p.significant_synthetic)), (SELECT round(avg(significant_synthetic)) FROM points WHERE method IN ('unigrams', 'bigrams'))) END)
FROM (VALUES ('fractal expansion', 'fractal_expansion'), ('VAE', 'vae')) AS c (category, of) LEFT JOIN points AS p ON p.method = c.of GROUP BY category, of ORDER BY category DESC;

SELECT pg_temp.line('C.2: realism and absolute performance (EASE on unseen people) are correlated, but far from the same (correlation from 0.2 to 0.9)',
	corr(realism, transfer) BETWEEN 0.2 AND 0.9, format('correlation %s over %s generators', round(corr(realism, transfer)::numeric, 2), count(*)))
FROM points WHERE realism IS NOT NULL AND transfer IS NOT NULL;

WITH spread AS (
	SELECT name, method, sqrt(var_pop(component_1) FILTER (WHERE synthetic_user) / var_pop(component_1) FILTER (WHERE NOT synthetic_user)) AS first,
		sqrt(var_pop(component_2) FILTER (WHERE synthetic_user) / var_pop(component_2) FILTER (WHERE NOT synthetic_user)) AS second
	FROM data, projections AS p, synrec.projection(original, made) GROUP BY name, method)
SELECT pg_temp.line('C.4: clustering(50) crowds near the mean user, the IdentityGAN does not (its spread in both components is greater)',
	min(first + second) FILTER (WHERE method = 'clustering') < min(first + second) FILTER (WHERE method = 'identity_gan'),
	string_agg(format('%s: %s and %s of the original standard deviations', name, round(first::numeric, 2), round(second::numeric, 2)), '; ' ORDER BY name))
FROM spread;

WITH losses AS (SELECT generator ->> 'loss' AS loss, avg(realism) AS realism, avg(membership) AS membership, avg(deanonymization) AS deanonymization, avg(attribute) AS attribute
	FROM points WHERE method IN ('time_gan', 'identity_gan') GROUP BY 1)
SELECT pg_temp.line('C.5: R-GANs are more realistic than W-GANs',
	max(realism) FILTER (WHERE loss ~ '^r') > max(realism) FILTER (WHERE loss ~ '^w'),
	coalesce(string_agg(format('%s: realism %s, membership %s', loss, round(realism::numeric, 3), round(membership::numeric, 3)), '; ' ORDER BY loss), 'no GAN'))
FROM losses;
WITH losses AS (SELECT generator ->> 'loss' AS loss, avg(membership) AS membership, avg(deanonymization) AS deanonymization, avg(attribute) AS attribute
	FROM points WHERE method IN ('time_gan', 'identity_gan') GROUP BY 1)
SELECT pg_temp.line('C.5: W-GANs are competitive on identifiability (no measure more than a tenth above that of R-GANs)',
	max(membership) FILTER (WHERE loss ~ '^w') < 1.1 * max(membership) FILTER (WHERE loss ~ '^r') AND max(deanonymization) FILTER (WHERE loss ~ '^w') < 1.1 * max(deanonymization) FILTER (WHERE loss ~ '^r')
		AND max(attribute) FILTER (WHERE loss ~ '^w') < 1.1 * max(attribute) FILTER (WHERE loss ~ '^r'),
	coalesce(string_agg(format('%s: %s, %s, %s', loss, round(membership::numeric, 3), round(deanonymization::numeric, 5), round(attribute::numeric, 3)), '; ' ORDER BY loss), 'no GAN'))
FROM losses;

SELECT pg_temp.line('C.6: membership of clustering(50) grows linearly with k (R² of a line from k = 1 to 100 at least 0.98)', regr_r2(identifiability, k) >= 0.98,
	format('R² %s; %s at k = 1, %s at 10, %s at 100', round(regr_r2(identifiability, k)::numeric, 3), round((max(identifiability) FILTER (WHERE k = 1))::numeric, 3),
		round((max(identifiability) FILTER (WHERE k = 10))::numeric, 3), round((max(identifiability) FILTER (WHERE k = 100))::numeric, 3)))
FROM curves WHERE name LIKE 'clustering%';
SELECT pg_temp.line('C.6: at small k the GAN''s membership is lower than that of clustering(50), at great k higher',
	CASE WHEN bool_or(name LIKE 'identity_gan%') THEN max(identifiability) FILTER (WHERE k = 1 AND name LIKE 'identity_gan%') < max(identifiability) FILTER (WHERE k = 1 AND name LIKE 'clustering%')
		AND max(identifiability) FILTER (WHERE k = 100 AND name LIKE 'identity_gan%') > max(identifiability) FILTER (WHERE k = 100 AND name LIKE 'clustering%') END,
	CASE WHEN NOT bool_or(name LIKE 'identity_gan%') THEN 'no GAN' ELSE string_agg(format('%s: %s at k = %s', name, round(identifiability::numeric, 3), k), '; ' ORDER BY name, k) FILTER (WHERE k IN (1, 100)) END)
FROM curves;
