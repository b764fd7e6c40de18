/**
 * Notebooks and bookmark: every member's lane is a row of pages; the bookmark of the block before stands straight at
 * the left, and the block draws its own bookmark behind the last page that it copies from each notebook.
 */
export interface LaneInput {
  readonly id: string;
  /** First and last page that the block takes in; null: it takes nothing from this notebook. */
  readonly pages: { readonly from: number; readonly to: number } | null;
}

export interface Page {
  readonly x: number;
  readonly seq: number;
}

export interface LaneRow {
  readonly id: string;
  readonly y: number;
  /** The last page that an earlier block took in. */
  readonly before: Page | null;
  readonly pages: readonly Page[];
  /** Pages that are not drawn because there are too many. */
  readonly hidden: number;
  readonly hiddenX: number;
}

export interface LanesShape {
  readonly rows: readonly LaneRow[];
  /** SVG path of the bookmark. */
  readonly bookmark: string;
  /** SVG path of the bookmark of the block before. */
  readonly previous: string;
  /** The ribbon's swallowtail at the lower end of the bookmark. */
  readonly ribbon: string;
  readonly width: number;
  readonly height: number;
}

export const PAGE = { width: 24, height: 24, step: 28 } as const;
export const ROW_HEIGHT = 40;
const START = PAGE.step + 10;
const MAX_DRAWN = 10;
const TOP = 8;
const TAIL = 16;

export function lanesShape(lanes: readonly LaneInput[]): LanesShape {
  const rows = lanes.map((lane, index) => laneRow(lane, TOP + index * ROW_HEIGHT));
  const ends = rows.map((row) => START + (row.pages.length + (row.hidden > 0 ? 1 : 0)) * PAGE.step);
  const bottom = TOP + lanes.length * ROW_HEIGHT;
  const last = ends.at(-1) ?? START;
  return {
    rows,
    bookmark: steps(ends, bottom),
    previous: `M${START - 7} 0V${bottom}`,
    ribbon: `M${last - 7} ${bottom}h8v${TAIL}l-4 -5l-4 5z`,
    width: Math.max(START, ...ends) + 8,
    height: bottom + TAIL,
  };
}

function laneRow(lane: LaneInput, y: number): LaneRow {
  if (!lane.pages) return { id: lane.id, y, before: null, pages: [], hidden: 0, hiddenX: 0 };
  const { from, to } = lane.pages;
  const count = to - from + 1;
  const drawn = Math.min(count, MAX_DRAWN);
  return {
    id: lane.id,
    y,
    before: from > 1 ? { x: 0, seq: from - 1 } : null,
    pages: Array.from({ length: drawn }, (_, index) => ({ x: START + index * PAGE.step, seq: from + index })),
    hidden: count - drawn,
    hiddenX: START + drawn * PAGE.step + PAGE.width / 2,
  };
}

/** A line from top to bottom that steps aside to stand behind the last page of each row. */
function steps(ends: readonly number[], bottom: number): string {
  const [first = START, ...others] = ends;
  let path = `M${first - 3} 0`;
  others.forEach((end, index) => {
    path += `V${TOP + (index + 1) * ROW_HEIGHT - (ROW_HEIGHT - PAGE.height) / 2}H${end - 3}`;
  });
  return `${path}V${bottom}`;
}
