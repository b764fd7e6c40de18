/** A network over several machines: here runs the own node, in this process. */
import fs from 'node:fs';
import type { HashText, PeerText } from '../../core/types.ts';
import { NetworkError } from '../errors.ts';
import { logFile, networkFiles } from '../folders.ts';
import type { NetworkFiles } from '../folders.ts';
import { InnerNode } from '../managed-node.ts';
import { nodeConfigFile } from '../node-config.ts';
import { openNodeInstance } from '../node-instance.ts';
import type { NodeInstanceOptions } from '../node-instance.ts';
import type { OwnNodeOptions } from '../node-list.ts';
import { readInterfaces } from '../../network/interfaces.ts';
import type { OwnAddress } from '../../network/udp/address-kind.ts';
import { allowedAddresses } from '../reach.ts';
import { consentFile, NO_CONSENT } from '../reach-consent.ts';
import type { ServeNode } from '../served-node.ts';
import { openLogger } from '../system.ts';
import type {
  LocalNetworkEvent,
  LocalNode,
  NodeInstance,
  NodePorts,
  SharedNetwork,
  StageName,
  WorkOptions,
} from '../types.ts';
import { toText } from '../../core/bytes.ts';
import { Changes, Turnstile, Work } from '../work.ts';
import { sodiumCrypto } from '../../identity/sodium-crypto.ts';
import { askForGenesis } from './applicant.ts';
import { beginFastWay, goFastWay, isOnFastWay } from './fast-joining.ts';
import { decodeInvitation } from './invitation.ts';
import { Journey } from './journey.ts';
import { completeFolder, JOIN_STAGES, OBSERVER_STAGES } from './joining.ts';
import { sharedManifestFile, updateShared } from './manifest.ts';
import type { SharedManifest } from './manifest.ts';

const LONGEST_STAGE_MS = 300_000;
/** As long as it takes: an owner who is to decide may be asleep. */
const LONGEST_JOIN_MS = 2 ** 31 - 1;

export interface SharedNetworkOptions extends OwnNodeOptions, Pick<NodeInstanceOptions, 'faults'> {
  readonly networkId: HashText;
}

/** Reads the folder; nothing runs yet. Throws NetworkError `not-found` or `folder-corrupt`. */
export function loadSharedNetwork(options: SharedNetworkOptions, serve: ServeNode): SharedNetwork {
  const files = networkFiles(options.dataDir, options.networkId);
  const manifest = sharedManifestFile.read(files.shared);
  if (manifest === undefined)
    throw new NetworkError('not-found', `there is no network in ${files.folder}`, { path: files.folder });
  return new OwnMembership(options, { files, manifest, serve });
}

class OwnMembership implements SharedNetwork {
  readonly kind = 'shared';
  readonly id: HashText;
  readonly name: string;
  readonly #options: SharedNetworkOptions;
  readonly #files: NetworkFiles;
  #manifest: SharedManifest;
  readonly #node: InnerNode;
  readonly #changes = new Changes();
  readonly #listeners = new Set<(event: LocalNetworkEvent) => void>();
  readonly #turnstile = new Turnstile();

  constructor(
    options: SharedNetworkOptions,
    dependencies: { files: NetworkFiles; manifest: SharedManifest; serve: ServeNode },
  ) {
    const { files, manifest, serve } = dependencies;
    this.#options = options;
    this.#files = files;
    this.#manifest = manifest;
    this.id = manifest.id;
    this.name = manifest.name;
    const name = manifest.displayName;
    const changed = (): void => {
      this.#emit({ type: 'node', node: this.#describe() });
      this.#changes.notify();
    };
    this.#node = new InnerNode(
      (onPortTaken) => openNodeInstance({ logLevel: 'info', ...options, onPortTaken }, serve),
      {
        events: {
          changed,
          ready: changed,
          portTaken: (taken) => this.#emit({ type: 'portTaken', name, ...taken }),
        },
      },
    );
  }

  nodes(): readonly LocalNode[] {
    return [this.#describe()];
  }

  get hasDroppedFastWay(): boolean {
    return this.#manifest.way === 'dropped' && this.#manifest.joining !== null;
  }

  own(): NodeInstance | null {
    return this.#node.instance;
  }

  subscribe(listener: (event: LocalNetworkEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  stages(): readonly StageName[] {
    return this.#manifest.joining === null ? ['starting', 'agreement'] : JOIN_STAGES;
  }

  start(options: WorkOptions = {}): Promise<void> {
    return this.#turnstile.run(async () => {
      const work = new Work(options);
      if (this.#manifest.joining !== null) return this.#join(this.#manifest.joining, work, options);
      work.stage('starting', 0, 1);
      if (this.#node.pid === null) await this.#node.start();
      work.stage('agreement');
      // The others may be away: who has listened for a while is open, and catches up when they come.
      await this.#changes.until(work, LONGEST_STAGE_MS, () => this.#hasStarted());
    });
  }

  stop(options: WorkOptions = {}): Promise<void> {
    return this.#turnstile.run(async () => {
      new Work(options).stage('stopping', 0, 1);
      await this.#node.stop();
    });
  }

  async leave(options: WorkOptions = {}): Promise<void> {
    const { instance } = this.#node;
    if (instance === null || instance.desk === null)
      throw new NetworkError('not-running', 'the node does not run', { name: this.name });
    const { facade, desk } = instance;
    const work = new Work(options);
    work.stage('leaving');
    const { members } = facade.snapshot();
    const self = members.find(({ isSelf }) => isSelf);
    const total = members.reduce((sum, { stake }) => sum + stake, 0);
    if (self !== undefined && self.stake > 0 && self.stake === total)
      throw new NetworkError(
        'last-member',
        'nobody else has stake: without this node nothing could be decided',
      );
    const isOut = (): boolean => {
      if (this.#node.pid === null) throw this.#ended();
      const { membership, isVoting } = facade.snapshot();
      return membership !== 'member' && !isVoting;
    };
    if (!isOut()) {
      const unsubscribe = facade.subscribe(() => this.#changes.notify());
      try {
        if (self !== undefined) await desk.removeMember(self.publicKey);
        await this.#changes.until(work, LONGEST_JOIN_MS, isOut);
      } finally {
        unsubscribe();
      }
    }
  }

  async #join(link: string, work: Work, options: WorkOptions): Promise<void> {
    if (!fs.existsSync(this.#files.genesis)) await this.#fillFolder(work);
    else work.stage('reach');
    if (this.#node.pid === null) await this.#node.start();
    const journey = new Journey(this.#node.instance!.facade, link, {
      raises: this.#manifest.raises,
      // A stage that was left does not come back.
      from: work.stageName === 'catchUp' ? 'catchUp' : 'reach',
      changed: () => this.#changes.notify(),
    });
    try {
      if (!this.#manifest.raises) options.onStages?.(OBSERVER_STAGES);
      await this.#changes.until(work, LONGEST_JOIN_MS, () => {
        if (this.#node.pid === null) throw this.#ended();
        return journey.look(work);
      });
    } finally {
      journey.close();
    }
    this.#manifest = updateShared(this.#files.shared, { joining: null });
  }

  /** The genesis, from those whom the invitation names, and on the fast way all that leads to the block it names. */
  async #fillFolder(work: Work): Promise<void> {
    const { dataDir, identity, faults } = this.#options;
    const files = this.#files;
    const logger = openLogger(logFile(dataDir), this.#options.logLevel ?? 'info');
    const consent = consentFile.read(files.reach) ?? NO_CONSENT;
    const allowed = (): readonly OwnAddress[] => allowedAddresses(consent, readInterfaces());
    const dependencies = { identity, logger, faults };
    if (!isOnFastWay(files)) {
      const { genesisBytes, raises } = await askForGenesis(this.#manifest, allowed, dependencies, work);
      this.#manifest = updateShared(files.shared, { raises });
      const { height } = decodeInvitation(this.#manifest.joining ?? '', sodiumCrypto).checkpoint;
      // From the genesis to itself there is nothing to take.
      if (this.#manifest.way !== 'fast' || height === 1)
        return completeFolder(files, genesisBytes, identity.publicKey);
      beginFastWay(files, genesisBytes, identity.publicKey);
    }
    const isTaken = await goFastWay(files, this.#manifest, allowed, dependencies, work);
    if (isTaken) return;
    this.#manifest = updateShared(files.shared, { way: 'dropped' });
    this.#emit({ type: 'fastWayDropped' });
  }

  #ended(): NetworkError {
    return this.#node.failure ?? new NetworkError('not-running', 'the node has ended');
  }

  #hasStarted(): boolean {
    if (this.#node.pid === null) throw this.#ended();
    return this.#node.status !== null && this.#node.status.phase !== 'starting';
  }

  #describe(): LocalNode {
    const { dataDir, identity } = this.#options;
    const { state, pid, failure, status: signing } = this.#node;
    return {
      publicKey: toText(identity.publicKey) satisfies PeerText,
      name: this.#manifest.displayName,
      isOwn: true,
      ...{ state, pid, failure, signing, dataDir },
      ports: this.#ports(),
      tokenFile: this.#files.token,
      logFile: logFile(dataDir),
    };
  }

  #ports(): NodePorts {
    const running = this.#node.instance?.ports ?? nodeConfigFile.read(this.#files.config)?.ports;
    return running ?? { udp: 0, api: 0, feed: 0 };
  }

  #emit(event: LocalNetworkEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
