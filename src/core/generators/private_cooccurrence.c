/*
 * private_cooccurrence.c
 *	  The generator of co-occurrence under differential privacy.
 *
 * private_counts() is the mechanism; what is here sees what it released and
 * nothing else of the data, so it can take nothing away from the guarantee.
 * Of the header, which other models fill in with exact numbers, users and
 * interactions come from what was released, and there is no seed, no duration
 * and nothing about the keys of users.
 */
#include "generators/cooccurrence.h"
#include "generators/private_cooccurrence.h"
#include "host.h"

#include <math.h>

/*
 * What counts for noise, in its standard deviations.  Of lengths nearly nothing
 * may: a few histories of one item would be nearest to most users.
 */
#define ITEM_DEVIATIONS 2
#define LENGTH_DEVIATIONS 4
#define SIGNIFICANT 3 /* of a mean */

/* Numbers of the section "privacy". */
#define PRIVATE_ACCOUNT (7 + 2 * PRIVATE_RELEASES)

static const char *const catalogues[] = {"public", "private", NULL};

static const OptionSpec private_options[] = {
	{"epsilon", OPTION_NUMBER, OPTION_REQUIRED, 0.01, 100, NULL},
	{"delta", OPTION_NUMBER, OPTION_REQUIRED, 1e-100, 0.1, NULL},
	{"max_items", OPTION_INTEGER, 20, 1, 10000, NULL},
	{"catalogue", OPTION_CHOICE, 0, 0, 0, catalogues},
	{"gamma", OPTION_NUMBER, 1.6, 0, 10, NULL},
	{"smoothing", OPTION_NUMBER, 8, 0, 1e6, NULL},
	{"factors", OPTION_INTEGER, 60, 1, 300, NULL},
	{"structured_items", OPTION_INTEGER, 0, 0, 1000000, NULL},
	{"pair_items", OPTION_INTEGER, 0, 0, 10000, NULL},
	{"lengths_share", OPTION_NUMBER, 0.02, 0.001, 0.4, NULL},
	{"items_share", OPTION_NUMBER, 0.1, 0.001, 0.5, NULL},
	{"max_lift", OPTION_NUMBER, 20, 0.001, 1e6, NULL},
	{"max_loading", OPTION_NUMBER, 3, 0, 100, NULL},
	{"rounds", OPTION_INTEGER, 8, 0, 100, NULL},
	{.name = NULL},
};

/*
 * Counts to work with: those below "deviations" of the noise, which it may have
 * made alone, become their mean, or "least" if the mean says no more than noise.
 */
static double *
smooth(const int64_t *noisy, int64_t counts, const PrivateRelease *release, double deviations, double least)
{
	double deviation = sqrt((double) release->variance / VARIANCE_UNITS);
	double *count = host_array(double, counts);
	double sum = 0;
	int64_t small = 0;

	for (int64_t i = 0; i < counts; i++)
	{
		count[i] = (double) noisy[i];
		if (count[i] < deviations * deviation)
		{
			sum += count[i];
			small++;
		}
	}
	if (sum > SIGNIFICANT * deviation * sqrt((double) small) && sum / (double) small > least)
		least = sum / (double) small;
	for (int64_t i = 0; i < counts; i++)
	{
		if (count[i] < deviations * deviation)
			count[i] = least;
	}
	return count;
}

/* The model of lengths, and how many users and interactions it has. */
static const Lengths *
write_lengths(const PrivateCounts *released, ModelWriter *writer)
{
	int64_t longest = released->longest < released->items ? released->longest : released->items;
	double *smoothed = smooth(released->users_with + 1, released->longest + 1,
	                          &released->release[PRIVATE_LENGTHS], LENGTH_DEVIATIONS, 0);
	int64_t *users_with = host_array_zero(int64_t, longest + 1);
	int64_t users = 0, interactions = 0;

	for (int64_t l = 1; l <= released->longest + 1; l++)
		users_with[l < longest ? l : longest] += llround(smoothed[l - 1]);
	for (int64_t l = 1; l <= longest; l++)
		users += users_with[l];
	if (users == 0)
		users_with[longest] = users = 1;
	for (int64_t l = 1; l <= longest; l++)
		interactions += l * users_with[l];
	writer->header.users = users;
	writer->header.interactions = interactions;
	return lengths_write(users_with, longest, writer);
}

static void
write_catalogue(const Histories *data, const PrivateCounts *released, ModelWriter *writer)
{
	int64_t text_bytes = keys_text_bytes(&data->item_keys, released->kept, released->items);
	char *at = host_alloc((size_t) keys_stored_bytes(data->item_keys.text, released->items, text_bytes));

	keys_store(at, &data->item_keys, released->kept, released->items, &text_bytes);
	keys_view(at, data->item_keys.text, released->items, text_bytes, &writer->item_keys);
	writer->header.items = released->items;
}

/* What was promised and how it was kept, for describe(). */
static void
write_account(const PrivateSettings *settings, const PrivateCounts *released, ModelWriter *writer)
{
	double *account = host_array(double, PRIVATE_ACCOUNT);
	int n = 0;

	account[n++] = released->epsilon;
	account[n++] = settings->delta;
	account[n++] = released->rho;
	account[n++] = (double) released->longest;
	account[n++] = (double) (released->users_with[released->longest + 1] > 0
	                             ? released->users_with[released->longest + 1]
	                             : 0);
	account[n++] = released->structured > 0 ? (double) released->pair_items : 0;
	account[n++] = released->threshold;
	for (int i = 0; i < PRIVATE_RELEASES; i++)
	{
		account[n++] = sqrt((double) released->release[i].sensitivity2);
		account[n++] = sqrt((double) released->release[i].variance / VARIANCE_UNITS);
	}
	model_write(writer, "privacy", SECTION_FLOAT64, account, n);
}

void
private_fit_with(const Histories *data, const PrivateSettings *settings, const Options *options,
                 ModelWriter *writer)
{
	PrivateCounts released;
	Cooccurrence c = {0};
	double own = 0, all = 0, pairs = 0;

	private_counts(data, settings, &released);
	writer->header.value.flags |= MODEL_PRIVATE;
	writer->header.seed = 0;
	writer->header.user_key_floor = 0;
	writer->header.user_key_prefixes = 1;
	writer->header.user_key_uuids = 1;
	write_catalogue(data, &released, writer);
	write_account(settings, &released, writer);
	c.items = released.items;
	c.lengths = write_lengths(&released, writer);
	c.users = (double) writer->header.users;
	c.count =
		smooth(released.item_users, released.items, &released.release[PRIVATE_ITEMS], ITEM_DEVIATIONS, 1);
	c.structured = released.structured;
	c.item = released.chosen;
	c.pairs = released.pairs;
	c.noise = (double) released.release[PRIVATE_PAIRS].variance / VARIANCE_UNITS;
	/* the more noise there is in the pairs of an item, the less is made of them */
	c.smoothing = option_number(options, "smoothing") * sqrt(c.noise);
	c.limit = released.limit;
	for (int64_t i = 0; i < c.structured; i++)
	{
		host_poll();
		all += c.count[c.item[i]];
		own += c.count[c.item[i]] * c.count[c.item[i]];
		for (int64_t j = 0; j < c.structured; j++)
			pairs += c.pairs[i * c.structured + j];
	}
	c.expected = pairs > 0 ? pairs / (all * all - own) : 0;
	write_cooccurrence(&c, options, 0, writer);
}

static void
private_fit(const Histories *data, const Options *options, uint64_t seed, ModelWriter *writer)
{
	PrivateSettings settings = {.epsilon = option_number(options, "epsilon"),
	                            .delta = option_number(options, "delta"),
	                            .max_items = option_integer(options, "max_items"),
	                            .lengths_share = option_number(options, "lengths_share"),
	                            .items_share = option_number(options, "items_share"),
	                            .structured_items = option_integer(options, "structured_items"),
	                            .factors = option_integer(options, "factors"),
	                            .pair_items = option_integer(options, "pair_items"),
	                            .private_catalogue = option_integer(options, "catalogue") == 1,
	                            .honesty = 1};

	if (seed != 0)
		host_fail(HOST_INVALID_PARAMETER, "a private model cannot be fitted with a seed",
		          "Noise that somebody can draw again protects nobody; it comes from the operating system.",
		          "Leave the seed of fit() out.  generate() takes one: it does not see the data.");
	host_reserve(structure_bytes(data, 1, settings.factors), "private co-occurrence");
	private_fit_with(data, &settings, options, writer);
}

static char *
private_details(const Model *model)
{
	int64_t numbers;
	const double *account = model_section(model, "privacy", SECTION_FLOAT64, &numbers);

	if (numbers != PRIVATE_ACCOUNT)
		value_malformed("model", "Its privacy is not described.");
	for (int64_t n = 0; n < numbers; n++)
	{
		if (!isfinite(account[n]))
			value_malformed("model", "Its privacy is not described.");
	}
	return host_format(
		"%s, \"privacy\": {\"unit\": \"a user with her whole history\", "
		"\"adjacency\": \"one user more or less\", \"epsilon\": %.10g, \"delta\": %.10g, \"rho\": %.10g, "
		"\"noise\": \"discrete Gaussian\", "
		"\"max_items\": %.0f, \"clipped_users\": %.0f, \"pair_items\": %.0f, \"catalogue_threshold\": %.10g, "
		"\"lengths\": {\"sensitivity\": %.10g, \"sigma\": %.10g}, "
		"\"items\": {\"sensitivity\": %.10g, \"sigma\": %.10g}, "
		"\"pairs\": {\"sensitivity\": %.10g, \"sigma\": %.10g}, "
		"\"public\": \"%sthat there are fewer than 1 / delta users; the options\", "
		"\"tuned_on_data\": \"the defaults of the options, on MovieLens 1M, without budget\"}",
		cooccurrence_details(model), account[0], account[1], account[2], account[3], account[4], account[5],
		account[6], account[7], account[8], account[9], account[10], account[11], account[12],
		account[6] > 0 ? "" : "the item keys; ");
}

const Generator private_cooccurrence_generator = {
	.method = "private_cooccurrence",
	.discloses =
		"What differential privacy lets through, as \"privacy\" says: counts of users per length of history, "
		"per item and per pair of popular items, all with noise. Users, interactions and clipped_users are "
		"noisy, seed and seconds are left out. The item keys are there as they are.",
	.options = private_options,
	.block = FACTORS_BLOCK,
	.fit = private_fit,
	.open = factors_open,
	.scratch = factors_scratch,
	.generate = factors_generate,
	.details = private_details};
