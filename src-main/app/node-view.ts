/** Turns what the node and the supervisor know into the window's snapshot. */
import { fromText } from '../core/bytes.ts';
import type { Command } from '../core/types.ts';
import { memberNames } from '../networks/shared/names.ts';
import type { MemberName } from '../networks/shared/names.ts';
import type { LocalNode, Network } from '../networks/types.ts';
import {
  isEntry,
  type MemberView,
  type NodeFacade,
  type NodeSnapshot as NodeState,
  type SigningState,
  type WaitingTransaction,
} from '../node/facade.ts';
import type { ContractError } from './contract/errors.ts';
import type {
  Member,
  NodeCounters,
  NodePhase,
  NodeProcess,
  OpenNetwork,
  WaitingEntry,
} from './contract/node.ts';
import { contractError } from './errors.ts';
import { fingerprintOf } from './fingerprint.ts';
import { awayMs, holderOf, raiseView, removalView, voteView, withAbsence } from './member-view.ts';
import { marginOf } from './margin.ts';
import { reachView } from './reach-view.ts';
import { evidenceView } from './statement-view.ts';
import { describeError } from './translate-errors.ts';

const MAX_WAITING_SHOWN = 64;
const MAX_VOTES_SHOWN = 64;
const MAX_TEXT = 1024;

/** The phase of a node that exists; `none`, and `starting` before it does, are the app's to know. */
export function phaseOf(state: NodeState): NodePhase {
  if (state.phase === 'starting') return 'checking';
  if (state.phase === 'halted' || state.silence === 'halted') return 'halted';
  if (state.silence === 'amnesia' || state.silence === 'clone') return state.silence;
  if (state.resumeHeight !== null) return 'amnesia';
  return state.syncTarget === null ? 'running' : 'catchingUp';
}

/** Why a node signs nothing, where it does not by itself sign again in a moment. */
export function reasonOf({ phase, silence, resumeHeight, haltedBy }: SigningState): ContractError | null {
  if (phase === 'halted' || silence === 'halted')
    return contractError('node-halted', { detail: (haltedBy ?? '').slice(0, MAX_TEXT) });
  if (resumeHeight !== null) return contractError('amnesia-ending', { height: resumeHeight });
  if (silence === 'amnesia') return contractError('amnesia');
  if (silence === 'clone') return contractError('clone-detected');
  return null;
}

export function openNetworkView(network: Network, node: NodeFacade, state: NodeState): OpenNetwork {
  const locals = new Map(network.nodes().map((local) => [local.publicKey, local]));
  const names = memberNames(node.reader, state.height, state.members);
  const views = state.members.map((member) => {
    const said = names.get(member.publicKey);
    return memberView(member, locals.get(member.publicKey), {
      state,
      said,
      isShared: network.kind === 'shared',
    });
  });
  const members = withAbsence(views);
  const self = members.find((member) => member.isSelf);
  const waiting = node.waiting().filter(isEntry);
  const reach = network.own()?.reach ?? null;
  return {
    id: network.id,
    name: network.name,
    kind: network.kind,
    chainId: node.chainId,
    height: state.height,
    tipHash: state.tipHash,
    view: state.view,
    busy: state.busy,
    syncTarget: state.syncTarget,
    fastWay: fastWayView(network, state),
    self: {
      publicKey: node.publicKey,
      name: self?.name ?? locals.get(node.publicKey)?.name ?? node.publicKey.slice(0, 8),
      role: self?.role ?? 'observer',
      stake: self?.stake ?? 0,
      membership: state.membership,
      removal: state.membership === 'left' ? removalView(node) : null,
    },
    members,
    margin: marginOf(members.map(holderOf)),
    votes: state.votes.slice(0, MAX_VOTES_SHOWN).map((vote) => voteView(vote, members)),
    waiting: waiting.slice(0, MAX_WAITING_SHOWN).map(waitingView),
    waitingCount: waiting.length,
    counters: countersOf(state),
    reach: reach === null ? null : reachView(reach.status()),
  };
}

function fastWayView(network: Network, { proving }: NodeState): OpenNetwork['fastWay'] {
  if (proving !== null) return { state: 'proving', ...proving };
  const isDropped = network.kind === 'shared' && network.hasDroppedFastWay;
  return isDropped ? { state: 'dropped', proved: 0, to: 0 } : null;
}

interface Known {
  readonly state: NodeState;
  readonly said: MemberName | undefined;
  readonly isShared: boolean;
}

function memberView(
  member: MemberView,
  local: LocalNode | undefined,
  { state, said, isShared }: Known,
): Member {
  const { link, lastSaid } = member;
  const runsElsewhere = member.isSelf || local === undefined;
  // A process that has ended is gone at once; its session would only be dropped after a while of silence.
  const reachable = runsElsewhere || local.state === 'running';
  const connected = member.isSelf || (reachable && link?.connected === true);
  const signing = member.isSelf ? state : (local?.signing ?? null);
  const heardAtMs = link?.lastHeardAtMs ?? null;
  const height = member.isSelf ? state.height : knownHeight(member, state.height);
  return {
    publicKey: member.publicKey,
    name: local?.name ?? said?.name ?? member.publicKey.slice(0, 8),
    fingerprint: fingerprintOf(fromText(member.publicKey)!),
    role: member.stake > 0 ? 'full' : 'observer',
    stake: member.stake,
    isSelf: member.isSelf,
    process: runsElsewhere ? null : processView(local),
    connected,
    silence: connected && signing !== null ? reasonOf(signing) : null,
    roundTripMs: link?.roundTripMs ?? null,
    lastHeardMsAgo: heardAtMs === null ? null : Math.max(0, state.nowMs - heardAtMs),
    lastSaid: lastSaid && { kind: lastSaid.type, height: lastSaid.height, view: lastSaid.view },
    height,
    behindBy: height === null ? null : Math.max(0, state.height - height),
    demotedUntil: member.demotedUntil,
    evidence: member.evidence && evidenceView(member.evidence),
    laneFork: member.laneFork,
    looksLike: said?.looksLike ?? null,
    raise: isShared ? raiseView(member, state) : null,
    away:
      connected || member.isSelf
        ? null
        : { sinceMs: awayMs(heardAtMs, state), isLong: false, mayLower: false, membersToSpareWithout: 0 },
  };
}

/**
 * The last STATUS may be ten seconds old while blocks come: what was said since tells more. Whoever commits to a
 * block of ours agrees with it; whoever works on a height has the blocks below it.
 */
function knownHeight({ lastSaid, tipHeight }: MemberView, ownHeight: number): number | null {
  const about = lastSaid?.height ?? null;
  if (lastSaid === null || about === null) return tipHeight;
  const agrees = lastSaid.type === 'commit' || lastSaid.type === 'certificate';
  return Math.max(tipHeight ?? 0, agrees ? Math.min(about, ownHeight) : about - 1);
}

function processView(local: LocalNode): NodeProcess {
  return { state: local.state, pid: local.pid, failure: local.failure && describeError(local.failure) };
}

function waitingView(transaction: WaitingTransaction): WaitingEntry {
  const first = transaction.commands[0];
  return {
    ident: transaction.ident,
    kind: first?.kind ?? 'data',
    ns: first === undefined ? null : nameSpaceOf(first),
    commandCount: transaction.commands.length,
    bundled: transaction.bundled,
  };
}

function nameSpaceOf(command: Command): string | null {
  return command.kind === 'data' || command.kind === 'decision' ? command.ns : null;
}

function countersOf(state: NodeState): NodeCounters {
  const counters = {
    rejectedInputs: 0,
    bytesSent: 0,
    bytesReceived: 0,
    datagramsSent: 0,
    datagramsReceived: 0,
  };
  for (const count of Object.values(state.rejections)) counters.rejectedInputs += count;
  for (const { link } of state.members) {
    if (link === null) continue;
    counters.bytesSent += link.bytesSent;
    counters.bytesReceived += link.bytesReceived;
    counters.datagramsSent += link.datagramsSent;
    counters.datagramsReceived += link.datagramsReceived;
  }
  return counters;
}
