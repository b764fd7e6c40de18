/** Finds the running node of a folder and talks to it. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HashText } from '../core/types.ts';
import { networkFiles, networkIds } from '../networks/folders.ts';
import type { NetworkFiles } from '../networks/folders.ts';
import { nodeFolder, readManifest } from '../networks/manifest.ts';
import { readRunning } from '../networks/running-file.ts';
import type { Running } from '../networks/running-file.ts';
import { CliError, EXIT, usageError } from './cli-errors.ts';
import type { Options } from './cli-options.ts';

const TOKEN_HEADER = 'diva-token-api';
/** A node that takes longer, beyond what it was asked to wait, hangs. */
const LONGEST_ANSWER_MS = 10_000;
const LOOK_EVERY_MS = 1_000;

/** What a node answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One node of one network on this machine. */
export interface NodeFolder {
  readonly dataDir: string;
  readonly networkId: HashText;
  readonly files: NetworkFiles;
}

/**
 * The node that `--data-dir` (and `--network`, where a folder has several) means. The folder of a local
 * network means its first node; `--network` never means another one than it says.
 */
export function findNodeFolder(options: Options): NodeFolder {
  const home = options.dataDir;
  const manifest = readManifest(home);
  const wanted = options.text('network');
  if (manifest !== undefined && (wanted === undefined || wanted === manifest.id)) {
    const dataDir = nodeFolder(home, manifest.nodes[0]!.number);
    return { dataDir, networkId: manifest.id, files: networkFiles(dataDir, manifest.id) };
  }
  const ids = networkIds(home).filter((id) => wanted === undefined || id === wanted);
  const folders = ids.map((networkId) => ({
    dataDir: home,
    networkId,
    files: networkFiles(home, networkId),
  }));
  const [first, ...others] = folders;
  if (first === undefined)
    throw usageError(
      wanted === undefined
        ? `there is no network in ${home}; --data-dir names another folder, and \`local\` makes a network`
        : `there is no network ${wanted} in ${home}`,
    );
  if (others.length === 0) return first;
  const running = folders.filter(({ files }) => readRunning(files.running) !== undefined);
  if (running.length === 1) return running[0]!;
  throw usageError(`there are ${folders.length} networks in ${home}: choose one with --network`);
}

/** A node that answers. */
export class NodeClient {
  readonly folder: NodeFolder;
  readonly running: Running;

  private constructor(folder: NodeFolder, running: Running) {
    this.folder = folder;
    this.running = running;
  }

  /** Undefined when no process runs this node. */
  static find(folder: NodeFolder): NodeClient | undefined {
    const running = readRunning(folder.files.running);
    return running === undefined ? undefined : new NodeClient(folder, running);
  }

  /** Throws a CliError when no process runs the node that the options mean. */
  static findOrFail(options: Options): NodeClient {
    const folder = findNodeFolder(options);
    const client = NodeClient.find(folder);
    if (client !== undefined) return client;
    const { dataDir } = folder;
    const message = `no node runs in ${dataDir}${othersOf(options.dataDir, folder)}`;
    throw new CliError(EXIT.unreachable, 'not-running', message, { dataDir });
  }

  /** `limitMs` is how long the node may take. */
  get(path: string, limitMs = LONGEST_ANSWER_MS): Promise<Answer> {
    return this.#ask(path, {}, AbortSignal.timeout(limitMs));
  }

  getWithToken(path: string): Promise<Answer> {
    return this.#ask(path, { headers: this.#token() }, AbortSignal.timeout(LONGEST_ANSWER_MS));
  }

  put(path: string, body: unknown, limitMs = LONGEST_ANSWER_MS): Promise<Answer> {
    const init = { method: 'PUT', headers: this.#token(), body: JSON.stringify(body) };
    return this.#ask(path, init, AbortSignal.timeout(limitMs));
  }

  /**
   * For work that takes as long as it takes: it goes on for as long as the node answers others meanwhile. A node that
   * hangs tells nobody so, hence it is asked again and again.
   */
  async getSlowly(path: string): Promise<Answer> {
    const hangs = new AbortController();
    const done = new AbortController();
    const watch = async (): Promise<void> => {
      while (!done.signal.aborted) {
        await this.get('/about');
        await sleep(LOOK_EVERY_MS, undefined, { signal: done.signal });
      }
    };
    watch().catch(() => hangs.abort());
    try {
      return await this.#ask(path, { headers: this.#token() }, hangs.signal);
    } finally {
      done.abort();
    }
  }

  /**
   * Asks now and after each block, because nothing that blocks decide changes between two. Undefined when that gave no
   * answer in time. Throws a CliError when the node ends meanwhile.
   */
  async afterBlocks<T>(ask: () => Promise<T | undefined>, limitMs: number): Promise<T | undefined> {
    const first = await ask();
    if (first !== undefined) return first;
    const feed = new WebSocket(`ws://127.0.0.1:${this.running.ports.feed}`);
    const isOver = AbortSignal.timeout(limitMs);
    try {
      return await new Promise((resolve, reject) => {
        const askAgain = (): void => {
          ask().then((answer) => answer !== undefined && resolve(answer), reject);
        };
        // A block may have come before the feed was open.
        feed.addEventListener('open', askAgain);
        feed.addEventListener('message', askAgain);
        feed.addEventListener('close', () => reject(this.#gone()));
        isOver.addEventListener('abort', () => resolve(undefined));
      });
    } finally {
      feed.close();
    }
  }

  #token(): Record<string, string> {
    return { [TOKEN_HEADER]: fs.readFileSync(this.folder.files.token, 'utf8') };
  }

  async #ask(path: string, init: RequestInit, signal: AbortSignal): Promise<Answer> {
    const url = `http://127.0.0.1:${this.running.ports.api}${path}`;
    try {
      const response = await fetch(url, { ...init, signal });
      return { status: response.status, text: await response.text() };
    } catch {
      throw this.#gone();
    }
  }

  #gone(): CliError {
    const { pid } = this.running;
    return new CliError(EXIT.unreachable, 'no-answer', `the node (process ${pid}) does not answer`, { pid });
  }
}

/** What to do where a local network's first node does not run: others of it may. */
function othersOf(home: string, { dataDir }: NodeFolder): string {
  const manifest = readManifest(home);
  if (manifest === undefined || dataDir === home) return '; the app starts it, or `node` in its folder';
  const runs = (folder: string) => {
    return readRunning(networkFiles(folder, manifest.id).running) !== undefined;
  };
  const other = manifest.nodes.map(({ number }) => nodeFolder(home, number)).find(runs);
  if (other === undefined) return `; \`local --data-dir ${home}\` starts its network again`;
  return `, the first node of this network, which is meant; another one that runs is --data-dir ${other}`;
}

const ERROR_CODE = /^[a-z-]{1,64}$/;

const CODES: Readonly<Record<number, string>> = {
  401: 'wrong-token',
  403: 'not-allowed',
  413: 'too-large',
  429: 'busy',
  503: 'halted',
};

/** The answer's JSON; throws a CliError with the node's own reason for everything but success. */
export function readAnswer({ status, text }: Answer): unknown {
  if (status === 200) return parsed(text);
  const { message, code } = problemOf(text);
  const reason = text === '' ? `the node answered ${status}` : `the node refuses: ${message}`;
  throw new CliError(EXIT.refused, code ?? CODES[status] ?? 'refused', reason, { status });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CliError(EXIT.unreachable, 'no-answer', 'what answers at the port of the node is no node');
  }
}

/** What the node says of a refusal; `code` where it has one of its own. */
function problemOf(text: string): { message: string; code?: string | undefined } {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: { code?: unknown } };
    const code = error?.code;
    return {
      message: typeof message === 'string' ? message : text,
      code: typeof code === 'string' && ERROR_CODE.test(code) ? code : undefined,
    };
  } catch {
    return { message: text };
  }
}
