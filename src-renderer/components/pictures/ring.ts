/**
 * The geometry of agreement: one arc per member, as wide as its stake, those that signed first, so that the ring fills
 * from twelve o'clock clockwise and either passes the two-thirds mark or does not.
 */
export type ArcState = 'signed' | 'waiting' | 'missing' | 'wrong';

export interface RingMember {
  /** Unique within the ring. */
  readonly id: string;
  readonly stake: number;
  readonly state: ArcState;
}

export interface Arc {
  readonly id: string;
  readonly state: ArcState;
  /** SVG path of the arc's middle line. */
  readonly path: string;
}

export interface RingShape {
  readonly arcs: readonly Arc[];
  /** Strictly more than two thirds of the stake signed (PROTOCOL section 2). */
  readonly closed: boolean;
  /** The two-thirds mark as a line from inside to outside. */
  readonly mark: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
}

const ORDER: readonly ArcState[] = ['signed', 'waiting', 'missing', 'wrong'];
const TWO_THIRDS = 2 / 3;
/** How far the mark stands out of the ring on both sides. */
const MARK_REACH = 3;

export interface RingMeasure {
  readonly centre: number;
  readonly radius: number;
  readonly strokeWidth: number;
  /** Space between two arcs, in units of the view box. */
  readonly gap: number;
}

export function ringShape(members: readonly RingMember[], measure: RingMeasure): RingShape {
  const present = members.filter((member) => member.stake > 0);
  const total = sum(present);
  const signed = sum(present.filter((member) => member.state === 'signed'));
  const ordered = ORDER.flatMap((state) => present.filter((member) => member.state === state));
  const gap = ordered.length > 1 ? measure.gap / measure.radius / (2 * Math.PI) : 0;
  let start = 0;
  const arcs = ordered.map((member) => {
    const width = member.stake / total;
    const inset = Math.min(gap / 2, width / 3);
    const path = arcPath(measure, start + inset, start + width - inset);
    start += width;
    return { id: member.id, state: member.state, path };
  });
  const reach = measure.strokeWidth / 2 + MARK_REACH;
  const inner = pointAt(measure.centre, measure.radius - reach, TWO_THIRDS);
  const outer = pointAt(measure.centre, measure.radius + reach, TWO_THIRDS);
  return {
    arcs,
    closed: total > 0 && 3 * signed > 2 * total,
    mark: { x1: inner.x, y1: inner.y, x2: outer.x, y2: outer.y },
  };
}

function sum(members: readonly RingMember[]): number {
  return members.reduce((stake, member) => stake + member.stake, 0);
}

/** @param turn 0..1, clockwise from twelve o'clock */
function pointAt(centre: number, radius: number, turn: number): { x: number; y: number } {
  const angle = turn * 2 * Math.PI;
  return { x: round(centre + radius * Math.sin(angle)), y: round(centre - radius * Math.cos(angle)) };
}

function arcPath(measure: RingMeasure, from: number, to: number): string {
  const { centre, radius } = measure;
  const first = pointAt(centre, radius, from);
  if (to - from > 0.9999) {
    const half = pointAt(centre, radius, from + 0.5);
    return `M${first.x} ${first.y}${arcTo(radius, 0, half)}${arcTo(radius, 0, first)}`;
  }
  return `M${first.x} ${first.y}${arcTo(radius, to - from > 0.5 ? 1 : 0, pointAt(centre, radius, to))}`;
}

function arcTo(radius: number, large: 0 | 1, to: { x: number; y: number }): string {
  return `A${radius} ${radius} 0 ${large} 1 ${to.x} ${to.y}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
