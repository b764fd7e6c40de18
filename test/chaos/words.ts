/** What the nodes say of themselves when something did not happen: the first thing that whoever looks for it wants. */
import fs from 'node:fs';
import { NetworkError } from '../../src-main/networks/errors.ts';
import type { LocalNode } from '../../src-main/networks/types.ts';
import type { Cluster, Status } from './cluster.ts';
import { Unexpected } from './faults/arena.ts';
import type { Violation } from './history.ts';

const LAST_LINES = 5;

/** Of every node, also of those that do not answer. */
export function wordsOf(cluster: Cluster): Promise<object[]> {
  return Promise.all(cluster.nodes().map(async (node) => brief(node, await cluster.status(node))));
}

function brief({ name, state, failure, logFile }: LocalNode, status: Status | null): object {
  if (status === null) return { name, state, failure: failure?.message, log: tailOf(logFile) };
  const { phase, silence, resumeHeight, haltedBy, height, view, busy, waiting, members } = status;
  const connected = members.filter((member) => member.connected).length;
  const said = { phase, silence, resumeHeight, haltedBy, height, view, busy, waiting };
  return { name, state, logFile, ...said, connected, of: members.length };
}

/** What a node did not bear, or a network that does not start; anything else is a fault of the run and thrown on. */
export async function violationOf(check: string, error: unknown, cluster: Cluster): Promise<Violation> {
  if (!(error instanceof Unexpected) && !(error instanceof NetworkError)) throw error;
  const evidence = error instanceof Unexpected ? error.evidence : error.params;
  return { check, sentence: error.message, evidence: { evidence, words: await wordsOf(cluster) } };
}

export function tailOf(file: string): string[] {
  if (!fs.existsSync(file)) return [];
  return fs.readFileSync(file, 'utf8').trim().split('\n').slice(-LAST_LINES);
}

/**
 * What the work finds, or, where it does not end, that and the nodes' own words. The bound is no promise about speed:
 * whatever is not over by then never will be.
 */
export async function endsInTime<Found>(
  work: Promise<Found>,
  limitMs: number,
  words: () => Promise<unknown>,
): Promise<{ readonly found: Found } | { readonly violation: Violation }> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<{ violation: Violation }>((resolve) => {
    const give = async (): Promise<void> => {
      const sentence = `the run was not over after ${Math.round(limitMs / 60_000)} minutes`;
      const evidence = await words().catch((error: unknown) => String(error));
      resolve({ violation: { check: 'ends in time', sentence, evidence } });
    };
    timer = setTimeout(() => void give(), limitMs);
  });
  try {
    return await Promise.race([work.then((found) => ({ found })), over]);
  } finally {
    clearTimeout(timer);
  }
}
