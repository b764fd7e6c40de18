/** Requests that publish a record or seal a file, and those about proofs. */
import { randomBytes } from 'node:crypto';
import { fromText, toText } from '../core/bytes.ts';
import type { Crypto } from '../core/crypto.ts';
import type { CommittedBlock } from '../core/effects.ts';
import { sealNamespace, verifyProof } from '../core/proof.ts';
import type { Command } from '../core/types.ts';
import { buildProof, findSeal } from '../networks/proofs.ts';
import type { NodeFacade } from '../node/facade.ts';
import { resultView } from './block-view.ts';
import type { Accepted, ProofFile, TransactionProgress } from './contract/records.ts';
import type { Handlers } from './dispatch.ts';
import { AppError } from './errors.ts';
import { verdictView } from './verdict-view.ts';

/**
 * Own transactions whose commit is reported; the oldest are forgotten first, and are still shown as waiting
 * entries.
 */
const MAX_TRACKED = 1024;

export interface RecordDependencies {
  readonly crypto: Crypto;
  /** The node of the open network. @throws AppError `no-network` */
  node(): NodeFacade;
  readonly publish: (progress: TransactionProgress) => void;
}

type RecordHandlers = Pick<Handlers, 'publishData' | 'sealFile' | 'getProof' | 'verifyProof'>;

export class Records {
  readonly #dependencies: RecordDependencies;
  readonly #tracked = new Set<string>();

  constructor(dependencies: RecordDependencies) {
    this.#dependencies = dependencies;
  }

  readonly handlers: RecordHandlers = {
    publishData: ({ ns, d }) => this.#submit({ kind: 'data', ns, d }),
    sealFile: ({ fileHash, note }) => {
      const hash = hashOf(fileHash);
      const node = this.#dependencies.node();
      const earlier = findSeal(node.reader, node.publicKey, hash);
      if (earlier !== undefined) throw new AppError('already-sealed', { height: earlier.height });
      const ns = sealNamespace(hash);
      if (isWaiting(node, ns)) throw new AppError('seal-waits');
      return this.#submit({ kind: 'data', ns, d: note });
    },
    getProof: ({ fileHash, origin }) => this.#proof(fileHash, origin),
    verifyProof: ({ proof, fileHash, chainId }) => {
      const expected = chainId === null ? null : hashOf(chainId);
      return verdictView(verifyProof(proof, hashOf(fileHash), expected, this.#dependencies.crypto));
    },
  };

  /** Reports the own transactions of a block that were submitted here. */
  committed(block: CommittedBlock, self: string): void {
    for (const { origin, ident, results } of block.transactions) {
      if (origin !== self || !this.#tracked.delete(ident)) continue;
      const height = block.sealed.header.height;
      this.#dependencies.publish({
        origin,
        ident,
        stage: 'committed',
        height,
        results: results.map(resultView),
      });
    }
  }

  async #submit(command: Extract<Command, { kind: 'data' }>): Promise<Accepted> {
    const node = this.#dependencies.node();
    // Chosen here, so that it is tracked before a fast block can hold it.
    const ident = toText(randomBytes(12));
    this.#track(ident);
    try {
      await node.submit([command], ident);
    } catch (error) {
      this.#tracked.delete(ident);
      throw error;
    }
    const accepted = { origin: node.publicKey, ident };
    if (this.#tracked.has(ident)) {
      this.#dependencies.publish({ ...accepted, stage: 'accepted', height: null, results: [] });
    }
    return { ...accepted, ns: command.ns };
  }

  #track(ident: string): void {
    const [oldest] = this.#tracked;
    if (this.#tracked.size >= MAX_TRACKED && oldest !== undefined) this.#tracked.delete(oldest);
    this.#tracked.add(ident);
  }

  #proof(fileHash: string, requested: string | null): ProofFile {
    const node = this.#dependencies.node();
    const hash = hashOf(fileHash);
    const seal = findSeal(node.reader, requested ?? node.publicKey, hash);
    if (seal === undefined)
      throw new AppError(isWaiting(node, sealNamespace(hash)) ? 'not-committed' : 'not-found');
    return {
      suggestedFileName: `seal-${fileHash.slice(0, 8)}-block-${seal.height}.diva-proof.json`,
      content: buildProof(node.reader, seal, hash, this.#dependencies.crypto),
      height: seal.height,
    };
  }
}

function isWaiting(node: NodeFacade, ns: string): boolean {
  return node.waiting().some(({ commands }) => commands.some((one) => one.kind === 'data' && one.ns === ns));
}

/** The schema lets only 43 characters through, but not every such text is the canonical one of 32 bytes. */
function hashOf(text: string): Uint8Array {
  const bytes = fromText(text);
  if (bytes === undefined) throw new AppError('invalid-request', { request: 'hash', path: text });
  return bytes;
}
