# epochs.sh: how long an autoencoder is trained, as what trades privacy for realism.
# Sourced by in_cluster when it is asked for: bench/run epochs.

progress 'judging one half of the original users ...'
$psql -c 'CREATE TABLE halves AS SELECT s.train, s.holdout FROM p20x, synrec.split_users(original, 0.5, 1) AS s' \
	-c 'CREATE TABLE judged_half AS SELECT e.* FROM halves, synrec.evaluate(train) AS e'
topic "Epochs: $data, P20x, fitted to one half of the users, the other half as holdout; identity_gan('mixture'), seed 1"
say '| epochs | loss | realism | membership | AUC | found at 10 % false alarms | closer to a training user | copies of a training user |'
say '|---|---|---|---|---|---|---|---|'
for epochs in 10 20 40 80 160; do
	progress "$epochs epochs ..."
	$psql -c 'DROP TABLE IF EXISTS made, judged_made' \
		-c "CREATE TABLE made AS SELECT train, holdout, model, synrec.generate_interactions(model, (synrec.summary(train)).users, 42) AS synthetic
			FROM (SELECT train, holdout, synrec.fit(train, synrec.identity_gan('mixture', epochs => $epochs), 1) AS model FROM halves OFFSET 0) AS f" \
		-c 'CREATE TABLE judged_made AS SELECT e.* FROM made, synrec.evaluate(synthetic, seed => 1) AS e'
	say "$($psql -c "SELECT format('| $epochs | %s | %s | %s | %s (%s to %s) | %s %% | %s %% | %s %% |', round((synrec.describe(model) #>> '{autoencoder,loss,-1}')::numeric, 2),
			round(synrec.realism('judged_half', 'judged_made')::numeric, 3), round(synrec.membership_identifiability(train, synthetic)::numeric, 3),
			round(i.auc::numeric, 3), round(i.auc_low::numeric, 3), round(i.auc_high::numeric, 3), round((100 * i.tpr_at_fpr_0_1)::numeric, 1),
			(SELECT round((100 * to_train)::numeric, 1) FROM synrec.closest_record(train, holdout, synthetic) WHERE figure = 'closer'),
			(SELECT round((100 * to_train)::numeric, 2) FROM synrec.closest_record(train, holdout, synthetic) WHERE figure = 'identical'))
		FROM made, synrec.membership_inference(train, holdout, synthetic) AS i")"
done
