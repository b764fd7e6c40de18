/** Commands that look: status, verify-chain, paths. */
import fs from 'node:fs';
import { fromText } from '../core/bytes.ts';
import type { LaneFork } from '../core/forks.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { identityFolder, logFile, networkFiles, networkIds, networksFolder } from '../networks/folders.ts';
import { readManifest } from '../networks/manifest.ts';
import { withNetworkErrors } from '../networks/translate-errors.ts';
import { verifyChain as stepsOf } from '../networks/verify-chain.ts';
import type { ChainVerdict } from '../networks/verify-chain.ts';
import type { StatementText } from '../ledger/evidence-value.ts';
import type { MemberEvidence } from '../node/evidence.ts';
import { StorageError } from '../storage/errors.ts';
import { lockFolder } from '../storage/folder-lock.ts';
import type { FolderLock } from '../storage/folder-lock.ts';
import { openReader } from '../storage/open-store.ts';
import { findNodeFolder, NodeClient, readAnswer } from './cli-client.ts';
import type { NodeFolder } from './cli-client.ts';
import { EXIT, usageError } from './cli-errors.ts';
import type { ExitCode } from './cli-errors.ts';
import { Options } from './cli-options.ts';
import { countOf } from './cli-output.ts';
import type { Output } from './cli-output.ts';
import { stoppedNodes } from './stopped-nodes.ts';

/** The part of /node/status that people read. */
interface Status {
  readonly name: string;
  readonly network: { readonly id: string; readonly name: string };
  readonly phase: string;
  readonly silence: string | null;
  readonly resumeHeight: number | null;
  readonly height: number;
  readonly proving: { readonly proved: number; readonly to: number } | null;
  readonly waitingEntries: number;
  readonly members: readonly StatusMember[];
  readonly membership: 'member' | 'left' | 'none';
}

interface StatusMember {
  readonly publicKey: string;
  readonly stake: number;
  readonly connected: boolean;
  readonly evidence: MemberEvidence | null;
  readonly laneFork: LaneFork | null;
}

const PHASES: Readonly<Record<string, string>> = {
  starting: 'starting: it hears the others before it signs',
  silent: 'it signs nothing for now',
  halted: 'it signs nothing any more; its log says why',
};

export async function status(args: readonly string[], output: Output): Promise<ExitCode> {
  const options = new Options(args, {}, []);
  const client = NodeClient.findOrFail(options);
  const answer = readAnswer(await client.get('/node/status')) as Status;
  const stopped = stoppedNodes(options.dataDir);
  const { name, network, phase, height, waitingEntries, members, membership } = answer;
  const stakeOf = (those: Status['members']) => those.reduce((sum, { stake }) => sum + stake, 0);
  const connected = members.filter((member) => member.connected);
  const own = membership === 'member' ? 1 : 0;
  const agrees = 3 * stakeOf(connected) > 2 * stakeOf(members);
  const others = `${connected.length - own} of ${members.length - own} others`;
  const lines = [
    `${name} in "${network.name}" (${network.id})`,
    `  ${PHASES[phase] ?? phase}, block ${height}, connected to ${others}`,
    ...(membership === 'member' ? [] : [`  ${NO_MEMBER[membership]}`]),
    agrees
      ? '  enough members are connected for new blocks'
      : '  too few members are connected: new entries wait',
    ...(waitingEntries > 0
      ? [`  ${countOf(waitingEntries, 'own entry waits', 'own entries wait')}; nothing of it is lost`]
      : []),
    ...provingOf(answer).map((line) => `  ${line}`),
    ...silenceOf(answer).map((line) => `  ${line}`),
    ...members.flatMap(misconductOf).map((line) => `  ${line}`),
    ...stopped.map((node) => `  ${node.name} does not run${node.reason ? `: ${node.reason.message}` : ''}`),
  ];
  output.answer({ ...answer, stopped }, lines.join('\n'));
  return EXIT.ok;
}

/** Of a node that joined the fast way, until all of it is checked. */
function provingOf({ proving }: Status): string[] {
  if (proving === null) return [];
  const { proved, to } = proving;
  return [
    `signatures are checked up to block ${proved} of ${to}: it joined the fast way, and gives others no block between`,
  ];
}

const NO_MEMBER = {
  left: 'no member any more: it left or was removed, and can write nothing; what it has is kept',
  none: 'no member yet',
} as const;

const DECIDE_AMNESIA = '`sign-again amnesia` lets it sign at once, where the others are too few without it';

/** Why it signs nothing, and what its owner can do. */
function silenceOf({ silence, resumeHeight }: Status): string[] {
  if (silence === 'amnesia') {
    return [
      'it lost part of its memory: its database is new or older, or a copy of it signed as well',
      'it signs again by itself, once it has caught up with more than two thirds of the stake without its own',
      DECIDE_AMNESIA,
    ];
  }
  if (silence === 'clone') {
    return [
      'its key runs in another place as well: this one signs nothing until its owner decides',
      'end one of them for good, then let the other one go on with `sign-again clone`:',
      'it takes part again by itself, three blocks after it has caught up',
    ];
  }
  if (resumeHeight === null) return [];
  return [
    `it lost part of its memory, has caught up, and signs again from block ${resumeHeight} on`,
    DECIDE_AMNESIA,
  ];
}

/** The owner's decision about a node that is silent after a loss or beside a clone (PROTOCOL section 4.7). */
export async function signAgain(args: readonly string[], output: Output): Promise<ExitCode> {
  const options = new Options(args, { 'only-copy': 'boolean' }, ['REASON']);
  const [decision = ''] = options.positionals;
  if (!Object.hasOwn(DECIDED, decision))
    throw usageError(`REASON is clone or amnesia, as status says it, not ${decision}`);
  if (!options.isSet('only-copy')) {
    throw usageError(
      'say --only-copy when no other node runs with this key, now or later. A node that signs what contradicts ' +
        'what it has signed before, here or elsewhere, loses its stake',
    );
  }
  const client = NodeClient.findOrFail(options);
  const answer = readAnswer(await client.put('/node/sign-again', { decision })) as object;
  output.answer(answer, DECIDED[decision as keyof typeof DECIDED]);
  return EXIT.ok;
}

const DECIDED = {
  clone:
    'this is the only copy from now on: it takes part again by itself, three blocks after it has caught up',
  amnesia: 'it signs again from now on',
} as const;

const SAID: Readonly<Record<StatementText['kind'], string>> = {
  propose: 'proposal',
  vote: 'vote',
  commit: 'commitment',
  skip: 'wish to skip a round',
};

/** What a member did that no honest one does, in sentences. */
function misconductOf({ publicKey, evidence, laneFork }: StatusMember): string[] {
  const lines: string[] = [];
  const who = `member ${publicKey.slice(0, 8)}`;
  if (evidence !== null) {
    const { first, second, block } = evidence;
    const what =
      first.kind === second.kind
        ? `two different statements of one kind (${SAID[first.kind]})`
        : `a ${SAID[first.kind]} and a ${SAID[second.kind]} that exclude each other`;
    lines.push(
      `${who} signed ${what} for block ${first.height}: recorded in block ${block}, it lost its stake`,
    );
  }
  if (laneFork !== null)
    lines.push(
      `${who} signed two different pages ${laneFork.seq} of its notebook: noted, without effect on its stake`,
    );
  return lines;
}

const FAULTS: Readonly<Record<Extract<ChainVerdict, { valid: false }>['reason'], string>> = {
  'wrong-genesis': 'the genesis is not that of this network',
  'missing-block': 'the block is missing',
  malformed: 'it cannot be read',
  'broken-link': 'it does not follow the block before it',
  'wrong-committee': 'it names another committee than the one that follows from the chain',
  'bad-certificate': 'it is not signed by more than two thirds of its committee',
  'wrong-state': 'executing the blocks before it gives another state',
  'wrong-body': 'its content is not what its header cites',
};

/** Asks the node when it runs; otherwise reads its database, without changing it. */
export async function verifyChain(args: readonly string[], output: Output): Promise<ExitCode> {
  const options = new Options(args, {}, []);
  const folder = findNodeFolder(options);
  const client = NodeClient.find(folder);
  const verdict =
    client === undefined
      ? await withNetworkErrors(() => verifyStored(folder))
      : (readAnswer(await client.getSlowly('/node/verify-chain')) as ChainVerdict);
  if (verdict.valid) {
    const { height, transactions } = verdict;
    const text = `${countOf(height, 'block')} with ${countOf(transactions, 'transaction')}`;
    output.answer(verdict, `valid: ${text}, from the genesis on`);
    return EXIT.ok;
  }
  const message = FAULTS[verdict.reason];
  output.answer(
    { ...verdict, message },
    `NOT VALID: block ${verdict.height}: ${message} (${verdict.reason})`,
  );
  return EXIT.invalid;
}

/**
 * SQLite leaves a log and its index beside a database that it may only read. Nobody but the node itself may take these
 * away; so this happens only while the folder is locked, and only to those that were not there before.
 */
function verifyStored(folder: NodeFolder): ChainVerdict {
  const lock = lockIfFree(folder.dataDir);
  const { database } = folder.files;
  const isOurs = lock !== null && !fs.existsSync(`${database}-wal`);
  try {
    return readStored(folder);
  } finally {
    if (isOurs) for (const suffix of ['-wal', '-shm']) fs.rmSync(database + suffix, { force: true });
    lock?.release();
  }
}

/** Null while another process, perhaps the app with another network, works with this folder, or it is protected. */
function lockIfFree(dataDir: string): FolderLock | null {
  try {
    return lockFolder(dataDir);
  } catch (error) {
    if (error instanceof StorageError) return null;
    throw error;
  }
}

function readStored({ files, networkId }: NodeFolder): ChainVerdict {
  const reader = openReader(files.database, { crypto: sodiumCrypto });
  try {
    const steps = stepsOf(reader, fromText(networkId)!, sodiumCrypto);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  } finally {
    reader.close();
  }
}

export function paths(args: readonly string[], output: Output): ExitCode {
  const options = new Options(args, {}, []);
  const { dataDir } = options;
  const manifest = readManifest(dataDir);
  const folder = manifest === undefined ? null : findNodeFolder(options).dataDir;
  const base = folder ?? dataDir;
  const networks = networkIds(base).map((id) => {
    const { genesis, database, token, config } = networkFiles(base, id);
    return { id, genesis, database, token, config };
  });
  const found = {
    dataDir: base,
    identity: identityFolder(base),
    networks: networksFolder(base),
    log: logFile(base),
  };
  const lines = [
    ...Object.entries(found).map(([name, value]) => `${name.padEnd(9)} ${value}`),
    ...networks.flatMap(({ id, ...files }) => [
      `network   ${id}`,
      ...Object.entries(files).map(([name, value]) => `  ${name.padEnd(9)} ${value}`),
    ]),
  ];
  output.answer({ ...found, networkFiles: networks }, lines.join('\n'));
  return EXIT.ok;
}
