/**
 * The composition root of one node: identity, storage, transport, consensus and API as one
 * thing that is opened and closed. It runs in a process of its own (child-process.ts, the command line) or
 * inside a host.
 */
import fs from 'node:fs';
import type { PublishEffect } from '../core/effects.ts';
import { fromText } from '../core/bytes.ts';
import type { LogLevel, PeerText } from '../core/types.ts';
import type { Identity } from '../identity/identity-file.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { VerifyAhead } from '../identity/verify-ahead.ts';
import { readInterfaces } from '../network/interfaces.ts';
import { UdpTransport } from '../network/udp/udp-transport.ts';
import { openNode } from '../node/diva-node.ts';
import type { NodeFacade } from '../node/facade.ts';
import type { Logger, TransportFaults } from '../node/ports.ts';
import { openStore } from '../storage/open-store.ts';
import type { SqliteStore } from '../storage/sqlite-store.ts';
import { AddressFile } from './address-file.ts';
import { announceNearby, portOf } from './announcing.ts';
import { beginAnew } from './database.ts';
import { NetworkError } from './errors.ts';
import { logFile, networkFiles } from './folders.ts';
import type { NetworkFiles } from './folders.ts';
import { nextFreePort } from './free-ports.ts';
import type { TakenPort } from './free-ports.ts';
import { readGenesis } from './genesis.ts';
import { addressAt, LOOPBACK_HOST, nodeConfigFile } from './node-config.ts';
import type { NodeConfig } from './node-config.ts';
import { localSetup, sharedSetup } from './node-setup.ts';
import type { NodeSetup } from './node-setup.ts';
import { allowedAddresses, Reach } from './reach.ts';
import { consentFile, NO_CONSENT } from './reach-consent.ts';
import { removeRunning, writeRunning } from './running-file.ts';
import type { KnownAddress, NodeServer, ServeNode } from './served-node.ts';
import { Desk } from './shared/desk.ts';
import type { MembershipDesk } from './shared/desk-types.ts';
import { InvitationBook } from './shared/invitation-book.ts';
import { applicationOf } from './shared/joining.ts';
import { sharedManifestFile } from './shared/manifest.ts';
import { openLogger, systemClock, systemDefer, systemRandom } from './system.ts';
import { withNetworkErrors } from './translate-errors.ts';
import type { KnownPeer, NodeInstance, NodePorts } from './types.ts';

export interface NodeInstanceOptions {
  readonly dataDir: string;
  readonly networkId: string;
  readonly identity: Omit<Identity, 'dispose'>;
  readonly logLevel: LogLevel;
  /** Ports that were asked for by number: taken ones are an error, and not replaced by the next free one. */
  readonly fixedPorts?: Partial<NodePorts>;
  /** Instead of those in its folder. */
  readonly faults?: TransportFaults;
  readonly openToken?: boolean;
  /** The database is gone, and its owner says to begin anew: see `beginAnew`. */
  readonly newDatabase?: boolean;
  readonly onPortTaken?: (taken: TakenPort) => void;
}

/** Several ports may be taken, and the next free one may be taken in the moment between looking and binding. */
const MOST_PORT_CHANGES = 64;

/**
 * Opens the node whose folder is `networks/<id>` below the data folder. Rejects with NetworkError; then
 * nothing is left open. The caller holds the lock of the data folder.
 */
export async function openNodeInstance(
  options: NodeInstanceOptions,
  serve: ServeNode,
): Promise<NodeInstance> {
  return withNetworkErrors(async () => {
    const files = networkFiles(options.dataDir, options.networkId);
    const config = nodeConfigFile.read(files.config);
    if (config === undefined) {
      throw new NetworkError('not-found', `there is no node in ${files.folder}`, { path: files.folder });
    }
    const logger = openLogger(logFile(options.dataDir), options.logLevel);
    const shared = sharedManifestFile.read(files.shared);
    const setup = shared === undefined ? localSetup(config) : sharedSetup(shared);
    const opening = new Opening(options, files, config, { logger, setup });
    const opened: (() => unknown)[] = [];
    const close = async (): Promise<void> => {
      for (const end of opened.splice(0).reverse()) await end();
    };
    try {
      const facade = await opening.openNode();
      opened.push(() => facade.close());
      opened.push(() => opening.end());
      const desk = shared === undefined ? null : makeDesk(facade, files, { options, opening, logger });
      opened.push(() => desk?.close());
      const server = await opening.serve(facade, desk, serve);
      opened.push(() => server.close());
      const { ports } = opening;
      const { name } = config;
      if (JSON.stringify(ports) !== JSON.stringify(config.ports))
        nodeConfigFile.write(files.config, { ...config, ports });
      writeRunning(files.running, { pid: process.pid, publicKey: facade.publicKey, name, ports });
      opened.push(() => removeRunning(files.running));
      facade.setFaults(options.faults ?? config.faults);
      if (config.joins) facade.requestJoin();
      if (shared !== undefined && shared.joining !== null) facade.requestJoin(applicationOf(shared));
      facade.subscribe((event) => logMisconduct(event, logger));
      const { publicKey } = facade;
      const network = options.networkId;
      logger.log('info', 'the node runs', { name, publicKey, network, ...ports });
      return {
        facade,
        name,
        networkId: network,
        ports,
        tokenFile: files.token,
        reach: opening.reach,
        setPeers: (peers) => opening.setPeers(facade, peers),
        desk,
        close: async () => {
          await close();
          logger.log('info', 'the node has stopped', { name });
        },
      };
    } catch (error) {
      await close();
      throw error;
    }
  });
}

/** What members did that no honest one does: shown in the window and the API as well, kept here with its moment. */
function logMisconduct(event: PublishEffect, logger: Logger): void {
  if (event.type === 'evidence') {
    const { culprit, height, view } = event;
    logger.log('warn', 'a member contradicts itself', { culprit, height, view });
  } else if (event.type === 'laneFork') {
    const { origin, seq, digests } = event;
    logger.log('warn', 'a member wrote two pages with one number', { origin, seq, digests });
  }
}

function makeDesk(
  node: NodeFacade,
  { invitations: path, shared }: NetworkFiles,
  parts: { options: NodeInstanceOptions; opening: Opening; logger: Logger },
): Desk {
  const { options, opening, logger } = parts;
  const chainId = fromText(node.chainId)!;
  const { signer } = options.identity;
  const book = new InvitationBook({ path, chainId }, { signer, random: systemRandom });
  const addressHintsOf = (publicKey: PeerText): readonly string[] => {
    const isOwn = publicKey === node.publicKey;
    return isOwn ? (opening.reach?.status().addresses ?? []) : opening.hintsOf(publicKey);
  };
  const dependencies = { node, crypto: sodiumCrypto, clock: systemClock, logger, book, addressHintsOf };
  return new Desk({ manifest: shared }, dependencies);
}

/** The steps of opening, and the ports that they settle on. */
class Opening {
  ports: NodePorts;
  readonly #options: NodeInstanceOptions;
  readonly #files: NetworkFiles;
  readonly #config: NodeConfig;
  readonly #logger: Logger;
  readonly #setup: NodeSetup;
  readonly #crypto: VerifyAhead;
  reach: Reach | null = null;
  #transport: UdpTransport | null = null;
  #store: SqliteStore | null = null;
  #endAnnouncing: () => Promise<void> = () => Promise.resolve();

  constructor(
    options: NodeInstanceOptions,
    files: NetworkFiles,
    config: NodeConfig,
    dependencies: { readonly logger: Logger; readonly setup: NodeSetup },
  ) {
    this.#options = options;
    this.#files = files;
    this.#config = config;
    this.#logger = dependencies.logger;
    this.#setup = dependencies.setup;
    this.#crypto = new VerifyAhead({
      onFailure: (error) => {
        const fields = { error: error.message };
        this.#logger.log('warn', 'signatures are checked by this thread only: others do not run', fields);
      },
    });
    this.ports = { ...config.ports, ...options.fixedPorts };
  }

  async openNode(): Promise<NodeFacade> {
    const { identity, networkId } = this.#options;
    const { publicKey, signer } = identity;
    const crypto = this.#crypto;
    const { genesis, bytes } = readGenesis(this.#files.genesis, networkId, crypto);
    const chainId = crypto.hash(bytes);
    // Who asked for it may have gone before it was made.
    fs.rmSync(this.#files.databaseCopy, { force: true });
    if (this.#options.newDatabase === true) beginAnew(this.#files.database, bytes, publicKey);
    const store = openStore({ path: this.#files.database, publicKey, genesisBytes: bytes }, { crypto });
    this.#store = store;
    const system = { clock: systemClock, random: systemRandom, logger: this.#logger };
    const { profile, timing, policy, isShared } = this.#setup;
    const consent = isShared ? (consentFile.read(this.#files.reach) ?? NO_CONSENT) : null;
    const addresses = isShared ? new AddressFile(this.#files.addresses) : null;
    const addressHintsOf = (peer: string) => this.hintsOf(peer);
    const contacts = addresses?.contacts ?? [];
    try {
      const node = await this.#withFreePorts((ports) => {
        const bind = { host: LOOPBACK_HOST, port: ports.udp };
        const also = consent === null ? [] : allowedAddresses(consent, readInterfaces());
        const transport = new UdpTransport({ chainId, keyPair: identity, profile, bind, also }, system);
        this.#transport = transport;
        if (consent !== null && addresses !== null) {
          const options = { chainId, path: this.#files.reach, consent, addresses };
          this.reach = new Reach(options, { ...system, crypto, signer, readInterfaces }, transport);
        }
        return openNode(
          { genesis, chainId, timing, policy, addressHintsOf, contacts },
          {
            ...system,
            defer: systemDefer,
            transport,
            store,
            crypto,
            verifyAhead: (checks) => crypto.ahead(checks),
            signer,
          },
        );
      });
      if (this.reach !== null) this.#beSeen(node, this.reach);
      return node;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  serve(node: NodeFacade, desk: MembershipDesk | null, serve: ServeNode): Promise<NodeServer> {
    return this.#withFreePorts((ports) => {
      return serve({
        node,
        desk,
        crypto: sodiumCrypto,
        clock: systemClock,
        logger: this.#logger,
        networkName: node.genesis.name,
        name: this.#config.name,
        ports,
        tokenFile: this.#files.token,
        openToken: this.#options.openToken ?? false,
        reach: this.reach,
        addressOf: (publicKey) => {
          return publicKey === node.publicKey ? addressAt(ports) : this.#addressOf(publicKey);
        },
        copyDatabase: () => this.#copyDatabase(),
      });
    });
  }

  #beSeen(node: NodeFacade, reach: Reach): void {
    reach.follow(node);
    const ports = { clock: systemClock, logger: this.#logger, readInterfaces };
    const port = (): number => portOf(this.#transport?.localAddress ?? '');
    this.#endAnnouncing = announceNearby(node, reach, { ...ports, port });
  }

  async end(): Promise<void> {
    this.reach?.close();
    this.#crypto.close();
    await this.#endAnnouncing();
  }

  /** For the transport: best first. */
  hintsOf(publicKey: PeerText): readonly string[] {
    return [...this.#setup.hintsOf(publicKey), ...(this.reach?.hintsOf(publicKey) ?? [])];
  }

  #addressOf(publicKey: PeerText): KnownAddress {
    const here = this.#setup.addressOf(publicKey);
    return here.udp === '' ? { http: '', udp: this.hintsOf(publicKey)[0] ?? '' } : here;
  }

  async #copyDatabase(): Promise<string> {
    const { databaseCopy } = this.#files;
    await this.#store?.copy(databaseCopy);
    return databaseCopy;
  }

  /** The driver asks for addresses when the members change; these changed without them. */
  setPeers(node: NodeFacade, peers: readonly KnownPeer[]): void {
    this.#setup.setPeers(peers);
    for (const { publicKey, stake, isSelf } of node.snapshot().members) {
      const addressHints = this.#setup.hintsOf(publicKey);
      if (isSelf || addressHints.length === 0) continue;
      this.#transport?.setPeer({ publicKey, peerClass: stake > 0 ? 'member' : 'observer', addressHints });
    }
  }

  /** Tries with the next free port while one is taken that was not asked for by number. */
  async #withFreePorts<Result>(attempt: (ports: NodePorts) => Promise<Result>): Promise<Result> {
    for (let change = 0; ; change++) {
      try {
        return await withNetworkErrors(() => attempt(this.ports));
      } catch (error) {
        if (change === MOST_PORT_CHANGES || !(await this.#moveTakenPort(error))) throw error;
      }
    }
  }

  async #moveTakenPort(error: unknown): Promise<boolean> {
    if (!(error instanceof NetworkError) || error.code !== 'port-in-use') return false;
    const { port } = error.params;
    const purposes = ['udp', 'api', 'feed'] as const;
    const purpose = purposes.find((candidate) => this.ports[candidate] === port);
    if (purpose === undefined || this.#options.fixedPorts?.[purpose] === port) return false;
    const wanted = this.ports[purpose];
    const reserved = new Set([
      ...Object.values(this.ports),
      ...this.#config.peers.flatMap((peer) => Object.values(peer.ports)),
    ]);
    const used = await nextFreePort(purpose, wanted, reserved);
    this.ports = { ...this.ports, [purpose]: used };
    this.#options.onPortTaken?.({ purpose, wanted, used });
    this.#logger.log('warn', 'a port is taken, another one is used', { purpose, wanted, used });
    return true;
  }
}
