/** What a fault works with, and what it leaves behind: the way back. */
import type { Clients } from '../clients.ts';
import type { Cluster } from '../cluster.ts';
import type { Disks } from './disks.ts';
import type { Links } from './links.ts';

export interface Arena {
  readonly cluster: Cluster;
  readonly clients: Clients;
  readonly links: Links;
  readonly disks: Disks;
}

/** Undoes the fault. */
export type Heal = () => Promise<void>;

/** What a fault was to do, or a node had to do under it, did not happen. */
export class Unexpected extends Error {
  readonly evidence: unknown;

  constructor(message: string, evidence: unknown) {
    super(message);
    this.name = 'Unexpected';
    this.evidence = evidence;
  }
}
