/**
 * When a node may sign (PROTOCOL section 4.7): not before it heard its peers after a start, not while it may have
 * forgotten what it said (amnesia), not while its key runs twice (clone).
 */
import { equalBytes, toText } from './bytes.ts';
import type { CoreContext } from './context.ts';
import type { NodeRecord, OwnerDecision, SilenceReason } from './effects.ts';
import type { Instance, Status } from './messages.ts';
import type { Committee } from './quorum.ts';
import { isQuorumStake, isWeakStake } from './quorum.ts';
import { instanceSigningBytes } from './signing.ts';
import type { Height, PeerText } from './types.ts';

const NONCE_BYTES = 16;
/** Starts that are remembered: a peer that slept since one of them still echoes it, and that is no clone. */
const MAX_INSTANCES = 1024;
/** Starts that others told of and this database does not know: a key has not more of them than it had starts. */
const MAX_ECHOED = 1024;
/** A peer may echo what this key presented last before the start for as long as a datagram lives. */
const OLD_ECHO_MS = 60_000;
/** Signing begins again at H + 3: what this key may have signed at H + 1 and H + 2 is decided by then. */
const AMNESIA_HEIGHTS = 3;
/** So many T_view what others state to have of the own lane is waited for: one of them may lie. */
const LANE_WAIT_VIEWS = 8;
/** In a record: still collecting, begin again. */
const COLLECTING = 0;
/** In a record: over by the decision of the owner, there is no height to wait for. */
const DECIDED = 1;
const HEIGHT_BYTES = 4;
/** What a node finds on disk that has forgotten, and has not caught up since. */
export const FORGOTTEN: NodeRecord = { key: 'amnesia', bytes: new Uint8Array(4) };

/** Whether others state to have something of ours that we lack. Only claims, but what they are about may come. */
export interface OwnMissing {
  /** Bundles of our lane. */
  lane(): boolean;
  /** Those, or statements. */
  anything(): boolean;
}

export class Guard {
  silence: SilenceReason | null = 'starting';
  readonly instance: Instance;
  readonly #context: CoreContext;
  /** Own nonces of past starts, and those that the owner decided about; newest last. */
  #instances: Uint8Array[] = [];
  /** What members told of beyond those, newest last: forgotten starts of ours, or those of a clone. */
  #echoed: Uint8Array[] = [];
  /**
   * Once something was forgotten, `#instances` lacks starts for ever. One faulty member could go on telling of such a
   * one, so a clone is then what more members tell of than can be faulty.
   */
  #areStartsLost = false;
  /** Who told of another start after it had heard this one: of the committee only. */
  readonly #tellers = new Set<PeerText>();
  /** First height to sign again after an amnesia; 0 when there was none. */
  #resumeHeight: Height = 0;
  /** Tips stated since this start, by peer: of the committee only, so bounded by its size. */
  readonly #reports = new Map<PeerText, Height>();
  /** When a peer first stated to have heard this very start: of the committee only. */
  readonly #heardByAtMs = new Map<PeerText, number>();
  /** The same since the owner decided last, and who came back to an earlier start of ours long after that. */
  readonly #heardAgainAtMs = new Map<PeerText, number>();
  readonly #wentBack = new Set<PeerText>();
  /** T_view has passed since the start. */
  isOverdue = false;
  #startupMs: number;
  /** Since when, in an amnesia, others and we have one chain. */
  #levelSinceMs: number | null = null;
  /** Something is forgotten since this start or an earlier one; an instance that we do not know is no news then. */
  #knowsOfForgetting = false;

  constructor(context: CoreContext, nonce: Uint8Array) {
    this.#context = context;
    this.#startupMs = context.timing.viewMs;
    const signature = context.signer.sign(instanceSigningBytes(context.chainId, nonce));
    this.instance = { nonce, signature };
  }

  /** Reads back the past and notes this start. `forgotten`: the log is missing, damaged or older than the chain. */
  start(records: readonly NodeRecord[], forgotten: boolean): void {
    for (const { key, bytes } of records) {
      if (key === 'amnesia') this.#restoreAmnesia(bytes);
      else if (key === 'instances') this.#instances = splitNonces(bytes);
    }
    this.#instances = [...this.#instances, this.instance.nonce].slice(-MAX_INSTANCES);
    this.#recordInstances();
    if (forgotten) this.forget();
    this.#setStartupTimer();
  }

  #setStartupTimer(): void {
    this.#context.emit({ type: 'setTimer', timer: 'startup', delayMs: this.#startupMs });
  }

  /** Votes of this height. */
  maySign(height: Height): boolean {
    return this.silence === null && height >= this.#resumeHeight;
  }

  /** Bundles of the own lane: its tip has to be known, the height does not matter. */
  mayBundle(): boolean {
    return this.silence === null;
  }

  get resumeHeight(): Height {
    return this.#resumeHeight;
  }

  /**
   * Amnesia: a peer presented something of `height` signed by our key that our log lacks, or the log is gone. Below
   * the height from which on this node signs again after an amnesia that is nothing new.
   */
  forget(height: Height = Infinity): void {
    if (height < this.#resumeHeight) return;
    // What a clone says is not forgotten by us: only the owner can tell which copy may go on.
    if (this.silence === 'amnesia' || this.silence === 'halted' || this.silence === 'clone') return;
    this.#knowsOfForgetting = true;
    this.#areStartsLost = true;
    this.#beginAmnesia();
  }

  halt(): void {
    this.#become('halted');
  }

  /** What the owner may decide here, above this tip. */
  awaits(tip: Height): OwnerDecision | null {
    if (this.silence === 'clone' || this.silence === 'amnesia') return this.silence;
    return this.silence === null && this.#resumeHeight > tip + 1 ? 'amnesia' : null;
  }

  /**
   * The owner decided. About a clone: this is the only copy from now on. Its log lacks what the other one signed, so it
   * is an amnesia from here. About an amnesia: this node is needed, and what it forgot does not matter. Peers go on
   * telling of the other copy until they hear this one again; another start of it is a clone again.
   *
   * Only what is awaited can be decided: whoever says `clone` twice must not decide the amnesia too. False: not done.
   */
  override(decision: OwnerDecision, tip: Height): boolean {
    const awaited = this.awaits(tip);
    if (awaited !== decision) {
      this.#context.emit({ type: 'notDecided', awaited });
      return false;
    }
    this.#decide(decision);
    this.#context.emit({ type: 'decided', decision });
    return true;
  }

  #decide(decision: OwnerDecision): void {
    this.#heardAgainAtMs.clear();
    this.#wentBack.clear();
    if (decision === 'clone') {
      this.#instances = [...this.#instances, ...this.#echoed].slice(-MAX_INSTANCES);
      this.#echoed = [];
      this.#tellers.clear();
      this.#recordInstances();
      this.#beginAmnesia();
      return;
    }
    this.#resumeHeight = DECIDED;
    this.#become(null);
    this.#recordAmnesia();
  }

  onStatus(from: PeerText, status: Status, committee: Committee): void {
    const isMember = committee.indexOf(from) !== undefined;
    if (!isMember) return;
    for (const echo of status.echoes) this.#onEcho(from, echo, status.echoes.length, committee);
    this.#reports.set(from, status.height - 1);
  }

  /** Whether start-up or amnesia is over; `missing` says what others state to have from us and we lack. */
  review(tip: Height, committee: Committee, missing: OwnMissing): void {
    if (this.silence === 'starting' && this.#hasHeardEnough(tip, committee, missing)) this.#become(null);
    if (this.silence !== 'amnesia' || !this.#isLevel(tip, committee, missing)) return;
    this.#resumeHeight = tip + AMNESIA_HEIGHTS;
    this.#become(null);
    this.#recordAmnesia();
  }

  /**
   * T_view has passed since the start: whoever is silent is not waited for any more, unless no quorum was heard.
   * Without one nothing is decided anyway, and a node that has just been put back to an older copy would contradict
   * what it said before.
   */
  onStartupTimer(): void {
    if (this.silence !== 'starting') return;
    this.isOverdue = true;
    this.#startupMs *= 2;
    if (this.#startupMs < this.#context.timing.idleStatusMs) this.#setStartupTimer();
  }

  /**
   * More than two thirds of the others' stake was heard, and nothing that they state to have is missing here, of blocks
   * or from us: that is on its way and would show that we forgot. One may lie, but not more than a third.
   */
  #hasHeardEnough(tip: Height, committee: Committee, missing: OwnMissing): boolean {
    const selfIndex = committee.indexOf(this.#context.self);
    const ownStake = selfIndex === undefined ? 0 : committee.stakeOf([selfIndex]);
    const heard = this.#stake(committee, () => true);
    const ahead = this.#stake(committee, (reported) => reported > tip);
    if (this.isOverdue)
      return (
        isQuorumStake(heard + ownStake, committee.totalStake) && !isWeakStake(ahead, committee.totalStake)
      );
    const others = committee.totalStake - ownStake;
    return (others === 0 || isQuorumStake(heard, others)) && ahead === 0 && !missing.anything();
  }

  /** They and we have one chain, and we have what they have of our lane: what is bundled next goes on from there. */
  #isLevel(tip: Height, committee: Committee, missing: OwnMissing): boolean {
    const level = this.#stake(committee, (reported) => reported <= tip);
    if (!isQuorumStake(level, committee.totalStake)) {
      this.#levelSinceMs = null;
      return false;
    }
    const { nowMs, timing } = this.#context;
    this.#levelSinceMs ??= nowMs();
    return nowMs() - this.#levelSinceMs > LANE_WAIT_VIEWS * timing.viewMs || !missing.lane();
  }

  isInstance(publicKey: Uint8Array, instance: Instance): boolean {
    const { crypto, chainId } = this.#context;
    return crypto.verify(instance.signature, instanceSigningBytes(chainId, instance.nonce), publicKey);
  }

  /**
   * An instance of our key that is none of ours. From a member that has not heard this start yet it is an earlier one,
   * which we forgot: the database is older than that, or new. After that member has heard this start, somebody else
   * speaks with our key, or the member lies. What was only reordered on its way comes within a view's time.
   */
  #onEcho(from: PeerText, echo: Instance, count: number, committee: Committee): void {
    if (this.silence === 'halted') return;
    const nowMs = this.#context.nowMs();
    if (equalBytes(echo.nonce, this.instance.nonce)) {
      // Beside earlier ones it is a guess of a peer that does not know yet which start it is connected with.
      if (count > 1) return;
      if (!this.#heardByAtMs.has(from)) this.#heardByAtMs.set(from, nowMs);
      if (!this.#heardAgainAtMs.has(from)) this.#heardAgainAtMs.set(from, nowMs);
      return;
    }
    if (hasNonce(this.#instances, echo.nonce)) return this.#onOldEcho(from, committee);
    const isNew = !hasNonce(this.#echoed, echo.nonce);
    if (isNew && !this.isInstance(this.#context.signer.publicKey, echo)) return;
    if (isNew) this.#echoed = [...this.#echoed, echo.nonce].slice(-MAX_ECHOED);
    const heardAtMs = this.#heardByAtMs.get(from);
    const wasHeard = heardAtMs !== undefined && nowMs - heardAtMs > this.#context.timing.viewMs;
    if (wasHeard) this.#tellers.add(from);
    if (wasHeard && ((isNew && !this.#areStartsLost) || this.#isToldByEnough(committee))) {
      if (this.silence === 'clone' && !isNew) return;
      this.#become('clone');
      this.#recordAmnesia();
    } else if (isNew) {
      if (!wasHeard && !this.#knowsOfForgetting) this.forget();
      this.#recordAmnesia();
    }
  }

  /**
   * An earlier start of ours still speaks, as a copied profile sees the one it was copied from. But anybody can repeat
   * what we said once: it takes more than a third, so somebody honest.
   */
  #onOldEcho(from: PeerText, committee: Committee): void {
    const nowMs = this.#context.nowMs();
    if (nowMs - (this.#heardAgainAtMs.get(from) ?? nowMs) <= OLD_ECHO_MS) return;
    this.#wentBack.add(from);
    const witnesses = [...this.#wentBack].flatMap((peer) => committee.indexOf(peer) ?? []);
    if (this.silence === 'clone' || !committee.isWeak(witnesses)) return;
    this.#become('clone');
    this.#recordAmnesia();
  }

  /** More than a third of the stake is not all faulty. Where the others hold less, it takes all of them. */
  #isToldByEnough(committee: Committee): boolean {
    const tellers = [...this.#tellers].flatMap((peer) => committee.indexOf(peer) ?? []);
    const others = committee.size - (committee.indexOf(this.#context.self) === undefined ? 0 : 1);
    return committee.isWeak(tellers) || tellers.length === others;
  }

  #stake(committee: Committee, accept: (reported: Height) => boolean): number {
    let stake = 0;
    for (const { publicKey, stake: weight } of committee.members) {
      const peer = toText(publicKey);
      const reported = this.#reports.get(peer);
      if (peer !== this.#context.self && reported !== undefined && accept(reported)) stake += weight;
    }
    return stake;
  }

  #become(silence: SilenceReason | null): void {
    if (this.silence === silence) return;
    this.silence = silence;
    this.#context.emit({ type: 'signing', silent: silence });
  }

  #recordInstances(): void {
    const bytes = joinNonces(this.#instances);
    this.#context.emit({ type: 'persistNode', record: { key: 'instances', bytes } });
  }

  #beginAmnesia(): void {
    this.#reports.clear();
    this.#levelSinceMs = null;
    this.#become('amnesia');
    this.#recordAmnesia();
  }

  /**
   * What a start has to know: the height to sign from, whether starts are lost, and what was echoed, so that it is no
   * news. A clone is at least an amnesia then, as this log lacks what the other copy signed.
   */
  #recordAmnesia(): void {
    const isCollecting = this.silence === 'amnesia' || this.silence === 'clone';
    const height = isCollecting ? COLLECTING : Math.max(this.#resumeHeight, DECIDED);
    const bytes = new Uint8Array(HEIGHT_BYTES + 1 + this.#echoed.length * NONCE_BYTES);
    bytes.set([0, 8, 16, 24].map((shift) => (height >>> shift) & 255));
    bytes[HEIGHT_BYTES] = this.#areStartsLost ? 1 : 0;
    bytes.set(joinNonces(this.#echoed), HEIGHT_BYTES + 1);
    this.#context.emit({ type: 'persistNode', record: { key: 'amnesia', bytes } });
  }

  /** A record of the height alone is that of a node that forgot. */
  #restoreAmnesia(bytes: Uint8Array): void {
    const height = bytes.slice(0, HEIGHT_BYTES).reduce((sum, byte, index) => sum + byte * 256 ** index, 0);
    this.#areStartsLost = bytes[HEIGHT_BYTES] !== 0;
    this.#echoed = splitNonces(bytes.slice(HEIGHT_BYTES + 1));
    if (height === COLLECTING) {
      this.silence = 'amnesia';
      this.#knowsOfForgetting = true;
    } else {
      this.#resumeHeight = height;
    }
  }
}

function hasNonce(nonces: readonly Uint8Array[], nonce: Uint8Array): boolean {
  return nonces.some((each) => equalBytes(each, nonce));
}

function joinNonces(nonces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(nonces.length * NONCE_BYTES);
  nonces.forEach((nonce, index) => bytes.set(nonce, index * NONCE_BYTES));
  return bytes;
}

function splitNonces(bytes: Uint8Array): Uint8Array[] {
  const nonces: Uint8Array[] = [];
  for (let at = 0; at + NONCE_BYTES <= bytes.length; at += NONCE_BYTES)
    nonces.push(bytes.slice(at, at + NONCE_BYTES));
  return nonces;
}
