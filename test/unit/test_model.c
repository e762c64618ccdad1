/*
 * test_model.c
 *	  The stored form of models: what it holds, and what is refused.
 */
#include "cases.h"
#include "generators/generator.h"

#include <string.h>

static const char *const rows[] = {"1 2 3", "2 3", "1 2 3", "4", "2 4", NULL};

/* A model of the rows, and its size. */
static void *
sample(bool text, int64_t *bytes)
{
	const Generator *generator = generator_find("unigrams");
	Options options = {generator->options, NULL};
	Histories data;

	build_rows(rows, text, &data);
	return generator_fit(generator, &data, &options, "{\"a\": 1}", -3, "1.2.3", bytes);
}

/* Opens the model and what its generator reads of it. */
static void
open_all(const void *value, int64_t bytes)
{
	Model model;

	model_open(value, bytes, &model);
	generation_begin(&model, 0, 1, 1);
}

static int
outcome_of_open(const void *value, int64_t bytes)
{
	volatile int outcome;

	CATCH(outcome, open_all(value, bytes));
	return outcome;
}

/*
 * Makes the identity and the checksum right again, so that damage is met by
 * the checks behind them.
 */
static void
reseal(void *value, int64_t bytes)
{
	ModelHeader *stored = value;

	if (bytes >= (int64_t) sizeof(ModelHeader))
	{
		ModelHeader header = *stored;

		header.value.host_word = 0;
		header.value.checksum = 0;
		header.identity = 0;
		header.seconds = 0;
		stored->identity =
			value_hash(stored + 1, bytes - (int64_t) sizeof(header), value_hash(&header, sizeof(header), 0));
	}
	value_seal(value, bytes);
}

static void
expect_no_section(const Model *model, const char *name, SectionType type)
{
	int64_t count;

	EXPECT_FAIL(HOST_INVALID_VALUE, model_section(model, name, type, &count));
}

static void
test_contents(void **state)
{
	(void) state;
	for (int text = 0; text < 2; text++)
	{
		int64_t bytes, count;
		void *value = sample(text, &bytes);
		const char *bytes_of;
		const int64_t *users;
		Model model;

		model_open(value, bytes, &model);
		assert_string_equal(model.header->method, "unigrams");
		assert_int_equal(model.header->seed, -3);
		assert_int_equal(model.header->users, 5);
		assert_int_equal(model.header->interactions, 11);
		assert_int_equal(model.header->items, 4);
		assert_true(model.header->seconds >= 0);
		assert_int_equal(model.header->value.flags, text ? MODEL_TEXT_ITEMS : 0);
		bytes_of = model_section(&model, "options", SECTION_BYTES, &count);
		assert_int_equal(count, 8);
		assert_memory_equal(bytes_of, "{\"a\": 1}", 8);
		bytes_of = model_section(&model, "version", SECTION_BYTES, &count);
		assert_int_equal(count, 5);
		assert_memory_equal(bytes_of, "1.2.3", 5);
		users = model_section(&model, "item_users", SECTION_INT64, &count);
		assert_int_equal(count, 4);
		assert_int_equal(model.item_keys.count, 4);
		for (int64_t number = 1; number <= 4; number++)
		{
			static const int64_t expected[] = {0, 2, 4, 3, 2};
			Key key = case_key(text, number);

			assert_int_equal(users[keys_find(&model.item_keys, &key)], expected[number]);
		}
		expect_no_section(&model, "item_users", SECTION_BYTES);
		expect_no_section(&model, "item_user", SECTION_INT64);
	}
}

static void
test_every_bit_counts(void **state)
{
	(void) state;
	for (int text = 0; text < 2; text++)
	{
		int64_t bytes;
		unsigned char *copy = sample(text, &bytes);

		copy = exact_copy(copy, bytes);
		for (int64_t bit = 32; bit < bytes * 8; bit++)
		{
			int outcome;

			copy[bit / 8] ^= (unsigned char) (1 << bit % 8);
			outcome = outcome_of_open(copy, bytes);
			if (bit / 8 >= (int64_t) sizeof(ValueHeader))
			{
				assert_int_equal(outcome, HOST_INVALID_VALUE);
				/* the identity notices what the checksum was made to agree with */
				value_seal(copy, bytes);
				if (bit / 64 != (int64_t) offsetof(ModelHeader, seconds) / 8)
					assert_int_equal(outcome_of_open(copy, bytes), HOST_INVALID_VALUE);
			}
			else
				assert_true(outcome == HOST_INVALID_VALUE || outcome == HOST_NEWER_FORMAT);
			copy[bit / 8] ^= (unsigned char) (1 << bit % 8);
			if (bit / 8 >= (int64_t) sizeof(ValueHeader))
				value_seal(copy, bytes);
		}
		assert_int_equal(outcome_of_open(copy, bytes), HOST_TEST_NOTHING);
	}
}

static void
test_truncations(void **state)
{
	(void) state;
	for (int text = 0; text < 2; text++)
	{
		int64_t whole;
		void *value = sample(text, &whole);

		for (int64_t bytes = 0; bytes < whole; bytes++)
		{
			void *part = exact_copy(value, bytes);

			assert_int_equal(outcome_of_open(part, bytes), HOST_INVALID_VALUE);
			/* cut inside the table of sections: see test_cut_tables */
			if (bytes < (int64_t) sizeof(ModelHeader) || bytes > 2 * (int64_t) sizeof(ModelHeader))
			{
				if (bytes >= (int64_t) sizeof(ValueHeader))
					reseal(part, bytes);
				assert_int_equal(outcome_of_open(part, bytes), HOST_INVALID_VALUE);
			}
		}
	}
}

/* A resealed model that ends inside its table of sections is not read beyond. */
static void
open_cut_tables(void)
{
	int64_t whole;
	void *value = sample(false, &whole);

	for (int64_t bytes = sizeof(ModelHeader); bytes <= 2 * (int64_t) sizeof(ModelHeader); bytes += 8)
	{
		ModelHeader *part = exact_copy(value, bytes);

		reseal(part, bytes);
		if (outcome_of_open(part, bytes) != HOST_INVALID_VALUE)
			host_test_child_fails();
		part->sections = MODEL_MAX_SECTIONS;
		reseal(part, bytes);
		if (outcome_of_open(part, bytes) != HOST_INVALID_VALUE)
			host_test_child_fails();
	}
}

static void
test_cut_tables(void **state)
{
	(void) state;
	assert_true(host_test_survives(open_cut_tables));
}

/* Where a section's entry in the table, or its array, begins. */
static char *
entry_of(void *value, const char *name)
{
	ModelHeader *header = value;
	ModelSection *section = (ModelSection *) (header + 1);

	for (int64_t i = 0; i < header->sections; i++)
	{
		if (strcmp(section[i].name, name) == 0)
			return (char *) &section[i];
	}
	fail_msg("no section %s", name);
	return NULL;
}

typedef struct Damage
{
	bool text;
	const char *section; /* NULL: in the header */
	bool in_array;       /* not in the table of sections */
	int64_t offset;
	int width;
	int64_t number;
} Damage;

#define IN_HEADER(field, number)                                    \
	{                                                               \
		false, NULL, false, offsetof(ModelHeader, field), 8, number \
	}
#define IN_TABLE(section, field, number)                                \
	{                                                                   \
		false, section, false, offsetof(ModelSection, field), 8, number \
	}
#define IN_ARRAY(section, index, width, number)                \
	{                                                          \
		false, section, true, (index) * (width), width, number \
	}
#define IN_TEXT_ARRAY(section, index, width, number)          \
	{                                                         \
		true, section, true, (index) * (width), width, number \
	}

static const Damage damages[] = {
	IN_HEADER(users, 0),
	IN_HEADER(users, -1),
	IN_HEADER(users, 12),
	IN_HEADER(users, INT64_MAX),
	IN_HEADER(interactions, 0),
	IN_HEADER(interactions, -1),
	IN_HEADER(interactions, INT64_MAX),
	IN_HEADER(items, 0),
	IN_HEADER(items, 3),
	IN_HEADER(items, 5),
	IN_HEADER(items, -1),
	IN_HEADER(items, INT64_MAX),
	IN_HEADER(user_key_floor, 1),
	IN_HEADER(user_key_floor, INT64_MAX),
	IN_HEADER(user_key_prefixes, 0),
	IN_HEADER(user_key_prefixes, -1),
	IN_HEADER(user_key_prefixes, MODEL_MAX_KEY_PREFIXES + 1),
	IN_HEADER(seconds, INT64_C(0x7ff0000000000000)),  /* infinity */
	IN_HEADER(seconds, INT64_C(0x7ff8000000000000)),  /* not a number */
	IN_HEADER(seconds, INT64_C(-0x4010000000000000)), /* -1.0 */
	IN_HEADER(sections, 0),
	IN_HEADER(sections, 1),
	IN_HEADER(sections, -1),
	IN_HEADER(sections, MODEL_MAX_SECTIONS),
	IN_HEADER(sections, MODEL_MAX_SECTIONS + 1),
	IN_HEADER(sections, INT64_MAX),
	IN_HEADER(user_key_uuids, 0),
	IN_HEADER(user_key_uuids, MODEL_MAX_KEY_UUIDS + 1),
	IN_HEADER(method, 0),
	IN_HEADER(method, 0x41),
	IN_HEADER(method, 0x0061006100610061),
	IN_TABLE("item_keys", name, 0x61),
	IN_TABLE("length", name, 0x61),
	IN_TABLE("item_users", name, 0x61),
	IN_TABLE("length", name, 0x41),
	IN_TABLE("length", name, 0),
	IN_TABLE("length", name, 0x610061),
	IN_TABLE("options", name, 0x73206f),
	IN_TABLE("options", name, INT64_C(-1)),
	IN_TABLE("item_users", type, 0),
	IN_TABLE("item_users", type, SECTION_FLOAT64),
	IN_TABLE("item_keys", type, SECTION_FLOAT64),
	IN_TABLE("length", type, 99),
	IN_TABLE("length", type, -1),
	IN_TABLE("item_users", count, 3),
	IN_TABLE("item_users", count, 5),
	IN_TABLE("item_users", count, -1),
	IN_TABLE("item_users", count, INT64_MAX),
	IN_TABLE("item_users", count, (INT64_C(1) << 61) + 4), /* comes round */
	IN_TABLE("length", count, (INT64_C(1) << 62) + 1),
	IN_TABLE("length", count, 0),
	IN_TABLE("item_keys", count, INT64_MIN),
	IN_TABLE("item_keys", count, 1000000),
	IN_TABLE("options", offset, 0),
	IN_TABLE("item_users", offset, -8),
	IN_TABLE("item_keys", offset, INT64_MAX),
	IN_TABLE("item_keys", offset, 1 << 20),
	IN_ARRAY("item_keys", 0, 8, 9),
	IN_ARRAY("item_keys", 1, 8, 1),
	IN_ARRAY("item_users", 0, 8, 0),
	IN_ARRAY("item_users", 3, 8, -1),
	IN_ARRAY("length", 0, 4, 0),
	IN_ARRAY("length", 0, 4, 5),
	IN_ARRAY("length", 0, 4, UINT32_MAX),
	IN_ARRAY("length_users", 0, 8, 0),
	IN_ARRAY("length_users", 0, 8, INT64_MIN),
	IN_TEXT_ARRAY("item_starts", 0, 8, 1),
	IN_TEXT_ARRAY("item_starts", 1, 8, INT64_MAX),
	IN_TEXT_ARRAY("item_starts", 1, 8, -1),
	IN_TEXT_ARRAY("item_starts", 4, 8, 1000),
	IN_TEXT_ARRAY("item_bytes", 0, 1, 'z'),
	IN_TEXT_ARRAY("item_bytes", 0, 1, '2'),
};

static int
outcome_of_damage(const Damage *damage)
{
	int64_t bytes;
	char *value = sample(damage->text, &bytes);
	char *at;

	value = exact_copy(value, bytes);
	at = damage->section == NULL ? value : entry_of(value, damage->section);
	if (damage->in_array)
		at = value + ((ModelSection *) at)->offset;
	memcpy(at + damage->offset, &damage->number, (size_t) damage->width);
	reseal(value, bytes);
	return outcome_of_open(value, bytes);
}

static void
test_wrong_structure(void **state)
{
	/* what is no damage passes: resealing is right, and what follows means something */
	const Damage none = IN_HEADER(users, 5), other_text = IN_TEXT_ARRAY("item_bytes", 0, 1, '0'),
				 unused = IN_HEADER(user_key_floor, -10);

	(void) state;
	assert_int_equal(outcome_of_damage(&none), HOST_TEST_NOTHING);
	assert_int_equal(outcome_of_damage(&other_text), HOST_TEST_NOTHING);
	assert_int_equal(outcome_of_damage(&unused), HOST_TEST_NOTHING);
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
	{
		if (outcome_of_damage(&damages[i]) != HOST_INVALID_VALUE)
			fail_msg("damage %zu (%s at %lld) was not refused", i,
			         damages[i].section ? damages[i].section : "header", (long long) damages[i].offset);
	}
}

static void
test_methods_and_versions(void **state)
{
	int64_t bytes;
	ModelHeader *model = sample(false, &bytes);

	(void) state;
	model->method[0] = 'x';
	reseal(model, bytes);
	assert_int_equal(outcome_of_open(model, bytes), HOST_NEWER_FORMAT);
	model->method[0] = 'U';
	reseal(model, bytes);
	assert_int_equal(outcome_of_open(model, bytes), HOST_INVALID_VALUE);
	memset(model->method, 'u', sizeof(model->method));
	reseal(model, bytes);
	assert_int_equal(outcome_of_open(model, bytes), HOST_INVALID_VALUE);

	model = sample(false, &bytes);
	model->value.version = MODEL_VERSION + 1;
	reseal(model, bytes);
	assert_int_equal(outcome_of_open(model, bytes), HOST_NEWER_FORMAT);
	model->value.version = 0;
	reseal(model, bytes);
	assert_int_equal(outcome_of_open(model, bytes), HOST_INVALID_VALUE);
}

static void
test_equal(void **state)
{
	int64_t bytes, text_bytes;
	ModelHeader *value = sample(false, &bytes), *copy = exact_copy(value, bytes);
	Model a, b, text;

	(void) state;
	model_open(value, bytes, &a);
	copy->seconds += 1;
	copy->value.host_word = 77;
	value_seal(copy, bytes); /* the identity stays right */
	model_open(copy, bytes, &b);
	assert_true(model_equal(&a, &b));
	copy->seed++;
	reseal(copy, bytes);
	model_open(copy, bytes, &b);
	assert_false(model_equal(&a, &b));
	copy = sample(true, &text_bytes);
	model_open(copy, text_bytes, &text);
	assert_false(model_equal(&a, &text));
	copy = sample(false, &bytes);
	*(int64_t *) ((char *) copy + ((ModelSection *) entry_of(copy, "item_users"))->offset) += 1;
	reseal(copy, bytes);
	model_open(copy, bytes, &b);
	assert_false(model_equal(&a, &b));
}

/* Every model has these, whatever the method. */
static int
outcome_without(const char *section)
{
	int64_t bytes;
	char *value = sample(false, &bytes);

	entry_of(value, section)[0] = 'x';
	reseal(value, bytes);
	return outcome_of_open(value, bytes);
}

static void
test_common_sections(void **state)
{
	(void) state;
	assert_int_equal(outcome_without("item_keys"), HOST_INVALID_VALUE);
	assert_int_equal(outcome_without("options"), HOST_INVALID_VALUE);
	assert_int_equal(outcome_without("version"), HOST_INVALID_VALUE);
}

static void
test_endless_section_name(void **state)
{
	int64_t bytes;
	char *value = sample(false, &bytes);

	(void) state;
	memset(entry_of(value, "version"), 'x', sizeof(((ModelSection *) NULL)->name));
	reseal(value, bytes);
	assert_int_equal(outcome_of_open(value, bytes), HOST_INVALID_VALUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_contents),
		host_unit_test(test_every_bit_counts),
		host_unit_test(test_truncations),
		host_unit_test(test_cut_tables),
		host_unit_test(test_wrong_structure),
		host_unit_test(test_common_sections),
		host_unit_test(test_endless_section_name),
		host_unit_test(test_methods_and_versions),
		host_unit_test(test_equal),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
