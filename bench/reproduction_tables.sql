-- reproduction_tables.sql: the tables of a section from the table "evaluated", in Markdown
SELECT E'\n| generator | membership (lift) | de-anonymization (lift) | attribute (lift) | realism | transfer | AUC | fit | generation | model |\n|---|---|---|---|---|---|---|---|---|---|';
SELECT CASE WHEN error IS NOT NULL THEN format('| `%s` | failed: %s |', name, error)
	ELSE format('| `%s` | %s%s (%s) | %s%s (%s) | %s%s (%s) | %s | %s | %s (%s–%s) | %s s | %s s | %s kB |', name,
		round(membership::numeric, 3), CASE WHEN membership_frontier THEN '*' END, round(membership_lift::numeric, 2),
		round(deanonymization::numeric, 5), CASE WHEN deanonymization_frontier THEN '*' END, round(deanonymization_lift::numeric, 2),
		round(attribute::numeric, 3), CASE WHEN attribute_frontier THEN '*' END, round(attribute_lift::numeric, 2),
		coalesce(round(realism::numeric, 3)::text, '–'), round(transfer::numeric, 3), round(auc::numeric, 3), round(auc_low::numeric, 3), round(auc_high::numeric, 3),
		round(fit_seconds::numeric, 2), round(generate_seconds::numeric, 2), bytes / 1024) END
FROM evaluated ORDER BY place;
SELECT format('| fresh real people | %s | %s | %s | %s | %s | | | | |', round(membership_reference::numeric, 3), round(deanonymization_reference::numeric, 5),
	round(attribute_reference::numeric, 3), coalesce(round(realism_reference::numeric, 3)::text, '–'), round(transfer_reference::numeric, 3))
FROM evaluated WHERE error IS NULL LIMIT 1;
SELECT E'\n\\* on the Pareto frontier of low identifiability and high realism.\n';

-- Table 1 of the paper: averages of a category, MovieLens.
SELECT E'| category | significant on synthetic data | and on the original | reversed | the paper, MovieLens |\n|---|---|---|---|---|';
WITH categories (place, category, methods, paper) AS (VALUES (1, 'N-grams', '{unigrams,bigrams}'::text[], 764), (2, 'clustering', '{clustering}', 738), (3, 'IdentityGAN', '{identity_gan}', 784),
	(4, 'TimeGAN', '{time_gan}', 749), (5, 'fractal expansion', '{fractal_expansion}', 365), (6, 'VAE', '{vae}', 6))
SELECT format('| %s | %s | %s | %s | %s |', category, coalesce(round(avg(significant_synthetic))::text, '–'), coalesce(round(avg(significant_both))::text, '–'),
	coalesce(round(avg(reversed))::text, '–'), paper)
FROM categories LEFT JOIN evaluated ON generator ->> 'method' = ANY (methods) AND error IS NULL
GROUP BY categories.place, category, paper ORDER BY categories.place;
SELECT format('| on the original data | %s | | | |', significant_original) FROM evaluated WHERE error IS NULL LIMIT 1;
