/*
 * json.c
 *	  JSON to read (RFC 8259), by recursive descent.
 */
#include "report/json.h"

#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DEPTH 64

typedef struct Parser
{
	const char *at;
	int depth;
} Parser;

static void parse_value(Parser *parser, Json *json);

static _Noreturn void
fail_parsing(const Parser *parser)
{
	host_fail(HOST_INVALID_VALUE, "the report is not valid JSON",
	          *parser->at == '\0' ? "It ends too early."
	                              : host_format("It cannot go on with \"%.20s\".", parser->at),
	          NULL);
}

static void
skip_space(Parser *parser)
{
	parser->at += strspn(parser->at, " \t\n\r");
}

/* Skips what must come next. */
static void
expect(Parser *parser, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(parser->at, word, length) != 0)
		fail_parsing(parser);
	parser->at += length;
}

/* The place of the next character in a set, which it must be in. */
static size_t
place_in(Parser *parser, const char *set)
{
	size_t place = 0;

	while (set[place] != '\0' && set[place] != *parser->at)
		place++;
	if (set[place] == '\0')
		fail_parsing(parser);
	parser->at++;
	return place;
}

/* The number of four hexadecimal digits. */
static uint32_t
parse_hexadecimal(Parser *parser)
{
	uint32_t number = 0;

	for (int digit = 0; digit < 4; digit++)
	{
		size_t place = place_in(parser, "0123456789abcdefABCDEF");

		number = number * 16 + (uint32_t) (place < 16 ? place : place - 6);
	}
	return number;
}

/* What follows "\u": one character, which may be of two such numbers. */
static uint32_t
parse_character(Parser *parser)
{
	uint32_t character = parse_hexadecimal(parser);

	if (character >= 0xd800 && character < 0xdc00)
	{
		uint32_t low;

		expect(parser, "\\u");
		low = parse_hexadecimal(parser);
		if (low < 0xdc00 || low > 0xdfff)
			fail_parsing(parser);
		return 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
	}
	if (character == 0 || (character >= 0xdc00 && character < 0xe000))
		fail_parsing(parser);
	return character;
}

static char *
put_utf8(char *to, uint32_t character)
{
	if (character < 0x80)
		*to++ = (char) character;
	else if (character < 0x800)
	{
		*to++ = (char) (0xc0 | character >> 6);
		*to++ = (char) (0x80 | (character & 0x3f));
	}
	else if (character < 0x10000)
	{
		*to++ = (char) (0xe0 | character >> 12);
		*to++ = (char) (0x80 | (character >> 6 & 0x3f));
		*to++ = (char) (0x80 | (character & 0x3f));
	}
	else
	{
		*to++ = (char) (0xf0 | character >> 18);
		*to++ = (char) (0x80 | (character >> 12 & 0x3f));
		*to++ = (char) (0x80 | (character >> 6 & 0x3f));
		*to++ = (char) (0x80 | (character & 0x3f));
	}
	return to;
}

static const char *
parse_string(Parser *parser)
{
	static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *end;
	char *string, *to;

	expect(parser, "\"");
	/* an escape is never shorter than what it stands for */
	for (end = parser->at; *end != '"' && *end != '\0'; end++)
		end += *end == '\\' && end[1] != '\0';
	string = to = host_array(char, end - parser->at + 1);
	while (*parser->at != '"')
	{
		if ((unsigned char) *parser->at < ' ')
			fail_parsing(parser);
		if (*parser->at != '\\')
		{
			*to++ = *parser->at++;
			continue;
		}
		parser->at++;
		if (*parser->at == 'u')
		{
			parser->at++;
			to = put_utf8(to, parse_character(parser));
			continue;
		}
		*to++ = meanings[place_in(parser, escapes)];
	}
	parser->at++;
	*to = '\0';
	return string;
}

/* As the grammar has it: strtod() alone would take "nan", "0x1" and "+1", too. */
static double
parse_number(Parser *parser)
{
	const char *at = parser->at + (*parser->at == '-');
	size_t digits = strspn(at, "0123456789");
	double number;
	char *end;

	if (digits == 0 || (at[0] == '0' && digits > 1))
		fail_parsing(parser);
	at += digits;
	if (*at == '.')
	{
		digits = strspn(++at, "0123456789");
		if (digits == 0)
			fail_parsing(parser);
		at += digits;
	}
	if (*at == 'e' || *at == 'E')
	{
		at++;
		at += *at == '+' || *at == '-';
		digits = strspn(at, "0123456789");
		if (digits == 0)
			fail_parsing(parser);
		at += digits;
	}
	number = strtod(parser->at, &end);
	parser->at = at;
	return number;
}

/* Makes room for one more element, in powers of two. */
static void
grow(Json *json)
{
	int64_t count = json->count;

	if (count != 0 && (count < 4 || (count & (count - 1)) != 0))
		return;
	json->element = host_array_resize(Json, json->element, count < 4 ? 4 : 2 * count);
	if (json->kind == JSON_OBJECT)
		json->name = host_array_resize(const char *, json->name, count < 4 ? 4 : 2 * count);
}

/* The elements of a list, or the members of an object. */
static void
parse_elements(Parser *parser, Json *json, const char *close)
{
	json->element = host_array(Json, 1);
	json->name = host_array(const char *, 1);
	parser->at++;
	skip_space(parser);
	if (*parser->at == *close)
	{
		parser->at++;
		return;
	}
	for (;;)
	{
		host_poll();
		grow(json);
		skip_space(parser);
		if (json->kind == JSON_OBJECT)
		{
			json->name[json->count] = parse_string(parser);
			skip_space(parser);
			expect(parser, ":");
		}
		parse_value(parser, &json->element[json->count++]);
		skip_space(parser);
		if (*parser->at != ',')
			break;
		parser->at++;
	}
	expect(parser, close);
}

static void
parse_value(Parser *parser, Json *json)
{
	memset(json, 0, sizeof(*json));
	skip_space(parser);
	if (++parser->depth > MOST_DEPTH)
		fail_parsing(parser);
	switch (*parser->at)
	{
		case '{':
			json->kind = JSON_OBJECT;
			parse_elements(parser, json, "}");
			break;
		case '[':
			json->kind = JSON_LIST;
			parse_elements(parser, json, "]");
			break;
		case '"':
			json->kind = JSON_STRING;
			json->string = parse_string(parser);
			break;
		case 't':
		case 'f':
			json->kind = JSON_BOOLEAN;
			json->number = *parser->at == 't';
			expect(parser, *parser->at == 't' ? "true" : "false");
			break;
		case 'n':
			expect(parser, "null");
			break;
		default:
			json->kind = JSON_NUMBER;
			json->number = parse_number(parser);
	}
	parser->depth--;
}

Json *
json_parse(const char *text)
{
	Parser parser = {text, 0};
	Json *json = host_alloc(sizeof(Json));

	parse_value(&parser, json);
	skip_space(&parser);
	if (*parser.at != '\0')
		fail_parsing(&parser);
	return json;
}

static const Json *
member(const Json *json, const char *name, size_t length)
{
	static const Json nothing = {.kind = JSON_NULL};

	for (int64_t m = 0; json->kind == JSON_OBJECT && m < json->count; m++)
	{
		if (strlen(json->name[m]) == length && memcmp(json->name[m], name, length) == 0)
			return &json->element[m];
	}
	return &nothing;
}

const Json *
json_at(const Json *json, const char *path)
{
	while (*path != '\0')
	{
		size_t length = strcspn(path, ".");

		json = member(json, path, length);
		path += length + (path[length] == '.');
	}
	return json;
}

double
json_number(const Json *json, const char *path)
{
	const Json *found = json_at(json, path);

	return found->kind == JSON_NUMBER && isfinite(found->number) ? found->number : NAN;
}

const char *
json_string(const Json *json, const char *path)
{
	return json_at(json, path)->string;
}
