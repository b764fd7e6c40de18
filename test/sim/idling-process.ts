/**
 * `idling-process.ts NODES AWAY HOURS`: so many hours of an idle network, of which the last AWAY nodes are off all the
 * time. Prints what it did, and how large everything was that a node keeps, in its first and in its last hour.
 */
import { openPrivates } from './open-privates.ts';

openPrivates();
const { sizesOf } = await import('./memory.ts');
const { World } = await import('./world.ts');

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Sessions end, and what was under way decays. */
const SETTLING_MS = 5 * MINUTE_MS;

export interface Idled {
  readonly failure: string | null;
  readonly blocks: number;
  readonly durableWrites: number;
  /** By type: between honest nodes that are there. */
  readonly sent: Readonly<Record<string, number>>;
  /** The most of each collection, in all nodes, and of what is scheduled, under `scheduled`. */
  readonly firstHour: Readonly<Record<string, number>>;
  readonly lastHour: Readonly<Record<string, number>>;
}

const [nodes, away, hours] = process.argv.slice(2).map(Number) as [number, number, number];
const world = new World({ seed: nodes + away, nodes, profile: 'calm' });

/** Looks every minute. */
async function hour(): Promise<Record<string, number>> {
  const most = new Map<string, number>();
  const note = (name: string, size: number): void => void most.set(name, Math.max(size, most.get(name) ?? 0));
  for (let minute = 0; minute < 60; minute++) {
    await world.advance(MINUTE_MS);
    for (const { facade } of world.machines)
      if (facade !== null) for (const [name, size] of sizesOf(facade)) note(name, size);
    note('scheduled', world.schedule.pending);
  }
  return Object.fromEntries(most);
}

function sentOf(): Map<string, number> {
  return new Map(Object.entries(world.counters.all()).filter(([name]) => name.startsWith('sent ')));
}

let idled: Omit<Idled, 'failure'> | null = null;
const outcome = await world.play(async () => {
  await world.start();
  for (const { index } of world.machines) world.submitRecord(index);
  await world.converge();
  for (const { index } of world.machines.slice(nodes - away))
    world.crash(index, 'now', 1000 * HOUR_MS * 1000);
  await world.advance(SETTLING_MS);
  const [blocks, writes, sent] = [
    world.counters.get('blocks'),
    world.counters.get('durable writes'),
    sentOf(),
  ];
  const firstHour = await hour();
  await world.advance((hours - 2) * HOUR_MS);
  const lastHour = await hour();
  const later = [...sentOf()].map(([name, count]) => [
    name.slice('sent '.length),
    count - (sent.get(name) ?? 0),
  ]);
  idled = {
    blocks: world.counters.get('blocks') - blocks,
    durableWrites: world.counters.get('durable writes') - writes,
    sent: Object.fromEntries(later) as Record<string, number>,
    firstHour,
    lastHour,
  };
  return 0;
});
console.log(
  JSON.stringify({ failure: outcome.failure?.what ?? null, ...(idled as Omit<Idled, 'failure'> | null) }),
);
