/** Finds the running node of a folder and talks to it. */
import fs from 'node:fs';
import type { HashText } from '../core/types.ts';
import { networkFiles, networkIds } from '../networks/folders.ts';
import type { NetworkFiles } from '../networks/folders.ts';
import { nodeFolder, readManifest } from '../networks/manifest.ts';
import { readRunning } from '../networks/running-file.ts';
import type { Running } from '../networks/running-file.ts';
import { CliError, EXIT, usageError } from './cli-errors.ts';
import type { Options } from './cli-options.ts';

const TOKEN_HEADER = 'diva-token-api';
/** Longer than any answer that the node gives by itself; a wait asks again. */
const LONGEST_ANSWER_MS = 120_000;

/** One node of one network on this machine. */
export interface NodeFolder {
  readonly dataDir: string;
  readonly networkId: HashText;
  readonly files: NetworkFiles;
}

/**
 * The node that `--data-dir` (and `--network`, where a folder has several) means. The folder of a local
 * network means its first node.
 */
export function findNodeFolder(options: Options): NodeFolder {
  const home = options.dataDir;
  const manifest = readManifest(home);
  if (manifest !== undefined) {
    const dataDir = nodeFolder(home, manifest.nodes[0]!.number);
    return { dataDir, networkId: manifest.id, files: networkFiles(dataDir, manifest.id) };
  }
  const wanted = options.text('network');
  const ids = networkIds(home).filter((id) => wanted === undefined || id === wanted);
  const folders = ids.map((networkId) => ({
    dataDir: home,
    networkId,
    files: networkFiles(home, networkId),
  }));
  const [first, ...others] = folders;
  if (first === undefined)
    throw usageError(`there is no network${wanted === undefined ? '' : ` ${wanted}`} in ${home}`);
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
    throw new CliError(EXIT.unreachable, 'not-running', `no node runs in ${dataDir}`, { dataDir });
  }

  get(path: string): Promise<Response> {
    return this.#ask(path, {});
  }

  /** With the token of the node's folder. */
  async authorised(method: 'GET' | 'PUT', path: string, body?: unknown): Promise<Response> {
    const headers = { [TOKEN_HEADER]: fs.readFileSync(this.folder.files.token, 'utf8') };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    return this.#ask(path, init);
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const url = `http://127.0.0.1:${this.running.ports.api}${path}`;
    try {
      return await fetch(url, { ...init, signal: AbortSignal.timeout(LONGEST_ANSWER_MS) });
    } catch {
      const { pid } = this.running;
      throw new CliError(EXIT.unreachable, 'not-running', `the node (process ${pid}) does not answer`, {
        pid,
      });
    }
  }
}

/** The answer's JSON; throws a CliError with the node's own reason for everything but success. */
export async function readAnswer(response: Response): Promise<unknown> {
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as unknown;
  const reason = text === '' ? `the node answered ${response.status}` : reasonOf(text);
  throw new CliError(EXIT.refused, `http-${response.status}`, reason, { status: response.status });
}

function reasonOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
