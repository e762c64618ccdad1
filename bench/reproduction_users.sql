-- reproduction_users.sql: synthetic users for Figures 4 and 7 of the paper
DROP TABLE IF EXISTS projections, curves;
-- clustering(50), as in the paper, and the most realistic IdentityGAN
CREATE TABLE projections AS
SELECT e.place, e.name, e.generator ->> 'method' AS method, synrec.generate_interactions(synrec.fit(original, e.generator, 1), (synrec.summary(original)).users, 1) AS made
FROM data, (SELECT DISTINCT ON (generator ->> 'method') place, name, generator FROM evaluated
	WHERE error IS NULL AND (generator ->> 'method' = 'identity_gan' OR generator ->> 'method' = 'clustering' AND (generator ->> 'k')::int = 50)
	ORDER BY generator ->> 'method', realism DESC NULLS LAST) AS e;
CREATE TABLE curves AS
SELECT name, c.* FROM data, projections, synrec.membership_curve(original, made, 100) AS c
UNION ALL SELECT 'unigrams', c.* FROM data, synrec.membership_curve(original, synrec.generate_interactions(synrec.fit(original, synrec.unigrams(), 1), (synrec.summary(original)).users, 1), 100) AS c;
