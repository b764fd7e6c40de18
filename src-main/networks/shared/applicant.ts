/**
 * Asks the peers of an invitation for the genesis, before there is a node: a session (Noise IK: the invitation names
 * their keys and the chain id), the own JOIN, and their answer.
 */
import { equalBytes, toText } from '../../core/bytes.ts';
import { decodeMessage, encodeMessage } from '../../core/message-encoding.ts';
import { DecodeError } from '../../core/encoding.ts';
import type { Admission, Message } from '../../core/messages.ts';
import { joinSigningBytes } from '../../core/signing.ts';
import type { Height, PeerText } from '../../core/types.ts';
import { sodiumCrypto } from '../../identity/sodium-crypto.ts';
import { lan } from '../../network/profiles.ts';
import { isAttached, isLinkLocal, isLoopback, usableHint } from '../../network/udp/address-kind.ts';
import type { OwnAddress } from '../../network/udp/address-kind.ts';
import { parseUdpAddress } from '../../network/udp/udp-address.ts';
import { UdpTransport } from '../../network/udp/udp-transport.ts';
import type { Logger, TransportFaults, TransportPeer } from '../../node/ports.ts';
import { NetworkError } from '../errors.ts';
import { LOOPBACK_HOST } from '../node-config.ts';
import type { OwnNodeOptions } from '../node-list.ts';
import { systemClock, systemRandom } from '../system.ts';
import { Changes } from '../work.ts';
import type { Work } from '../work.ts';
import { decodeInvitation } from './invitation.ts';
import type { Invitation } from './invitation.ts';
import { throwRefusal } from './joining.ts';
import type { SharedManifest } from './manifest.ts';

const ASK_EVERY_MS = 1_000;
/** Own addresses come and go while it asks: a cable is plugged in, or the system is sure of one. */
const LISTEN_EVERY_MS = 2_000;
/** Who gave the ticket has so long to answer before the others are asked as well. */
const ISSUER_FIRST_MS = 3_000;
/** Who answers nothing for so long may have started anew, and knows nothing of our session. */
const SILENT_MS = 4_000;
const LONGEST_REACH_MS = 120_000;
const LONGEST_WAIT_MS = 2 ** 31 - 1;
const JOIN_LIFETIME_HEIGHTS = 1000;

export interface Welcome {
  readonly genesisBytes: Uint8Array;
  /** Whether members raise newcomers by themselves there. */
  readonly raises: boolean;
}

export type AllowedAddresses = () => readonly OwnAddress[];

export interface ApplicantDependencies {
  readonly identity: OwnNodeOptions['identity'];
  readonly logger: Logger;
  /** As those of the node that follows. */
  readonly faults?: TransportFaults | undefined;
}

/**
 * `allowed`: the addresses beside loopback that the owner agreed to, as they are then.
 * Rejects with NetworkError `peers-unreachable`, `peers-elsewhere`, `cancelled`, or why it was refused.
 */
export async function askForGenesis(
  manifest: SharedManifest,
  allowed: AllowedAddresses,
  dependencies: ApplicantDependencies,
  work: Work,
): Promise<Welcome> {
  const applicant = new Applicant(manifest, allowed, dependencies);
  try {
    return await applicant.ask(work);
  } finally {
    await applicant.close();
  }
}

/** For the transport. What an invitation says of addresses is a claim of whoever wrote it. */
export function invitedPeers({ peers }: Invitation, own: readonly OwnAddress[]): readonly TransportPeer[] {
  return peers.map(({ publicKey, addressHints }) => ({
    publicKey: toText(publicKey),
    peerClass: 'member',
    addressHints: addressHints.flatMap((hint) => usableHint(hint, { allowLoopback: true, own }) ?? []),
  }));
}

/** Why nobody answered: there is a guess where all that the invitation names is in networks that `own` is not in. */
export function unansweredBy({ peers }: Invitation, own: readonly OwnAddress[]): NetworkError {
  const hosts = peers
    .flatMap(({ addressHints }) => addressHints.flatMap((hint) => parseUdpAddress(hint)?.host ?? []))
    .filter((host) => !isLoopback(host) && !isLinkLocal(host));
  const here = own.filter(({ host }) => !isLinkLocal(host));
  const isNear = hosts.some((host) => here.some((one) => isAttached(one, host)));
  if (hosts.length === 0 || here.length === 0 || isNear)
    return new NetworkError('peers-unreachable', 'nobody whom the invitation names answers');
  const params = { found: hosts[0]!, address: here[0]!.host };
  const where = `${params.found} is in another network than this machine, ${params.address}`;
  return new NetworkError('peers-elsewhere', `nobody whom the invitation names answers: ${where}`, params);
}

export interface JoinParts {
  readonly manifest: SharedManifest;
  readonly invitation: Invitation;
  readonly identity: OwnNodeOptions['identity'];
  /** The highest block that is known of. */
  readonly height: Height;
  readonly wantsGenesis?: boolean;
}

/** JOIN, with what its owner wants others to know. */
export function joinMessage(parts: JoinParts): Message {
  const { manifest, invitation, identity, height, wantsGenesis = false } = parts;
  const { publicKey, signer } = identity;
  const expiryHeight = Math.min(height + JOIN_LIFETIME_HEIGHTS, 2 ** 32 - 1);
  const signature = signer.sign(joinSigningBytes(invitation.chainId, publicKey, expiryHeight));
  const { displayName } = manifest;
  const application = { displayName, ticket: invitation.ticket, wantsGenesis };
  return { type: 'join', join: { publicKey, expiryHeight, signature }, application };
}

class Applicant {
  readonly #manifest: SharedManifest;
  readonly #identity: OwnNodeOptions['identity'];
  readonly #invitation: Invitation;
  readonly #allowed: AllowedAddresses;
  readonly #transport: UdpTransport;
  readonly #connected = new Set<PeerText>();
  readonly #changes = new Changes();
  #height: Height;
  #welcome: Welcome | null = null;
  #failure: NetworkError | null = null;
  #cancelTimer: () => void = () => undefined;
  #cancelListening: () => void = () => undefined;
  #isClosed = false;
  #connectedAtMs = Infinity;
  #heardAtMs = Infinity;

  constructor(
    manifest: SharedManifest,
    allowed: AllowedAddresses,
    { identity, logger, faults }: ApplicantDependencies,
  ) {
    this.#manifest = manifest;
    this.#identity = identity;
    this.#allowed = allowed;
    this.#invitation = decodeInvitation(manifest.joining ?? '', sodiumCrypto);
    this.#height = this.#invitation.checkpoint.height;
    const { chainId } = this.#invitation;
    const bind = { host: LOOPBACK_HOST, port: 0 };
    const system = { clock: systemClock, random: systemRandom, logger };
    const options = { chainId, keyPair: identity, profile: lan, bind, also: allowed() };
    this.#transport = new UdpTransport(options, system);
    if (faults !== undefined) this.#transport.setFaults(faults);
  }

  async ask(work: Work): Promise<Welcome> {
    work.stage('reach');
    await this.#transport.open({
      onMessage: (from, payload) => this.#onMessage(from, payload),
      onConnected: (peer) => {
        this.#connected.add(peer);
        this.#heardAtMs = systemClock.nowMs();
        this.#connectedAtMs = Math.min(this.#connectedAtMs, systemClock.nowMs());
        this.#askAll();
        this.#changes.notify();
      },
      onDisconnected: (peer) => void this.#connected.delete(peer),
    });
    this.#listenAgain();
    for (const peer of invitedPeers(this.#invitation, this.#transport.others)) this.#transport.setPeer(peer);
    await this.#until(work, LONGEST_REACH_MS, () => this.#connected.size > 0).catch((error: unknown) => {
      if (!(error instanceof NetworkError) || error.code !== 'timeout') throw error;
      throw unansweredBy(this.#invitation, this.#transport.others);
    });
    work.stage('session');
    await this.#until(work, LONGEST_WAIT_MS, () => this.#welcome !== null);
    return this.#welcome!;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#cancelListening();
    await this.#transport.close();
  }

  #listenAgain(): void {
    if (this.#isClosed) return;
    this.#cancelListening = systemClock.schedule(LISTEN_EVERY_MS, () => {
      void this.#transport.listenAt(this.#allowed()).then(() => this.#listenAgain());
    });
  }

  #until(work: Work, limitMs: number, isDone: () => boolean): Promise<void> {
    return this.#changes.until(work, limitMs, () => {
      if (this.#failure !== null) throw this.#failure;
      return isDone();
    });
  }

  #askAll(): void {
    this.#cancelTimer();
    this.#lookAgain(systemClock.nowMs());
    const parts = { manifest: this.#manifest, invitation: this.#invitation, identity: this.#identity };
    const payload = encodeMessage(joinMessage({ ...parts, height: this.#height, wantsGenesis: true }));
    for (const peer of this.#whomToAsk()) this.#transport.send(peer, payload);
    this.#transport.flush();
    this.#cancelTimer = systemClock.schedule(ASK_EVERY_MS, () => this.#askAll());
  }

  /** A member that restarted does not look for us: it does not know us yet. */
  #lookAgain(nowMs: number): void {
    if (nowMs - this.#heardAtMs < SILENT_MS) return;
    this.#heardAtMs = nowMs;
    this.#transport.networkChanged();
  }

  #whomToAsk(): readonly PeerText[] {
    const issuer = this.#invitation.ticket && toText(this.#invitation.ticket.issuer);
    if (issuer !== null && this.#connected.has(issuer)) return [issuer];
    const mayAskOthers = issuer === null || systemClock.nowMs() - this.#connectedAtMs >= ISSUER_FIRST_MS;
    return mayAskOthers ? [...this.#connected] : [];
  }

  #onMessage(from: PeerText, payload: Uint8Array): void {
    const isInvited = this.#invitation.peers.some(({ publicKey }) => toText(publicKey) === from);
    if (!isInvited) return;
    try {
      const message = decodeMessage(payload, sodiumCrypto);
      if (message.type !== 'admission') return;
      this.#heardAtMs = systemClock.nowMs();
      this.#onAdmission(message.admission);
    } catch (error) {
      if (error instanceof DecodeError) return;
      this.#failure = error instanceof NetworkError ? error : new NetworkError('internal', String(error));
    }
    this.#changes.notify();
  }

  #onAdmission(admission: Admission): void {
    throwRefusal(admission);
    this.#height = Math.max(this.#height, admission.height);
    const { genesis: genesisBytes, raises } = admission;
    if (genesisBytes.length === 0) return;
    if (!equalBytes(sodiumCrypto.hash(genesisBytes), this.#invitation.chainId))
      throw new NetworkError('invitation-other-network', 'who answers belongs to another network');
    this.#welcome = { genesisBytes, raises };
  }
}
