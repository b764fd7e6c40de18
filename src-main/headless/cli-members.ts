/** Commands about who is in the network: invite, members, approve, leave. */
import fs from 'node:fs';
import path from 'node:path';
import type { GivenInvitation, IssuedInvitation, JoinRequest } from '../networks/shared/desk-types.ts';
import type { OpenVote } from '../node/facade.ts';
import { NodeClient, readAnswer } from './cli-client.ts';
import { CliError, EXIT, usageError } from './cli-errors.ts';
import type { ExitCode } from './cli-errors.ts';
import { Options } from './cli-options.ts';
import { countOf, printable } from './cli-output.ts';
import type { Output } from './cli-output.ts';

const DEFAULT_LIFETIME_BLOCKS = 1000;
const DEFAULT_TIMEOUT_SECONDS = 300;

/** Gives out an invitation, lists those that were given out, or takes one back. */
export async function invite(args: readonly string[], output: Output): Promise<ExitCode> {
  const types = {
    reusable: 'boolean',
    ask: 'boolean',
    blocks: 'string',
    note: 'string',
    out: 'string',
    list: 'boolean',
    revoke: 'string',
  } as const;
  const options = new Options(args, types, []);
  const client = NodeClient.findOrFail(options);
  const revoked = options.text('revoke');
  if (revoked !== undefined) {
    readAnswer(await client.put(`/node/invitations/${encodeURIComponent(revoked)}/revoke`, {}));
    output.answer({ id: revoked, state: 'revoked' }, 'nobody is let in with it any more');
    return EXIT.ok;
  }
  if (options.isSet('list')) return list(client, output);
  if (options.isSet('reusable') && options.isSet('ask'))
    throw usageError('--ask gives no ticket, and --reusable one for many');
  const lifetimeBlocks =
    options.number('blocks', { least: 1, most: 1_000_000, whole: true }) ?? DEFAULT_LIFETIME_BLOCKS;
  const ticket = options.isSet('ask') ? 'none' : options.isSet('reusable') ? 'reusable' : 'one-time';
  const body = { ticket, lifetimeBlocks, note: options.text('note') ?? '' };
  const give = async (): Promise<GivenInvitation> => {
    return readAnswer(await client.put('/node/invitations', body)) as GivenInvitation;
  };
  const out = options.text('out');
  const given = await (out === undefined ? give() : giveInto(path.resolve(out), give));
  output.answer({ ...given, ticket }, invitationText(given, out));
  return EXIT.ok;
}

/** The file is made first: an invitation that nobody could write down would be valid all the same. */
async function giveInto(file: string, give: () => Promise<GivenInvitation>): Promise<GivenInvitation> {
  const descriptor = openNew(file);
  try {
    const given = await give();
    fs.writeFileSync(descriptor, `${given.link}\n`);
    return given;
  } catch (error) {
    fs.rmSync(file, { force: true });
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

function openNew(file: string): number {
  try {
    return fs.openSync(file, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw usageError(`${file}: there is a file already; it was kept`);
  }
}

function invitationText({ link, words, expiryHeight, addressHints }: GivenInvitation, out?: string): string {
  return [
    link,
    `  the words of this network: ${words.join(' ')}`,
    `  found at ${addressHints.length === 0 ? 'no address: nobody can follow it yet' : addressHints.join(', ')}`,
    expiryHeight === null ? '  whoever is asked decides' : `  lets somebody in until block ${expiryHeight}`,
    ...(out === undefined ? [] : [`  written to ${out}`]),
  ].join('\n');
}

async function list(client: NodeClient, output: Output): Promise<ExitCode> {
  const invitations = readAnswer(await client.getWithToken('/node/invitations')) as IssuedInvitation[];
  const lines = invitations.map(({ id, kind, state, expiryHeight, note, uses }) => {
    const used = countOf(uses.length, 'use');
    return `${id}  ${kind.padEnd(8)}  ${state.padEnd(7)}  until block ${expiryHeight}, ${used}  ${printable(note)}`;
  });
  output.answer({ invitations }, lines.length === 0 ? 'none was given out' : lines.join('\n'));
  return EXIT.ok;
}

interface Status {
  readonly network: { readonly name: string };
  readonly height: number;
  readonly members: readonly StatusMember[];
  readonly membership: 'member' | 'left' | 'none';
  readonly isVoting: boolean;
  readonly votes: readonly OpenVote[];
}

interface StatusMember {
  readonly publicKey: string;
  readonly name: string | null;
  readonly looksLike: string | null;
  readonly stake: number;
  readonly isSelf: boolean;
  readonly connected: boolean;
}

async function statusOf(client: NodeClient): Promise<Status> {
  return readAnswer(await client.get('/node/status')) as Status;
}

/** Who is in the network, and what is voted about them. */
export async function members(args: readonly string[], output: Output): Promise<ExitCode> {
  const options = new Options(args, {}, []);
  const { height, votes, ...status } = await statusOf(NodeClient.findOrFail(options));
  const all = status.members.map(({ publicKey, name, looksLike, stake, isSelf, connected }) => {
    return { publicKey, name, looksLike, stake, isSelf, connected };
  });
  const lines = all.map(({ publicKey, name, looksLike, stake, isSelf, connected }) => {
    const role = stake > 0 ? `stake ${stake}` : 'observer';
    const where = isSelf ? 'this node' : connected ? 'connected' : 'not connected';
    const doubt = looksLike === null ? '' : `  (looks like the name of ${looksLike})`;
    return `${publicKey}  ${role.padEnd(10)}  ${where.padEnd(13)}  ${printable(name ?? '')}${doubt}`;
  });
  const total = all.reduce((sum, { stake }) => sum + stake, 0);
  const open = votes.map(({ target, remove, delta, ident, votedStake }) => {
    const what = remove ? 'its removal' : `a change of its stake by ${delta} (${ident})`;
    return `${target}  ${what}: ${votedStake} of ${total} have voted`;
  });
  output.answer({ members: all, votes, height }, [...lines, ...open].join('\n'));
  return EXIT.ok;
}

/** The own node leaves the chain; it goes on until the others can decide without it, and its folder stays. */
export async function leave(args: readonly string[], output: Output): Promise<ExitCode> {
  const options = new Options(args, { timeout: 'string' }, []);
  const seconds =
    options.number('timeout', { least: 0, most: 86_400, whole: true }) ?? DEFAULT_TIMEOUT_SECONDS;
  const client = NodeClient.findOrFail(options);
  const before = await statusOf(client);
  const total = before.members.reduce((sum, { stake }) => sum + stake, 0);
  const own = before.members.find(({ isSelf }) => isSelf);
  if (own !== undefined && own.stake > 0 && own.stake === total)
    throw new CliError(
      EXIT.refused,
      'last-member',
      'nobody else has stake: nothing could be decided any more',
    );
  if (own !== undefined) readAnswer(await client.put('/leave', undefined));
  const left = await client.afterBlocks(async () => {
    const { membership, isVoting, height } = await statusOf(client);
    return membership !== 'member' && !isVoting ? { membership, height } : undefined;
  }, seconds * 1000);
  if (left === undefined)
    throw new CliError(EXIT.pending, 'timeout', 'the others have not agreed yet; `leave` waits on');
  output.answer(left, 'this node has left; it may be stopped, and its folder is kept');
  return EXIT.ok;
}

interface Joins {
  readonly settings: { readonly admission: string; readonly paused: boolean };
  readonly requests: readonly JoinRequest[];
}

/** Who asks to become a member, and the owner's decision. */
export async function approve(args: readonly string[], output: Output): Promise<ExitCode> {
  const types = {
    accept: 'string',
    refuse: 'string',
    admission: 'string',
    pause: 'boolean',
    resume: 'boolean',
  } as const;
  const options = new Options(args, types, []);
  const client = NodeClient.findOrFail(options);
  for (const [name, accept] of [
    ['accept', true],
    ['refuse', false],
  ] as const) {
    const key = options.text(name);
    if (key !== undefined) readAnswer(await client.put(`/node/joins/${encodeURIComponent(key)}`, { accept }));
  }
  const admission = options.text('admission');
  const paused = options.isSet('pause') ? true : options.isSet('resume') ? false : undefined;
  if (admission !== undefined || paused !== undefined) {
    const change = { ...(admission && { admission }), ...(paused !== undefined && { paused }) };
    readAnswer(await client.put('/node/admission', change));
  }
  const joins = readAnswer(await client.getWithToken('/node/joins')) as Joins;
  output.answer(joins, joinsText(joins));
  return EXIT.ok;
}

function joinsText({ settings, requests }: Joins): string {
  const who = settings.admission === 'automatic' ? 'whoever asks is let in' : 'its owner is asked';
  return [
    settings.paused ? 'nobody is let in for now' : who,
    ...requests.map(({ publicKey, displayName, state, reason }) => {
      const why = reason === 'none' ? '' : ` (${reason})`;
      return `${publicKey}  ${state}${why}  ${printable(displayName)}`;
    }),
  ].join('\n');
}
