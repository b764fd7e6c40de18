/** `create`: founds a network over several machines. `join`: becomes a member of one, and runs the own node. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { serveNode } from '../api/server.ts';
import { OwnKey } from '../app/own-key.ts';
import type { Identity } from '../identity/identity-file.ts';
import { loadIdentity } from '../identity/identity-file.ts';
import type { Unlocking } from '../identity/key-protector.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { readInterfaces } from '../network/interfaces.ts';
import { isLoopback } from '../network/udp/address-kind.ts';
import { parseUdpAddress } from '../network/udp/udp-address.ts';
import { identityFolder, networkFiles } from '../networks/folders.ts';
import { makeFolder } from '../networks/folder-faults.ts';
import { createSharedNetwork } from '../networks/shared/create.ts';
import { consentFile, NO_CONSENT } from '../networks/reach-consent.ts';
import { decodeInvitation, MAX_INVITATION_CHARACTERS, networkIdOf } from '../networks/shared/invitation.ts';
import type { Invitation } from '../networks/shared/invitation.ts';
import { prepareJoining } from '../networks/shared/joining.ts';
import { loadSharedNetwork } from '../networks/shared/shared-network.ts';
import { withNetworkErrors } from '../networks/translate-errors.ts';
import type { NodeInstance, StageProgress } from '../networks/types.ts';
import type { TransportFaults } from '../node/ports.ts';
import { lockFolder } from '../storage/folder-lock.ts';
import { EXIT, usageError } from './cli-errors.ts';
import type { ExitCode } from './cli-errors.ts';
import { Options } from './cli-options.ts';
import type { Output } from './cli-output.ts';
import {
  apiText,
  FAULT_OPTIONS,
  nodeLine,
  onSignals,
  PORT_OPTIONS,
  readFaults,
  readInterfaceNames,
  readPorts,
  readUnlocking,
  STOPPED,
  takenText,
} from './foreground.ts';

const MOST_FILE_BYTES = 2 * MAX_INVITATION_CHARACTERS;
const MAX_NAME_LENGTH = 64;

/** Makes its folder; `node` runs it. */
export async function create(args: readonly string[], output: Output): Promise<ExitCode> {
  const types = {
    name: 'string',
    as: 'string',
    admission: 'string',
    'by-hand': 'boolean',
    interface: 'string',
    'passphrase-file': 'string',
  } as const;
  const options = new Options(args, types, []);
  const networkName = options.required('name');
  const admission = options.text('admission') ?? 'ask';
  if (admission !== 'ask' && admission !== 'automatic') throw usageError('--admission is ask or automatic');
  const raises = !options.isSet('by-hand');
  const interfaces = readInterfaceNames(options) ?? [];
  const { dataDir } = options;
  const id = await withOwnKey(options, async ({ publicKey }) => {
    const own = { dataDir, name: nameOf(options), publicKey };
    return createSharedNetwork({ networkName, admission, raises, profile: 'lan', interfaces }, own, {});
  });
  output.answer(
    { network: { id, name: networkName } },
    [
      `"${networkName}" is founded (${id}); \`node\` runs it, and \`invite\` brings in others`,
      ...(interfaces.length > 0
        ? []
        : ['only this machine reaches it; `reach --interface` lets others do so']),
    ].join('\n'),
  );
  return EXIT.ok;
}

/** Joins, or goes on with joining, and runs the node until a signal ends it. */
export async function join(args: readonly string[], output: Output): Promise<ExitCode> {
  const types = {
    as: 'string',
    interface: 'string',
    fast: 'boolean',
    'passphrase-file': 'string',
    ...FAULT_OPTIONS,
    ...PORT_OPTIONS,
  } as const;
  const options = new Options(args, types, ['INVITATION']);
  const invitation = readInvitation(options.positionals[0]!);
  // What is no invitation must not make a key.
  const decoded = decodeInvitation(invitation, sodiumCrypto);
  const interfaces = readInterfaceNames(options);
  const faults = readFaults(options);
  const { dataDir } = options;
  if (interfaces === undefined) expectReach(decoded, dataDir);
  const abort = new AbortController();
  const stopped = onSignals(abort);
  const networkId = await withOwnKey(options, ({ publicKey }) => {
    const own = { dataDir, name: nameOf(options), publicKey };
    return prepareJoining({ invitation, interfaces, fast: options.isSet('fast') }, own);
  });
  const unlocking = readUnlocking(options);
  return runShared({ dataDir, networkId, options, unlocking, faults }, output, {
    stopped,
    signal: abort.signal,
  });
}

interface RunOptions {
  readonly dataDir: string;
  readonly networkId: string;
  readonly options: Options;
  readonly unlocking: Unlocking;
  readonly faults: TransportFaults | undefined;
}

interface Ending {
  readonly stopped: Promise<void>;
  readonly signal: AbortSignal;
}

/** Runs the own node of a network over several machines, and goes on with joining it where that is not done. */
export function runShared(run: RunOptions, output: Output, ending: Ending): Promise<ExitCode> {
  const { dataDir, networkId, options } = run;
  return withNetworkErrors(async () => {
    const lock = lockFolder(dataDir);
    try {
      const identity = await loadIdentity(identityFolder(dataDir), run.unlocking);
      const fixedPorts = readPorts(options);
      const newDatabase = options.isSet('new-database');
      const faults = run.faults === undefined ? {} : { faults: run.faults };
      const own = { dataDir, networkId, identity, fixedPorts, newDatabase, ...faults };
      const network = loadSharedNetwork(own, serveNode);
      network.subscribe((event) => {
        if (event.type === 'portTaken') output.note(takenText('this node', event));
        if (event.type === 'fastWayDropped') tellDropped(output);
      });
      try {
        await network.start({ onStage: stageTeller(output), signal: ending.signal });
        tellReady(output, network.own()!, dataDir);
        await ending.stopped;
      } finally {
        await network.stop();
        identity.dispose();
      }
      output.answer({ event: 'stopped' }, STOPPED);
      return EXIT.ok;
    } finally {
      lock.release();
    }
  });
}

function tellReady(output: Output, instance: NodeInstance, dataDir: string): void {
  const { facade, name, ports, networkId: id, tokenFile } = instance;
  const { publicKey, genesis } = facade;
  const line = nodeLine({ name, publicKey, pid: process.pid, ports, dataDir, tokenFile });
  const own = facade.snapshot().members.find(({ isSelf }) => isSelf);
  const role = own === undefined ? 'no member' : own.stake > 0 ? 'a full member' : 'an observer';
  const text = `${name} is ${role} of "${genesis.name}" and runs: ${apiText(ports)}`;
  output.answer({ event: 'ready', network: { id, name: genesis.name }, nodes: [line] }, text);
}

function tellDropped(output: Output): void {
  output.event({ event: 'fastWayDropped' });
  output.note(
    'the fast way was left: the others did not give what leads to the block that the invitation names; ' +
      'what came was dropped, and every block is checked now',
  );
}

const SENTENCES: Readonly<Record<string, string>> = {
  reach: 'looking for somebody whom the invitation names',
  session: 'an encrypted session, and the first answer',
  request: 'the request: its owner decides, or the invitation',
  addPeer: 'waiting for the block that names the new member',
  catchUp: 'catching up',
  ready: 'telling the others that this node is level with them',
  stake: 'the members vote for its stake',
  member: 'its stake counts two blocks later',
};

function stageTeller(output: Output): (progress: StageProgress) => void {
  return ({ stage, done, total, elapsedMs }) => {
    const seconds = (elapsedMs / 1000).toFixed(1);
    const unit = stage === 'catchUp' ? 'block ' : '';
    const count = total > 0 ? `: ${unit}${done} of ${total}` : '';
    output.event({ event: 'stage', stage, done, total, elapsedMs: Math.round(elapsedMs) });
    output.note(`${seconds} s  ${SENTENCES[stage] ?? stage}${count}`);
  };
}

/** A link, or a file with one. */
function readInvitation(argument: string): string {
  if (argument.startsWith('diva:')) return argument;
  const file = path.resolve(argument);
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true)
    throw usageError(`${argument} is no link that begins with diva://, and no file`);
  if (found.size > MOST_FILE_BYTES) throw usageError(`${argument} is too large for an invitation`);
  return fs.readFileSync(file, 'utf8');
}

/** The own key, made where there is none. Nobody else works with the folder meanwhile. */
export function withOwnKey<Result>(
  options: Options,
  work: (identity: Identity) => Promise<Result>,
): Promise<Result> {
  const { dataDir } = options;
  return withNetworkErrors(async () => {
    makeFolder(dataDir);
    const lock = lockFolder(dataDir);
    try {
      const { passphrase = null } = readUnlocking(options);
      const key = new OwnKey({ folder: identityFolder(dataDir), protector: null, passphrase });
      const identity = await key.openOrCreate(null);
      try {
        return await work(identity);
      } finally {
        identity.dispose();
      }
    } finally {
      lock.release();
    }
  });
}

/** What the others read: `--as`, otherwise the name of this machine. */
export function nameOf(options: Options): string {
  const name = options.text('as') ?? os.hostname();
  if (!/^[^\u0000-\u001f\u007f]{1,64}$/u.test(name))
    throw usageError(`--as is one line of at most ${MAX_NAME_LENGTH} characters`);
  return name;
}

/**
 * Without an interface the node speaks with this machine alone, and looks for anybody else in vain. Which one is for
 * its owner to say: it is also where others then reach the node.
 */
function expectReach(invitation: Invitation, dataDir: string): void {
  const { reach } = networkFiles(dataDir, networkIdOf(invitation));
  const hints = invitation.peers.flatMap(({ addressHints }) => addressHints);
  const isHere = hints.some((hint) => isLoopback(parseUdpAddress(hint)?.host ?? ''));
  if (isHere || (consentFile.read(reach) ?? NO_CONSENT).interfaces.length > 0) return;
  const choices = readInterfaces()
    .filter(({ kind }) => kind !== 'loopback')
    .map(({ name, addresses }) => `${name} (${addresses.map(({ host }) => host).join(', ')})`);
  throw usageError(
    'whom the invitation names is on another machine: --interface says over which the own node reaches it, and is ' +
      `reached; there is ${choices.join(', ') || 'none now: switch Wi-Fi on or plug a cable in'}`,
  );
}
