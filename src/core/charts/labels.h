/*
 * labels.h
 *	  Where the labels of points go, so that they can be read: none on another,
 *	  on a point or outside the plot.
 */
#ifndef SYNREC_LABELS_H
#define SYNREC_LABELS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Box
{
	double left, top, right, bottom; /* pixels, y downward */
} Box;

typedef struct Label
{
	double x, y; /* the point that it belongs to */
	double width, height;
	bool placed; /* false when there was no room */
	bool apart;  /* so far from the point that it needs a line to it */
	Box box;
} Label;

/* Half the side of the square around a point that labels keep clear of. */
#define LABEL_MARK 7.0

extern bool boxes_overlap(const Box *a, const Box *b);

/*
 * Fills in where the labels go, whose points and sizes are given.  Labels
 * avoid crossing the path (corners x, y; drawn from one to the next), where
 * that is possible.  Work: labels^2 x places tried.
 */
extern void
labels_place(Label *label, int64_t labels, const Box *within, const double (*path)[2], int64_t corners);

#endif
