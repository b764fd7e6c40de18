/**
 * Our own part of the API, below /node: what the command line and scripts ask of a running node (docs/api.md).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { fromText } from '../core/bytes.ts';
import { NetworkError } from '../networks/errors.ts';
import { isConsent } from '../networks/reach-consent.ts';
import { buildProof, findSeal } from '../networks/proofs.ts';
import type { ServedNode } from '../networks/served-node.ts';
import type { OwnerDecision } from '../core/effects.ts';
import { DecisionError, isEntry } from '../node/facade.ts';
import type { PeerLink } from '../node/ports.ts';
import { memberNames } from '../networks/shared/names.ts';
import { removalOf } from '../networks/shared/removal.ts';
import { verifyChain } from '../networks/verify-chain.ts';
import { StorageError } from '../storage/errors.ts';
import { COST } from './guard.ts';
import { sendEmpty, sendProblem } from './problem.ts';

const LONGEST_WAIT_MS = 60_000;
/** Blocks checked in one go before others get their turn. */
const BLOCKS_PER_TURN = 16;

interface ProofRequest {
  Params: { fileHash: string; origin?: string };
  Querystring: { waitMs?: string };
}

export function nodeRoutes(app: FastifyInstance, served: ServedNode): void {
  const { node, crypto } = served;
  const committed = { blocks: 0, transactions: 0, commands: 0 };
  node.subscribe((event) => {
    if (event.type !== 'committed') return;
    const { transactions } = event.executed;
    committed.blocks += 1;
    committed.transactions += transactions.length;
    committed.commands += transactions.reduce((sum, { results }) => sum + results.length, 0);
  });
  app.get('/node/status', () => ({ ...statusOf(served), committed }));

  app.get<ProofRequest>(
    '/node/proof/:fileHash/:origin?',
    { config: { cost: COST.search } },
    async (request, reply) => {
      const fileHash = fromText(request.params.fileHash);
      const origin = request.params.origin ?? node.publicKey;
      if (fileHash?.length !== 32)
        return sendProblem(reply, 400, 'the hash is the SHA-256 of a file as base64url');
      const waitMs = Math.min(Number(request.query.waitMs ?? 0) || 0, LONGEST_WAIT_MS);
      const seal = await whenCommitted(served, waitMs, () => findSeal(node.reader, origin, fileHash));
      if (seal === undefined) return sendEmpty(reply, 404);
      try {
        return await reply.type('application/json').send(buildProof(node.reader, seal, fileHash, crypto));
      } catch (error) {
        if (!(error instanceof NetworkError) || error.code !== 'chain-unchecked') throw error;
        return sendProblem(reply, 503, error.message, undefined, { code: error.code });
      }
    },
  );

  app.put('/node/sign-again', { config: { needsToken: true } }, async (request, reply) => {
    const decision = readDecision(request.body);
    if (decision === null)
      return sendProblem(reply, 400, 'the body names what is decided: {"decision": "clone"} or "amnesia"');
    try {
      await node.overrideSilence(decision);
    } catch (error) {
      if (!(error instanceof DecisionError)) throw error;
      const { code, message, awaited } = error;
      return sendProblem(reply, code === 'halted' ? 503 : 403, message, undefined, { code, awaits: awaited });
    }
    served.logger.log('warn', 'the owner decided about the silent node', { decision });
    const { silence, resumeHeight, awaits } = node.snapshot();
    return reply.send({ silence, resumeHeight, awaits });
  });

  copyRoute(app, served);
  reachRoute(app, served);

  let verifying = false;
  const guarded = { config: { needsToken: true, cost: COST.heavy } };
  app.get('/node/verify-chain', guarded, async (_request, reply) => {
    if (verifying) return sendProblem(reply, 429, 'the chain is being verified already', 5);
    verifying = true;
    try {
      const steps = verifyChain(node.reader, fromText(node.chainId)!, crypto);
      for (let count = 1; ; count++) {
        const step = steps.next();
        if (step.done === true) return await reply.send(step.value);
        if (count % BLOCKS_PER_TURN === 0) await nextTurn();
      }
    } finally {
      verifying = false;
    }
  });
}

function reachRoute(app: FastifyInstance, served: ServedNode): void {
  app.put('/node/reach', { config: { needsToken: true } }, async (request, reply) => {
    if (served.reach === null) return sendProblem(reply, 403, 'a network of this machine alone');
    if (!isConsent(request.body))
      return sendProblem(reply, 400, 'the body is {"interfaces": ["name", …], "announce": true or false}');
    const { interfaces, announce } = request.body;
    await served.reach.setConsent({ interfaces, announce });
    served.logger.log('info', 'its owner agreed to where it is reached', { interfaces, announce });
    return reply.send(served.reach.status());
  });
}

function readDecision(body: unknown): OwnerDecision | null {
  if (typeof body !== 'object' || body === null || !('decision' in body)) return null;
  const { decision } = body;
  return decision === 'clone' || decision === 'amnesia' ? decision : null;
}

/** For backups: nobody else can read the file while the node has it open. Who asked takes the copy away. */
function copyRoute(app: FastifyInstance, { copyDatabase }: ServedNode): void {
  let copying = false;
  const guarded = { config: { needsToken: true, cost: COST.heavy } };
  app.put('/node/copy-database', guarded, async (_request, reply) => {
    if (copying) return sendProblem(reply, 429, 'the database is being copied already', 5);
    copying = true;
    try {
      return await reply.send({ path: await copyDatabase() });
    } catch (error) {
      if (error instanceof StorageError) return sendProblem(reply, 507, error.message);
      throw error;
    } finally {
      copying = false;
    }
  });
}

function statusOf({ node, crypto, name, networkName, ports, tokenFile, reach }: ServedNode) {
  const { phase, silence, haltedBy, height, tipHash, view, busy, syncTarget, members, nowMs, ...rest } =
    node.snapshot();
  const names = memberNames(node.reader, height, members);
  const { heapUsed, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    name,
    publicKey: node.publicKey,
    network: { id: node.chainId, name: networkName },
    pid: process.pid,
    ports,
    tokenFile,
    phase,
    silence,
    resumeHeight: rest.resumeHeight,
    awaits: rest.awaits,
    haltedBy,
    height,
    tipHash,
    view,
    busy,
    syncTarget,
    proving: rest.proving,
    waiting: node.waiting().length,
    waitingEntries: node.waiting().filter(isEntry).length,
    membership: rest.membership,
    isVoting: rest.isVoting,
    removal: rest.membership === 'left' ? (removalOf(node.reader, node.publicKey, crypto) ?? null) : null,
    votes: rest.votes,
    pendingBundles: rest.pendingBundles,
    rejections: rest.rejections,
    reach: reach?.status() ?? null,
    members: members.map(({ id, publicKey, stake, isSelf, link, tipHeight, ...member }) => ({
      id,
      publicKey,
      ...(names.get(publicKey) ?? { name: null, looksLike: null }),
      stake,
      isSelf,
      connected: isSelf || link?.connected === true,
      address: link?.address ?? null,
      roundTripMs: link?.roundTripMs ?? null,
      heardMsAgo: heardMsAgo(link, nowMs),
      bytesSent: link?.bytesSent ?? 0,
      bytesReceived: link?.bytesReceived ?? 0,
      height: tipHeight,
      demotedUntil: member.demotedUntil,
      evidence: member.evidence,
      laneFork: member.laneFork,
    })),
    process: {
      residentBytes: rss,
      heapBytes: heapUsed,
      cpuMicroseconds: user + system,
      /** Sockets, timers and requests that keep the process alive. */
      activeResources: process.getActiveResourcesInfo().length,
    },
  };
}

function heardMsAgo(link: PeerLink | null, nowMs: number): number | null {
  const heardAtMs = link?.lastHeardAtMs ?? null;
  return heardAtMs === null ? null : Math.max(0, Math.round(nowMs - heardAtMs));
}

/** Looks now and after each block, until something is found or the time is over. */
async function whenCommitted<T>(
  { node, clock }: ServedNode,
  waitMs: number,
  look: () => T | undefined,
): Promise<T | undefined> {
  const found = look();
  if (found !== undefined || waitMs <= 0) return found;
  return new Promise((resolve) => {
    const end = (value: T | undefined): void => {
      unsubscribe();
      cancel();
      resolve(value);
    };
    const unsubscribe = node.subscribe((event) => {
      const value = event.type === 'committed' ? look() : undefined;
      if (value !== undefined) end(value);
    });
    const cancel = clock.schedule(waitMs, () => end(undefined));
  });
}
