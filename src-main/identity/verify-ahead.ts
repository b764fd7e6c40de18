/**
 * The primitives of core/crypto.ts, with further processors for the signatures of a node that catches up: they are
 * checked on threads of their own, and `verify` remembers what was found valid there, by the whole of signature,
 * message and key. What it does not remember it checks itself: without the threads everything is the same, and slower.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SignatureCheck } from '../core/answer-checks.ts';
import type { Crypto } from '../core/crypto.ts';
import type { PublicKey, Signature } from '../core/types.ts';
import { sodiumCrypto } from './sodium-crypto.ts';
import { packChecks, readChecks, type VerifyJob, type VerifyResult } from './verify-job.ts';

/** One processor stays for the node. More threads than these have nothing to do while that one executes the blocks. */
const MOST_THREADS = 3;
/** Fewer than these, as of a node that is a block or two behind, are not worth a thread. */
const LEAST_CHECKS = 64;
/** A thread takes some 15 MB. */
const IDLE_MS = 10_000;
/** Of what is valid and not asked about yet: more than all answers that are on their way at once have. */
const MOST_REMEMBERED = 16_384;

interface Thread {
  readonly worker: Worker;
  isReady: boolean;
  /** By number, until it is answered. */
  readonly jobs: Map<number, (valid: Uint8Array) => void>;
}

export interface VerifyAheadOptions {
  /** 0: everything is checked when it is asked about. */
  readonly threads?: number;
  /** The program of a thread, beside this module unless a test brings another. */
  readonly program?: string;
  readonly onFailure?: (error: Error) => void;
}

export class VerifyAhead implements Crypto {
  readonly hash = sodiumCrypto.hash;
  readonly isPublicKey = sodiumCrypto.isPublicKey;
  readonly #most: number;
  readonly #program: string;
  readonly #onFailure: (error: Error) => void;
  readonly #threads: Thread[] = [];
  /** By signature; taken out when it is asked about; at most MOST_REMEMBERED, the oldest go first. */
  readonly #valid = new Map<string, SignatureCheck>();
  #jobCount = 0;
  #hasFailed = false;
  #idle: NodeJS.Timeout | null = null;

  constructor(options: VerifyAheadOptions = {}) {
    this.#most = options.threads ?? Math.min(MOST_THREADS, availableParallelism() - 1);
    this.#program =
      options.program ?? path.join(import.meta.dirname, `verify-worker${path.extname(import.meta.filename)}`);
    this.#onFailure = options.onFailure ?? (() => undefined);
  }

  verify(signature: Signature, message: Uint8Array, publicKey: PublicKey): boolean {
    const name = nameOf(signature);
    const known = this.#valid.size === 0 ? undefined : this.#valid.get(name);
    if (known !== undefined && isSame(known.message, message) && isSame(known.publicKey, publicKey)) {
      this.#valid.delete(name);
      return true;
    }
    return sodiumCrypto.verify(signature, message, publicKey);
  }

  /** Resolves when `verify` knows them; null: they are checked when it is asked. */
  ahead(checks: readonly SignatureCheck[]): Promise<void> | null {
    if (checks.length < LEAST_CHECKS || this.#hasFailed) return null;
    const [first] = this.#threads.filter(({ isReady }) => isReady).sort((a, b) => a.jobs.size - b.jobs.size);
    const isEnough = first?.jobs.size === 0 || this.#threads.length >= this.#most;
    if (!isEnough) this.#start();
    // Nobody waits for a thread to start.
    if (first === undefined) return null;
    this.#endWhenIdle();
    const packed = packChecks(checks);
    return new Promise((resolve) => {
      const id = ++this.#jobCount;
      first.jobs.set(id, (valid) => {
        this.#remember(packed, valid);
        resolve();
      });
      first.worker.postMessage({ id, packed } satisfies VerifyJob);
    });
  }

  close(): void {
    this.#hasFailed = true;
    this.#endThreads();
  }

  #start(): void {
    const worker = new Worker(this.#program);
    worker.unref();
    const thread: Thread = { worker, isReady: false, jobs: new Map() };
    this.#threads.push(thread);
    worker.once('online', () => (thread.isReady = true));
    worker.on('message', ({ id, valid }: VerifyResult) => {
      const settle = thread.jobs.get(id);
      thread.jobs.delete(id);
      settle?.(valid);
    });
    worker.once('error', (error: Error) => {
      this.#hasFailed = true;
      this.#onFailure(error);
      this.#endThreads();
    });
    this.#endWhenIdle();
  }

  #remember(packed: Uint8Array, valid: Uint8Array): void {
    for (const [position, check] of readChecks(packed).entries()) {
      if (valid[position] !== 1) continue;
      if (this.#valid.size >= MOST_REMEMBERED) this.#valid.delete(this.#valid.keys().next().value!);
      this.#valid.set(nameOf(check.signature), check);
    }
  }

  #endWhenIdle(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#endThreads(), IDLE_MS).unref();
  }

  /** Whoever waits for them goes on. */
  #endThreads(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#valid.clear();
    for (const { worker, jobs } of this.#threads.splice(0)) {
      void worker.terminate();
      for (const settle of jobs.values()) settle(new Uint8Array(0));
    }
  }
}

function nameOf(signature: Uint8Array): string {
  return Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength).toString('latin1');
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
