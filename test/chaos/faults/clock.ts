/** A wall clock that is set wrong, and stays so. */
import type { LocalNode } from '../../../src-main/networks/types.ts';
import { pause } from '../cluster.ts';
import type { Arena } from './arena.ts';
import { Unexpected } from './arena.ts';

const LOOK_EVERY_MS = 200;
/** The file is looked at every second; HTTP's date has whole seconds, and is made once per second. */
const NOTICED_WITHIN_MS = 30_000;
const SLACK_SECONDS = 5;

/** Resolves when the node itself tells the wrong time of day: in its HTTP answers, or as processes.ts says. */
export async function setClock(arena: Arena, node: LocalNode, offsetSeconds: number): Promise<void> {
  const { cluster } = arena;
  cluster.processes.setClock(node.name, offsetSeconds);
  const endMs = performance.now() + NOTICED_WITHIN_MS;
  for (;;) {
    // Whoever is down or asleep notices later.
    const current = cluster.nodes().find(({ publicKey }) => publicKey === node.publicKey);
    if (current?.state !== 'running') return;
    const answer = await cluster.get(current, '/about');
    if (answer.date === null) return;
    const isShifted = cluster.processes.clockKind === 'shifted Date';
    // On a full disk that file cannot be written.
    if (isShifted && (await cluster.status(current))?.phase === 'halted') return;
    const date = isShifted ? (cluster.processes.shiftedDate(node.name) ?? answer.date) : answer.date;
    const actualSeconds = (Date.parse(date) - Date.now()) / 1000;
    if (Math.abs(actualSeconds - offsetSeconds) < SLACK_SECONDS) return;
    if (performance.now() > endMs) {
      throw new Unexpected(`${node.name} does not see the wrong clock`, {
        date,
        offsetSeconds,
        actualSeconds,
      });
    }
    await pause(LOOK_EVERY_MS);
  }
}
