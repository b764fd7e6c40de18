import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { TIMINGS } from '../../src-main/node/timing.ts';
import type { Idled } from '../sim/idling-process.ts';
import { HOUR_MS } from './facts.ts';
import { runProcess } from './sound.ts';

const IDLING_PROCESS = fileURLToPath(new URL('../sim/idling-process.ts', import.meta.url));
const HOURS = 24;

it.each([
  [4, 0],
  [4, 1],
])('a day of %i idle nodes, of which %i are away: only STATUS, and nothing grows', async (nodes, away) => {
  const { failure, blocks, durableWrites, sent, firstHour, lastHour } = JSON.parse(
    await runProcess(IDLING_PROCESS, [nodes, away, HOURS].map(String)),
  ) as Idled;
  expect([failure, blocks, durableWrites]).toEqual([null, 0, 0]);

  const { status = 0, ...others } = sent;
  expect(Object.values(others).reduce((sum, count) => sum + count, 0)).toBe(0);
  // One per 10 s and peer that is there; a fifth early or late, which evens out over a day.
  const here = nodes - away;
  const promised = (here * (here - 1) * HOURS * HOUR_MS) / TIMINGS.loopback.idleStatusMs;
  expect(Math.abs(status - promised)).toBeLessThan(promised / 50);

  // The walk has seen the parts of a node, and its timers.
  expect(firstHour).toMatchObject({ 'NodeDriver.timers': 1, 'Peers.peers': nodes - 1 });
  const { scheduled: before, ...first } = firstHour;
  const { scheduled: after, ...last } = lastHour;
  const grown = Object.entries(last).filter(([name, size]) => size > (first[name] ?? 0));
  expect(grown).toEqual([]);
  // A timer of each node, an attempt to reach each one that is away, and messages on their way.
  const most = nodes + here * away + here * (here - 1);
  for (const scheduled of [before, after]) expect(scheduled).toBeLessThanOrEqual(most);
});
