/** What the nodes of a cluster say of themselves when a benchmark gave up. */
import fs from 'node:fs';
import path from 'node:path';
import type { LocalNode } from '../../src-main/networks/types.ts';
import { getJson } from './cluster.ts';
import type { Cluster } from './cluster.ts';

const LONGEST_ANSWER_MS = 5_000;
const LOG_LINES = 40;

/** Writes all of it into the cluster's folder and returns the path; a line per node goes to stderr. */
export async function diagnose(cluster: Cluster, error: unknown): Promise<string> {
  const nodes = await Promise.all(cluster.nodes().map(diagnoseNode));
  for (const { name, state, pid, status } of nodes) {
    const { phase, silence, height, view, busy, syncTarget, waiting, pendingBundles } = status;
    const line = { phase, silence, height, view, busy, syncTarget, waiting, pendingBundles };
    console.error(`  ${name} (${state}, process ${pid ?? 'none'}): ${JSON.stringify(line)}`);
  }
  const file = path.join(cluster.home, 'diagnosis.json');
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  fs.writeFileSync(file, JSON.stringify({ error: text, nodes }, null, 2));
  return file;
}

async function diagnoseNode(node: LocalNode) {
  const { name, publicKey, state, pid, ports, failure } = node;
  const ask = async (url: string): Promise<Record<string, unknown>> => {
    if (state !== 'running') return {};
    return getJson(node, url, LONGEST_ANSWER_MS).then(
      (answer) => answer as Record<string, unknown>,
      (error: unknown) => ({ unanswered: String(error) }),
    );
  };
  const [status, about, stack] = await Promise.all(['/node/status', '/about', '/stack'].map(ask));
  const log = fs.readFileSync(node.logFile, 'utf8').trimEnd().split('\n').slice(-LOG_LINES);
  return { name, publicKey, state, pid, ports, failure, status: status!, about, stack, log };
}
