/*
 * labels.c
 *	  Labels without overlap: each takes the cheapest free place around its
 *	  point; a few rounds let early ones move for the sake of later ones.
 */
#include "charts/labels.h"

#include "host.h"

#include <math.h>

#define ROUNDS 4

/* Distances from the point at which places are tried; beyond APART a line is drawn. */
static const double gaps[] = {10, 16, 24, 34, 46, 60, 80, 104, 132, 164};
#define GAPS ((int) (sizeof(gaps) / sizeof(gaps[0])))
#define APART 20

/* Directions, the best first: right, left, above, below, corners. */
static const double directions[8][2] = {{1, 0},      {-1, 0},    {0, -1},      {0, 1},
                                        {0.7, -0.7}, {0.7, 0.7}, {-0.7, -0.7}, {-0.7, 0.7}};

/* What crossing a line costs, in pixels of distance. */
#define CROSSING_COST 30

bool
boxes_overlap(const Box *a, const Box *b)
{
	return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

static Box
mark_box(const Label *label)
{
	return (Box){label->x - LABEL_MARK, label->y - LABEL_MARK, label->x + LABEL_MARK, label->y + LABEL_MARK};
}

/* The box of a label in a direction, "gap" from its point to its nearest edge or corner. */
static Box
box_at(const Label *label, const double *direction, double gap)
{
	double x = label->x + direction[0] * gap, y = label->y + direction[1] * gap;
	double left = direction[0] > 0 ? x : direction[0] < 0 ? x - label->width : x - label->width / 2;
	double top = direction[1] > 0 ? y : direction[1] < 0 ? y - label->height : y - label->height / 2;

	return (Box){left, top, left + label->width, top + label->height};
}

/* Tells whether a segment meets a box (Liang and Barsky 1984). */
static bool
segment_meets(const Box *box, const double *from, const double *to)
{
	double step[] = {to[0] - from[0], to[1] - from[1]};
	double room[4][2] = {{-step[0], from[0] - box->left},
	                     {step[0], box->right - from[0]},
	                     {-step[1], from[1] - box->top},
	                     {step[1], box->bottom - from[1]}};
	double begin = 0, end = 1;

	for (int side = 0; side < 4; side++)
	{
		double at = room[side][1] / room[side][0];

		if (room[side][0] == 0 && room[side][1] < 0)
			return false;
		if (room[side][0] < 0)
			begin = fmax(begin, at);
		else if (room[side][0] > 0)
			end = fmin(end, at);
	}
	return begin <= end;
}

/* Where the line from a point to its label ends. */
static void
line_end(const Label *label, const Box *box, double *end)
{
	end[0] = fmin(fmax(label->x, box->left), box->right);
	end[1] = fmin(fmax(label->y, box->top), box->bottom);
}

/* Cost of a place beside its distance; infinite when it is not free. */
static double
obstacles(const Label *label, int64_t labels, int64_t own, const Box *box, double gap, const Box *within,
          const double (*path)[2], int64_t corners)
{
	double point[2] = {label[own].x, label[own].y}, end[2];
	double cost = 0;

	if (box->left < within->left || box->right > within->right || box->top < within->top ||
	    box->bottom > within->bottom)
		return INFINITY;
	line_end(&label[own], box, end);
	for (int64_t other = 0; other < labels; other++)
	{
		Box mark = mark_box(&label[other]);

		if (boxes_overlap(box, &mark))
			return INFINITY;
		if (other == own)
			continue;
		if (label[other].placed && boxes_overlap(box, &label[other].box))
			return INFINITY;
		if (gap > APART && (segment_meets(&mark, point, end) ||
		                    (label[other].placed && segment_meets(&label[other].box, point, end))))
			cost += CROSSING_COST;
	}
	for (int64_t c = 1; c < corners; c++)
		cost += segment_meets(box, path[c - 1], path[c]) ? CROSSING_COST : 0;
	return cost;
}

static void
place(Label *label, int64_t labels, int64_t own, const Box *within, const double (*path)[2], int64_t corners)
{
	double least = INFINITY;

	label[own].placed = false;
	for (int g = 0; g < GAPS && gaps[g] < least; g++)
	{
		for (int d = 0; d < 8; d++)
		{
			Box box = box_at(&label[own], directions[d], gaps[g]);
			double cost = gaps[g] + d + obstacles(label, labels, own, &box, gaps[g], within, path, corners);

			if (cost >= least)
				continue;
			least = cost;
			label[own].placed = true;
			label[own].apart = gaps[g] > APART;
			label[own].box = box;
		}
	}
}

void
labels_place(Label *label, int64_t labels, const Box *within, const double (*path)[2], int64_t corners)
{
	for (int64_t own = 0; own < labels; own++)
		label[own].placed = false;
	for (int round = 0; round < ROUNDS; round++)
	{
		for (int64_t own = 0; own < labels; own++)
		{
			host_poll();
			place(label, labels, own, within, path, corners);
		}
	}
}
