/*
 * test_report.c
 *	  JSON that is read, and pages that are made of it: whatever it holds, the page
 *	  is well-formed and what comes from data is text.
 */
#include "cases.h"
#include "report/json.h"
#include "report/page.h"
#include "report/report.h"

#include <math.h>
#include <string.h>

static void
test_json(void **state)
{
	const Json *json =
		json_parse(" {\"a\": {\"b\": [1, -2.5e3, true, null, \"x\\u00e9\\ud83d\\ude00\\n\\\"\\/\"]}, "
	               "\"\": 7, \"empty\": {}, \"none\": [ ], \"big\": 1e999} ");
	const Json *list = json_at(json, "a.b");

	(void) state;
	assert_int_equal(list->kind, JSON_LIST);
	assert_int_equal(list->count, 5);
	assert_true(json_number(&list->element[0], "") == 1);
	assert_true(json_number(&list->element[1], "") == -2500);
	assert_int_equal(list->element[2].kind, JSON_BOOLEAN);
	assert_true(list->element[2].number == 1);
	assert_int_equal(list->element[3].kind, JSON_NULL);
	assert_string_equal(list->element[4].string, "x\xc3\xa9\xf0\x9f\x98\x80\n\"/");
	assert_int_equal(json_at(json, "empty")->count, 0);
	assert_int_equal(json_at(json, "none")->count, 0);
	assert_int_equal(json_at(json, "none")->kind, JSON_LIST);
	/* what is not there, or of another kind */
	assert_int_equal(json_at(json, "a.c.d.e")->kind, JSON_NULL);
	assert_int_equal(json_at(json, "a.b.c")->kind, JSON_NULL);
	assert_true(isnan(json_number(json, "a")) && isnan(json_number(json, "x")) &&
	            isnan(json_number(json, "big")));
	assert_null(json_string(json, "a.b"));
}

static void
expect_no_json(const char *text)
{
	EXPECT_FAIL(HOST_INVALID_VALUE, json_parse(text));
}

/* Also every prefix of what is JSON. */
static void
test_no_json(void **state)
{
	static const char *const bad[] = {"",
	                                  "  ",
	                                  "{",
	                                  "}",
	                                  "[1,]",
	                                  "{\"a\":1,}",
	                                  "{a:1}",
	                                  "{\"a\"}",
	                                  "nul",
	                                  "truth",
	                                  "+1",
	                                  "01",
	                                  "1.",
	                                  ".5",
	                                  "1e",
	                                  "0x1",
	                                  "nan",
	                                  "Infinity",
	                                  "-",
	                                  "\"",
	                                  "\"\\x\"",
	                                  "\"\\u12",
	                                  "\"\\u12g4\"",
	                                  "\"\\ud800\"",
	                                  "\"\\udc00\"",
	                                  "\"\\u0000\"",
	                                  "\"\\ud800\\u0041\"",
	                                  "\"\n\"",
	                                  "1 2",
	                                  "[1 2]",
	                                  "{\"a\" 1}",
	                                  "[}",
	                                  "{]"};
	static const char whole[] = "{\"a\": [1.5, \"b\\u00e9\", {\"c\": false}, null]}";
	char nested[200];

	(void) state;
	for (size_t b = 0; b < sizeof(bad) / sizeof(bad[0]); b++)
		expect_no_json(bad[b]);
	for (size_t length = 0; length < strlen(whole); length++)
	{
		char *part = exact_copy(whole, (int64_t) length + 1);

		part[length] = '\0';
		expect_no_json(part);
	}
	memset(nested, '[', 100);
	memset(nested + 100, ']', 99);
	nested[199] = '\0';
	expect_no_json(nested);
	nested[63] = '\0';
	memset(nested + 31, ']', 31);
	nested[62] = '\0';
	assert_int_equal(json_parse(nested)->kind, JSON_LIST);
}

static const char *
text_of(const char *string)
{
	Text text = {NULL, 0, 0};

	text_add(&text, "%s", "");
	page_text(&text, string);
	return text.bytes;
}

static void
test_text(void **state)
{
	(void) state;
	assert_string_equal(text_of("a<b>&\"'\n"), "a&#x3c;b&#x3e;&#x26;&#x22;&#x27; ");
	assert_string_equal(text_of("\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80"), "&#xe9; &#x65e5; &#x1f600;");
	/* no UTF-8: cut short, overlong, a surrogate, too large */
	assert_string_equal(text_of("\xc3"), "&#xfffd;");
	assert_string_equal(text_of("\xe6\x97"), "&#xfffd;&#xfffd;");
	assert_string_equal(text_of("\xff\x01\x7f"), "&#xfffd;&#xfffd;&#xfffd;");
	assert_string_equal(text_of("\xc0\xbc"), "&#xfffd;&#xfffd;");
	assert_string_equal(text_of("\xed\xa0\x80"), "&#xfffd;");
	assert_string_equal(text_of("\xf4\x90\x80\x80"), "&#xfffd;");
	assert_string_equal(page_label("a\xc3\xa9\n<"), "a?"
	                                                "?<");
	assert_string_equal(page_count(1234567), "1,234,567");
	assert_string_equal(page_count(999), "999");
	assert_string_equal(page_percent(0.5), "50.0&nbsp;%");
	assert_string_equal(page_percent(0.0123), "1.23&nbsp;%");
	assert_string_equal(page_percent(NAN), "&ndash;");
	assert_string_equal(page_number(-0.0001, 2), "0.00");
}

/* Elements without an end. */
static bool
is_void(const char *name, size_t length)
{
	static const char *const names[] = {"meta", "link", "br"};

	for (int n = 0; n < 3; n++)
	{
		if (strlen(names[n]) == length && memcmp(names[n], name, length) == 0)
			return true;
	}
	return false;
}

/* Elements are closed in the order in which they were opened; everything is ASCII. */
static void
assert_well_formed(const char *page)
{
	const char *open[64];
	size_t length[64];
	int depth = 0;

	for (const char *at = page; *at != '\0'; at++)
	{
		assert_true(((unsigned char) *at >= ' ' && (unsigned char) *at < 0x7f) || *at == '\n');
		if (*at != '<' || at[1] == '!')
			continue;
		if (at[1] == '/')
		{
			assert_true(depth > 0);
			depth--;
			if (strncmp(at + 2, open[depth], length[depth]) != 0 || at[2 + length[depth]] != '>')
				fail_msg("<%.*s> is closed by %.20s", (int) length[depth], open[depth], at);
			continue;
		}
		open[depth] = at + 1;
		length[depth] = strcspn(at + 1, " >/\n");
		at = strchr(at, '>');
		assert_non_null(at);
		depth += at[-1] != '/' && !is_void(open[depth], length[depth]);
		assert_true(depth < 64);
	}
	assert_int_equal(depth, 0);
	/* no figure that is none */
	assert_null(strstr(page, ">nan"));
	assert_null(strstr(page, " nan"));
	assert_null(strstr(page, "inf<"));
}

#define POINTS "[[1, 0.5], [2, 0.25], [10, 0]]"

/* All that a report may have; "T" stands for what comes from data. */
static const char full[] =
	"{\"schema\": 1, \"title\": T, \"made\": T, \"versions\": {\"synrec\": T, \"postgresql\": T}, \"seed\": 3, \"call\": T,"
	"\"sources\": {\"original\": T, \"synthetic\": T, \"holdout\": T}, \"data\": {\"original\": {\"users\": 10, \"items\": 5,"
	"\"interactions\": 30, \"ordered\": true, \"rated\": true}, \"synthetic\": {\"users\": 10, \"items\": 5, \"interactions\": 31},"
	"\"holdout\": {\"users\": 4, \"items\": 5, \"interactions\": 9}, \"common_items\": 5}, \"reference\": {\"kind\": \"holdout\","
	"\"users\": 4}, \"privacy\": {\"k\": 1, \"neighbors\": 50, \"cutoff\": 20, \"lambda\": 500, \"membership\": {\"value\": 0.5,"
	"\"reference\": 0.4, \"lift\": 1.25}, \"deanonymization\": {\"value\": 0.01, \"reference\": 0, \"lift\": null}, \"attribute\":"
	"{\"value\": 0.5, \"reference\": 0.5, \"lift\": 1}}, \"membership_curve\": {\"synthetic\": " POINTS
	", \"fresh\": " POINTS "},"
	"\"inference\": {\"auc\": 0.5, \"auc_low\": 0.4, \"auc_high\": 0.6, \"advantage\": 0.1}, \"closest\": {\"closer\": {\"to_train\": 0.5}},"
	"\"realism\": {\"realism\": 0.9, \"ceiling\": 0.95, \"floor\": 0.6, \"reversed\": 2, \"by_metric\": [{\"metric\": T, \"realism\": 0.5,"
	"\"significant_both\": 1, \"significant_synthetic\": 2}, {\"metric\": \"mrr\", \"realism\": null}], \"reversed_comparisons\":"
	"[{\"metric\": T, \"better\": T, \"worse\": T, \"synthetic_better\": 0.1}]}, \"fidelity\": [{\"measure\": \"gini\", \"value\": 0.5},"
	"{\"measure\": T, \"value\": 1}, {\"measure\": T, \"value\": null, \"note\": T}, {\"measure\": \"tail_coverage\", \"value\": null}],"
	"\"shapes\": {\"popularity\": {\"original\": " POINTS ", \"synthetic\": " POINTS
	"}, \"activity\": {\"original\": " POINTS ", \"synthetic\": " POINTS
	"}, \"spectrum\": {\"original\": [0.5, 0.2, 0], \"synthetic\": [0.4, 0.1], \"fresh\": [0.5]}, \"items\": " POINTS
	", \"items_shown\": 3, \"items_all\": 9}, \"candidates\": [{\"name\": T, \"membership\": 0.5, \"realism\": 0.9, \"error\": T,"
	"\"membership_reference\": 0.4, \"realism_reference\": 1}, {\"name\": \"b\", \"membership\": null}], \"seconds\": {\"privacy\": 1.5}}";

/* The report with a string in all places that come from data. */
static char *
report_with(const char *string)
{
	Text text = {NULL, 0, 0};

	for (const char *at = full; *at != '\0'; at++)
	{
		if (*at == 'T' && (at[-1] == ' ' || at[-1] == ':'))
			text_add(&text, "\"%s\"", string);
		else
			text_add(&text, "%c", *at);
	}
	return text.bytes;
}

static void
test_page(void **state)
{
	char *page = report_page(json_parse(report_with("<b onclick=x>&amp; \\\"'\\u00e9</b></title></style>")));
	int charts = 0;

	(void) state;
	assert_well_formed(page);
	assert_null(strstr(page, "<b onclick"));
	assert_non_null(strstr(page, "&#x3c;b onclick"));
	for (const char *at = strstr(page, "<svg"); at != NULL; at = strstr(at + 1, "<svg"))
		charts++;
	assert_int_equal(charts, 8);
	assert_non_null(strstr(page, "more revealing"));
	assert_non_null(strstr(page, "neither more nor less revealing"));
	assert_non_null(strstr(page, "Not measured"));
}

static void
assert_drawn_or_refused(const char *text)
{
	volatile int outcome;

	CATCH(outcome, assert_well_formed(report_page(json_parse(text))));
	assert_true(outcome == HOST_TEST_NOTHING || outcome == HOST_INVALID_VALUE);
}

/* Parts that are missing, of another kind or empty leave a page all the same. */
static void
test_parts_missing(void **state)
{
	static const char *const reports[] = {
		"{\"schema\": 1}",
		"{\"schema\": 1, \"data\": 1, \"privacy\": [], \"realism\": \"x\", \"fidelity\": {}, \"candidates\": 3, \"shapes\": []}",
		"{\"schema\": 1, \"data\": {}, \"privacy\": {}, \"realism\": {}, \"fidelity\": [], \"candidates\": [], \"shapes\": {}, "
		"\"inference\": {}, \"membership_curve\": {}}",
		"{\"schema\": 1, \"fidelity\": [1, null, {}, {\"measure\": 3}], \"candidates\": [1, {}, {\"name\": \"a\"}], \"realism\": "
		"{\"reversed\": 3, \"by_metric\": [{}], \"reversed_comparisons\": [1, {}]}}",
		"{\"schema\": 1, \"shapes\": {\"popularity\": {\"original\": [[0, 0]], \"synthetic\": [[1], [], 3, null, [\"a\", 2]]}, "
		"\"items\": [[0, 0], [1, 0]]}, \"fidelity\": []}"};

	(void) state;
	for (size_t r = 0; r < sizeof(reports) / sizeof(reports[0]); r++)
		assert_well_formed(report_page(json_parse(reports[r])));
	for (size_t length = 20; length < sizeof(full); length++)
	{
		/* any part of it, made whole again by nothing but closing */
		char *text = report_with("t"), *cut = strstr(text + length, ", \"");

		if (cut == NULL)
			break;
		strcpy(cut, "}");
		assert_drawn_or_refused(text);
	}
}

static void
expect_no_report(const char *text)
{
	EXPECT_FAIL(HOST_INVALID_VALUE, report_page(json_parse(text)));
}

static void
test_refused(void **state)
{
	static const char *const none[] = {"1", "[]", "null", "{}", "{\"schema\": \"1\"}", "{\"schema\": 0}"};

	(void) state;
	for (size_t n = 0; n < sizeof(none) / sizeof(none[0]); n++)
		expect_no_report(none[n]);
	EXPECT_FAIL(HOST_NEWER_FORMAT, report_page(json_parse("{\"schema\": 2}")));
	host_test_cancel_after(0);
	EXPECT_FAIL(HOST_TEST_CANCELLED, json_parse("[1]"));
	host_test_cancel_after(-1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		host_unit_test(test_json), host_unit_test(test_no_json),       host_unit_test(test_text),
		host_unit_test(test_page), host_unit_test(test_parts_missing), host_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
