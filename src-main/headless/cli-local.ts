/** `local`: a network of real node processes in the foreground. `node`: one node of such a network, alone. */
import fs from 'node:fs';
import path from 'node:path';
import { serveNode } from '../api/server.ts';
import { createNetworkFolder } from '../networks/create.ts';
import { forkProcessHost } from '../networks/fork-host.ts';
import { identityFolder, networkFiles } from '../networks/folders.ts';
import { makeFolder } from '../networks/folder-faults.ts';
import { findLeftovers } from '../networks/leftovers.ts';
import { loadLocalNetwork } from '../networks/local-network.ts';
import { readManifest } from '../networks/manifest.ts';
import { openOwnNode } from '../networks/own-node.ts';
import { readRunning } from '../networks/running-file.ts';
import { withNetworkErrors } from '../networks/translate-errors.ts';
import { MAX_LOCAL_NODES } from '../networks/types.ts';
import type { LocalNetwork, LocalNode } from '../networks/types.ts';
import { lockFolder } from '../storage/folder-lock.ts';
import { findNodeFolder } from './cli-client.ts';
import { EXIT, usageError } from './cli-errors.ts';
import type { ExitCode } from './cli-errors.ts';
import { Options } from './cli-options.ts';
import type { Output } from './cli-output.ts';
import {
  apiText,
  FAULT_OPTIONS,
  nodeLine,
  onSignals,
  PORT,
  PORT_OPTIONS,
  readFaults,
  readPorts,
  readUnlocking,
  STOPPED,
  takenText,
} from './foreground.ts';

const DEFAULT_NODES = 4;
const LOOK_EVERY_MS = 1_000;

/** `entry` is the program of a node process. */
export async function local(args: readonly string[], output: Output, entry: string): Promise<ExitCode> {
  const types = {
    nodes: 'string',
    name: 'string',
    'first-port': 'string',
    ...FAULT_OPTIONS,
  } as const;
  const options = new Options(args, types, []);
  if (options.text('data-dir') === undefined)
    throw usageError('--data-dir is missing: the folder of the network, a new one or one that `local` made');
  const home = options.dataDir;
  const nodeCount = options.number('nodes', { least: 1, most: MAX_LOCAL_NODES, whole: true });
  const faults = readFaults(options) ?? { lossPermille: 0, delayMs: 0 };
  const abort = new AbortController();
  const stopped = onSignals(abort);
  makeFolder(home);
  const lock = await withNetworkErrors(() => lockFolder(home));
  try {
    const onStage = ({ stage, done, total }: { stage: string; done: number; total: number }): void => {
      output.note(total > 0 ? `${stage}: ${done} of ${total}` : stage);
    };
    const work = { onStage, signal: abort.signal };
    await createUnlessThere(home, nodeCount, options, output, work);
    const dependencies = { processes: forkProcessHost(entry), serve: serveNode };
    for (const { name, pid } of findLeftovers(home))
      output.note(`${name} still runs from before (process ${pid}); \`leftovers --end\` ends it`);
    const network = loadLocalNetwork({ home, backupDir: home, own: null }, dependencies);
    await network.setFaults(faults);
    await supervise(network, output, work, stopped);
  } finally {
    lock.release();
  }
  return EXIT.ok;
}

interface ForegroundWork {
  readonly onStage: (progress: { stage: string; done: number; total: number }) => void;
  readonly signal: AbortSignal;
}

async function createUnlessThere(
  home: string,
  nodeCount: number | undefined,
  options: Options,
  output: Output,
  work: ForegroundWork,
): Promise<void> {
  const existing = readManifest(home);
  const wanted = options.text('network');
  if (wanted !== undefined && wanted !== existing?.id)
    throw usageError(`there is no network ${wanted} in ${home}`);
  if (existing !== undefined) {
    const { length } = existing.nodes;
    if (nodeCount !== undefined && nodeCount !== length)
      throw usageError(`the network in ${home} has ${length} nodes`);
    return;
  }
  if (fs.existsSync(identityFolder(home)))
    throw usageError(`${home} is the folder of a node or of the app: a network needs one of its own`);
  const firstPort = options.number('first-port', PORT);
  await withNetworkErrors(() => {
    return createNetworkFolder(
      home,
      {
        networkName: options.text('name') ?? path.basename(home),
        nodeCount: nodeCount ?? DEFAULT_NODES,
        ...(firstPort === undefined ? {} : { firstPort }),
        onPortTaken: (name, taken) => output.note(takenText(name, taken)),
      },
      work,
    );
  });
}

async function supervise(
  network: LocalNetwork,
  output: Output,
  work: ForegroundWork,
  stopped: Promise<void>,
): Promise<void> {
  let isReady = false;
  let endWatching = (): void => undefined;
  network.subscribe((event) => {
    if (event.type === 'portTaken') return output.note(takenText(event.name, event));
    if (event.type !== 'node') return;
    const { node } = event;
    // Before all are there, only what went wrong is worth a line.
    if (isReady || node.state === 'failed') tell(output, node, node.state, node.pid);
  });
  try {
    await network.start(work);
    isReady = true;
    const { id, name } = network;
    const nodes = network.nodes().map(nodeLine);
    output.answer({ event: 'ready', network: { id, name }, nodes }, readyText(network));
    endWatching = watchOthers(network, output);
    await stopped;
  } finally {
    endWatching();
    await network.stop();
  }
  output.answer({ event: 'stopped' }, STOPPED);
}

function tell(
  output: Output,
  { name, publicKey, failure }: LocalNode,
  state: LocalNode['state'],
  pid: number | null,
): void {
  if (state !== 'failed' || failure === null)
    return output.answer({ event: 'node', name, publicKey, state, pid }, `${name} is ${state}`);
  const { code, message } = failure;
  const reason = { code, message };
  output.answer({ event: 'node', name, publicKey, state, pid, reason }, `${name} has failed: ${message}`);
}

/**
 * A node that ended may come back by a command of its own, and end again. No process of ours hears of that, and a node
 * that is killed leaves its file as it was, so that watching the file would not tell either: it is looked at.
 */
function watchOthers(network: LocalNetwork, output: Output): () => void {
  const pids = new Map<string, number>();
  const look = (): void => {
    for (const node of network.nodes()) {
      const { running } = networkFiles(node.dataDir, network.id);
      const pid = node.pid === null ? runningPid(running) : undefined;
      const before = pids.get(node.publicKey);
      if (pid === before) continue;
      if (pid === undefined) pids.delete(node.publicKey);
      else pids.set(node.publicKey, pid);
      if (pid !== undefined) tell(output, node, 'running', pid);
      // Only a process that closes its node takes its file away.
      else tell(output, node, fs.existsSync(running) ? 'killed' : 'stopped', null);
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function runningPid(file: string): number | undefined {
  try {
    return readRunning(file)?.pid;
  } catch {
    // A file that cannot be read says nothing, and is no reason to end the other nodes.
    return undefined;
  }
}

/** Runs one node in this process until a signal ends it. */
export async function node(args: readonly string[], output: Output): Promise<ExitCode> {
  const types = {
    'passphrase-file': 'string',
    'new-database': 'boolean',
    ...FAULT_OPTIONS,
    ...PORT_OPTIONS,
  } as const;
  const options = new Options(args, types, []);
  const faults = readFaults(options);
  const unlocking = readUnlocking(options);
  const abort = new AbortController();
  const stopped = onSignals(abort);
  const { dataDir, networkId, files } = findNodeFolder(options);
  if (fs.existsSync(files.shared)) {
    const { runShared } = await import('./cli-join.ts');
    return runShared({ dataDir, networkId, options, unlocking, faults }, output, {
      stopped,
      signal: abort.signal,
    });
  }
  const instance = await openOwnNode(
    {
      dataDir,
      networkId,
      logLevel: 'info',
      fixedPorts: readPorts(options),
      onPortTaken: (taken) => output.note(takenText('this node', taken)),
      newDatabase: options.isSet('new-database'),
      ...(faults === undefined ? {} : { faults }),
    },
    serveNode,
    unlocking,
  );
  const { facade, name } = instance;
  const { publicKey, genesis } = facade;
  const { pid } = process;
  const line = nodeLine({ name, publicKey, pid, ports: instance.ports, dataDir, tokenFile: files.token });
  const network = { id: networkId, name: genesis.name };
  output.answer({ event: 'ready', network, nodes: [line] }, `${name} runs: ${apiText(instance.ports)}`);
  await stopped;
  await instance.close();
  output.answer({ event: 'stopped' }, STOPPED);
  return EXIT.ok;
}

function readyText(network: LocalNetwork): string {
  const lines = network
    .nodes()
    .map(({ name, pid, ports }) =>
      pid === null
        ? `  ${name.padEnd(8)} does not run`
        : `  ${name.padEnd(8)} process ${pid}, ${apiText(ports)}`,
    );
  return [`"${network.name}" runs (${network.id}); Ctrl+C ends it`, ...lines].join('\n');
}
