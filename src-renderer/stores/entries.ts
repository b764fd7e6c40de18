import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { CommandResult } from '../../src-main/app/contract/chain.ts';
import type { ContractError, Outcome } from '../../src-main/app/contract/errors.ts';
import type { WaitingEntry } from '../../src-main/app/contract/node.ts';
import type { Accepted, TransactionProgress } from '../../src-main/app/contract/records.ts';
import { request, subscribe } from '../api.ts';
import { sealedFile } from '../composables/sealedFile.ts';
import { useNodeStore } from './node.ts';
import { useNoticesStore } from './notices.ts';

/** One of the own entries, from acceptance to its block. */
export interface OwnEntry {
  /** Unique in the list: the ident while it is known, otherwise the name space. */
  readonly id: string;
  readonly ns: string;
  /** Base64url SHA-256 of the sealed file; null for a plain record. */
  readonly fileHash: string | null;
  /** Name of the sealed file, known only until the window is closed. */
  readonly fileName: string | null;
  /** queued: behind a full notebook page limit; waiting: sent to the others; committed: in a block. */
  readonly stage: 'queued' | 'waiting' | 'committed';
  readonly height: number | null;
  readonly results: readonly CommandResult[];
}

const MAX_SESSION_ENTRIES = 100;
const MAX_RECORDS = 100;

export const useEntriesStore = defineStore('entries', () => {
  const session = ref<OwnEntry[]>([]);
  const records = shallowRef<readonly OwnEntry[]>([]);
  const node = useNodeStore();

  const entries = computed(() => merged(session.value, node.network?.waiting ?? [], records.value));
  const waitingCount = computed(() => node.network?.waitingCount ?? 0);

  function connect(): () => void {
    return subscribe('transaction', (progress) => {
      session.value = session.value.map((entry) =>
        entry.id === progress.ident ? advanced(entry, progress) : entry,
      );
      if (progress.stage === 'committed') void loadRecords();
    });
  }

  function reset(): void {
    session.value = [];
    records.value = [];
  }

  async function publish(ns: string, d: string): Promise<ContractError | null> {
    return remember(await request('publishData', { ns, d }), null);
  }

  async function seal(fileHash: string, fileName: string, note: string): Promise<ContractError | null> {
    return remember(await request('sealFile', { fileHash, note }), fileName);
  }

  function remember(outcome: Outcome<Accepted>, fileName: string | null): ContractError | null {
    if (!outcome.ok) return outcome.error;
    const { ident, ns } = outcome.value;
    const others = session.value.filter((entry) => entry.id !== ident);
    session.value = [{ ...ownEntry(ident, ns, 'waiting', null), fileName }, ...others].slice(
      0,
      MAX_SESSION_ENTRIES,
    );
    void refresh(outcome.value);
    return null;
  }

  /** The entry may have reached its block before this window knew its ident: then the push was missed. */
  async function refresh(accepted: Accepted): Promise<void> {
    const { origin, ident } = accepted;
    const outcome = await request('getTransaction', { origin, ident });
    if (!outcome.ok) return;
    const { height, transaction } = outcome.value;
    const results = transaction.commands.flatMap(({ result }) => (result ? [result] : []));
    const progress: TransactionProgress = { origin, ident, stage: 'committed', height, results };
    session.value = session.value.map((entry) => (entry.id === ident ? advanced(entry, progress) : entry));
  }

  /** What the chain holds under the own name: `ns:publicKey` (DESIGN, Ledger). */
  async function loadRecords(): Promise<void> {
    const publicKey = node.network?.self.publicKey;
    if (!publicKey) return;
    const outcome = await request('searchState', { query: `:${publicKey}`, limit: MAX_RECORDS });
    if (!outcome.ok) return useNoticesStore().fail('searchState', outcome.error);
    records.value = outcome.value.entries
      // What the ledger keeps about the own key stands under keys that end alike, and has no name space.
      .flatMap(({ key, ns, height }) =>
        ns !== null && key === `${ns}:${publicKey}` ? [ownEntry(ns, ns, 'committed', height)] : [],
      )
      .sort((a, b) => (b.height ?? 0) - (a.height ?? 0));
  }

  return { entries, waitingCount, connect, reset, publish, seal, loadRecords };
});

/** Newest first: this session's, then what waits from before, then what the chain holds under the own name. */
function merged(
  session: readonly OwnEntry[],
  waiting: readonly WaitingEntry[],
  records: readonly OwnEntry[],
): readonly OwnEntry[] {
  const seen = new Set(session.flatMap((entry) => [entry.id, entry.ns]));
  const earlier = waiting
    .filter((entry) => !seen.has(entry.ident))
    .map((entry) => ownEntry(entry.ident, entry.ns ?? '', entry.bundled ? 'waiting' : 'queued', null));
  return [...session, ...earlier, ...records.filter((record) => !seen.has(record.ns))];
}

function ownEntry(id: string, ns: string, stage: OwnEntry['stage'], height: number | null): OwnEntry {
  return { id, ns, fileHash: sealedFile(ns), fileName: null, stage, height, results: [] };
}

function advanced(entry: OwnEntry, progress: TransactionProgress): OwnEntry {
  if (progress.stage !== 'committed') return entry;
  return { ...entry, stage: 'committed', height: progress.height, results: progress.results };
}
