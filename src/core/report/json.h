/*
 * json.h
 *	  JSON to read: a tree of what a text holds, and its members by path.
 *
 * A reader of stored reports asks for what it knows and gets nothing, rather
 * than an error, for what is not there or of another kind.
 */
#ifndef SYNREC_JSON_H
#define SYNREC_JSON_H

#include <stdbool.h>
#include <stdint.h>

typedef enum JsonKind
{
	JSON_NULL,
	JSON_BOOLEAN, /* number is 1 or 0 */
	JSON_NUMBER,
	JSON_STRING,
	JSON_LIST,
	JSON_OBJECT
} JsonKind;

typedef struct Json Json;
struct Json
{
	JsonKind kind;
	double number;
	const char *string; /* UTF-8 without zeros, of a string */
	int64_t count;      /* of elements, or of members */
	Json *element;      /* count */
	const char **name;  /* count, of an object */
};

/*
 * Gives back the tree of a text in UTF-8, allocated.  Leaves by
 * HOST_INVALID_VALUE when it is not JSON, or nested more than 64 deep.
 */
extern Json *json_parse(const char *text);

/*
 * The value at a path such as "privacy.membership.value": names of members,
 * divided by periods; an empty path is the value itself.  Gives back a null where there
 * is no such member, never NULL.
 */
extern const Json *json_at(const Json *json, const char *path);

/* A finite number at a path, or NaN. */
extern double json_number(const Json *json, const char *path);

/* A string at a path, or NULL. */
extern const char *json_string(const Json *json, const char *path);

#endif
