/**
 * What the ledger itself keeps in the state, among the values that members publish: no command may imitate or replace
 * it, and nobody who reads values may take it for data.
 */
import { LANE_PREFIX } from './departed-lanes.ts';
import { EVIDENCE_PREFIX } from './evidence-value.ts';

/** Prefix under which DIVA's clients look for taken decisions. */
export const TAKEN_PREFIX = 'decision:taken:';
const DECISION_PREFIX = 'decision:';
const OF_A_KEY = ['peer:', EVIDENCE_PREFIX, LANE_PREFIX];

/** What the ledger keeps about a public key: it ends like the data of that member, and is none. */
export function isAboutKey(stateKey: string): boolean {
  return OF_A_KEY.some((prefix) => stateKey.startsWith(prefix));
}

/** Name spaces in which no command writes. */
export function isReserved(ns: string): boolean {
  return ns.startsWith(DECISION_PREFIX) || isAboutKey(ns);
}

/** The name space of data that `origin` published under `ns:origin`; null for everything else in the state. */
export function namespaceOfData(stateKey: string, origin: string): string | null {
  const end = `:${origin}`;
  return stateKey.endsWith(end) && !isAboutKey(stateKey) ? stateKey.slice(0, -end.length) : null;
}
