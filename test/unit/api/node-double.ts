/** A node without consensus: a short hand-made chain, and a submit() that the test decides about. */
import { fromText, toText, utf8 } from '../../../src-main/core/bytes.ts';
import * as encoding from '../../../src-main/core/encoding.ts';
import { encodeGenesis } from '../../../src-main/core/genesis.ts';
import { genesisCommittee, sealNamespace } from '../../../src-main/core/proof.ts';
import { Committee } from '../../../src-main/core/quorum.ts';
import type { CommittedBlock, OwnerDecision, PublishEffect } from '../../../src-main/core/effects.ts';
import type { Command } from '../../../src-main/core/types.ts';
import { DecisionError, type SubmitError } from '../../../src-main/node/facade.ts';
import type { NodeFacade, NodeSnapshot, WaitingTransaction } from '../../../src-main/node/facade.ts';
import type { ChainReader, StoredBlock, StoredValue } from '../../../src-main/node/ports.ts';
import type { NodeReach } from '../../../src-main/networks/reach-types.ts';
import type { ServedNode } from '../../../src-main/networks/served-node.ts';
import {
  crypto,
  FILE_HASH,
  KEYS,
  makeBundle,
  makeCertificate,
  makeGenesis,
  makeHeader,
} from '../proof/fixture.ts';

export const SELF = toText(KEYS[0]!.publicKey);
const genesis = makeGenesis();
const genesisBytes = encodeGenesis(genesis);
const chainId = crypto.hash(genesisBytes);
const committee = new Committee(genesisCommittee(genesis), crypto);

/** Block `height` with one bundle of key 0: `data test:value` and, at height 3, the seal of FILE_HASH. */
export function makeBlock(height: number): CommittedBlock {
  const command: Command =
    height === 3
      ? { kind: 'data', ns: sealNamespace(FILE_HASH), d: 'note' }
      : { kind: 'data', ns: `test:value:n${height}`, d: `d${height}` };
  const bundle = makeBundle(chainId, KEYS[0]!, height - 1, new Uint8Array(32), [command]);
  const cut = [{ origin: 0, toSeq: height - 1, tipDigest: bundle.digest }];
  const sealed = makeHeader(chainId, height, cut, committee);
  const transactions = bundle.bundle.transactions.map(({ ident, commands }, transactionIndex) => ({
    origin: SELF,
    ident,
    bundleIndex: 0,
    transactionIndex,
    results: commands.map(({ kind }) => ({ kind, outcome: 'applied' as const })),
  }));
  const certificate = makeCertificate(sealed, committee, [0, 1, 3]);
  const { members } = committee;
  return {
    sealed,
    certificate,
    bundles: [bundle],
    transactions,
    writes: [],
    committee: members,
    snapshot: utf8(''),
  };
}

function stored(block: CommittedBlock): StoredBlock {
  return {
    height: block.sealed.header.height,
    hash: block.sealed.hash,
    headerBytes: block.sealed.bytes,
    certificateBytes: encoding.encodeCertificate(block.certificate),
    bundles: block.bundles.map(({ bytes }) => bytes),
    transactions: block.transactions,
    committee: block.committee,
  };
}

export class NodeDouble implements NodeFacade {
  reach: NodeReach | null = null;
  silence: NodeSnapshot['silence'] = null;
  readonly publicKey = SELF;
  readonly chainId = toText(chainId);
  readonly genesis = genesis;
  readonly submitted: { readonly commands: readonly Command[]; readonly ident: string | undefined }[] = [];
  refuseWith: SubmitError | Error | null = null;
  waitingNow: WaitingTransaction[] = [];
  readonly reader: ChainReader;
  readonly #blocks = new Map<number, StoredBlock>();
  readonly #values = new Map<string, StoredValue>();
  readonly #listeners = new Set<(event: PublishEffect) => void>();

  constructor(tipHeight: number) {
    const header = {
      height: 1,
      hash: chainId,
      headerBytes: genesisBytes,
      certificateBytes: new Uint8Array(0),
    };
    this.#blocks.set(1, { ...header, bundles: [], transactions: [], committee: committee.members });
    for (const { publicKey } of KEYS.slice(0, 4)) {
      const key = `peer:${toText(publicKey)}`;
      this.#values.set(key, { key, value: '1', height: 1, origin: '0'.repeat(43), ident: 'genesis' });
    }
    this.reader = this.#makeReader();
    for (let height = 2; height <= tipHeight; height++) this.commit(makeBlock(height));
  }

  commit(block: CommittedBlock): void {
    const { height } = block.sealed.header;
    this.#blocks.set(height, stored(block));
    for (const { origin, ident, transactionIndex } of block.transactions) {
      for (const command of block.bundles[0]!.bundle.transactions[transactionIndex]!.commands) {
        if (command.kind !== 'data') continue;
        const key = `${command.ns}:${origin}`;
        this.#values.set(key, { key, value: command.d, height, origin, ident });
      }
    }
    const event: PublishEffect = { type: 'committed', height, hash: block.sealed.hash, executed: block };
    for (const listener of this.#listeners) listener(event);
  }

  takeDecision(ns: string, value: string): void {
    this.#values.set(ns, { key: ns, value, height: 2, origin: SELF, ident: 'd' });
  }

  submit(commands: readonly Command[], ident?: string): Promise<{ ident: string }> {
    if (this.refuseWith !== null) return Promise.reject(this.refuseWith);
    this.submitted.push({ commands, ident });
    return Promise.resolve({ ident: ident ?? 'made-up' });
  }

  waiting(): readonly WaitingTransaction[] {
    return this.waitingNow;
  }

  snapshot(): NodeSnapshot {
    const members = genesis.members.map(({ publicKey, stake }, id) => ({
      id,
      publicKey: toText(publicKey),
      stake,
      isSelf: id === 0,
      link:
        id === 0
          ? null
          : {
              publicKey: toText(publicKey),
              peerClass: 'member' as const,
              connected: id !== 2,
              address: `127.0.0.1:${1000 + id}`,
              roundTripMs: 1.5,
              lastHeardAtMs: 900,
              bytesSent: 10,
              bytesReceived: 20,
              datagramsSent: 1,
              datagramsReceived: 2,
            },
      lastSaid: null,
      tipHeight: id === 0 ? null : 2,
      demotedUntil: null,
      evidence: null,
      laneFork: null,
      isReady: false,
      wasRaised: true,
    }));
    const tip = this.reader.tip();
    return {
      phase: 'running',
      silence: this.silence,
      resumeHeight: null,
      awaits: this.silence === 'clone' || this.silence === 'amnesia' ? this.silence : null,
      haltedBy: null,
      height: tip.height,
      tipHash: toText(tip.hash),
      view: 0,
      busy: false,
      syncTarget: null,
      proving: null,
      members,
      membership: 'member',
      votes: [],
      startedAtMs: 0,
      isVoting: true,
      links: 1,
      pendingBundles: 0,
      rejections: {},
      nowMs: 1000,
    };
  }

  subscribe(listener: (event: PublishEffect) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setFaults(): void {}
  requestJoin(): void {}
  answerJoin(): void {}
  overrideSilence(decision: OwnerDecision): Promise<void> {
    const { awaits } = this.snapshot();
    if (awaits !== decision)
      return Promise.reject(new DecisionError('not-silent', 'it waits for something else', awaits));
    this.silence = decision === 'clone' ? 'amnesia' : null;
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }

  #makeReader(): ChainReader {
    const blocks = this.#blocks;
    const values = this.#values;
    const tip = () => blocks.get(blocks.size)!;
    return {
      tip: () => ({ height: tip().height, hash: tip().hash, snapshot: new Uint8Array(0) }),
      genesisBytes: () => genesisBytes,
      block: (height) => blocks.get(height),
      heightOfHash: () => undefined,
      searchBlocks: (query, limit) => {
        const fits = ({ transactions }: StoredBlock) =>
          transactions.some(({ ident }) => ident.includes(query));
        return [...blocks.values()]
          .filter(fits)
          .map(({ height }) => height)
          .slice(-limit);
      },
      transaction: (origin, ident) => {
        for (const { height, transactions } of blocks.values()) {
          const found = transactions.find((one) => one.origin === origin && one.ident === ident);
          if (found !== undefined) return { ...found, height };
        }
        return undefined;
      },
      bundle: () => undefined,
      laneBundle: () => undefined,
      committee: () => undefined,
      value: (key, atHeight = Infinity) => {
        const value = values.get(key);
        return value !== undefined && value.height <= atHeight ? value : undefined;
      },
      searchValues: (query, limit) => {
        const fits = ({ key, value }: StoredValue) => key.includes(query) || value.includes(query);
        return [...values.values()].filter(fits).slice(0, limit);
      },
    };
  }
}

/** What serveNode needs around a node; ports are free ones. */
export function servedBy(
  node: NodeFacade,
  ports: ServedNode['ports'],
  tokenFile: string,
  desk: ServedNode['desk'] = null,
): ServedNode {
  return {
    node,
    desk,
    crypto,
    clock: {
      nowMs: () => performance.now(),
      schedule: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
    },
    logger: { log: () => undefined },
    networkName: 'Test',
    name: 'Ada',
    ports,
    tokenFile,
    openToken: false,
    get reach() {
      return node instanceof NodeDouble ? node.reach : null;
    },
    addressOf: (publicKey) => ({ http: '', udp: publicKey === SELF ? '127.0.0.1:1000' : '' }),
    copyDatabase: () => Promise.resolve('/copy'),
  };
}

export const PEER_1 = toText(KEYS[1]!.publicKey);
export const CHAIN_ID = toText(chainId);
export const sealHash = toText(FILE_HASH);
export { fromText };
