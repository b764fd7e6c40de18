/** The network, the state and what waits: the rest of the reading half of DIVA's block API. */
import type { FastifyInstance } from 'fastify';
import { isAboutKey, namespaceOfData, TAKEN_PREFIX } from '../ledger/own-keys.ts';
import type { ChainReader, StoredValue } from '../node/ports.ts';
import { VERSION } from '../networks/version.ts';
import { commandJson } from './block-json.ts';
import type { ServedNode } from '../networks/served-node.ts';
import { COST } from './guard.ts';
import { sendEmpty, sendProblem } from './problem.ts';

const MOST_VALUES = 100;

export function stateRoutes(app: FastifyInstance, context: ServedNode): void {
  const { node } = context;
  networkRoutes(app, context);

  app.get<{ Params: { key?: string } }>('/state/:key?', (request, reply) => {
    const key = request.params.key ?? '';
    const found = key === '' ? undefined : read(node.reader, key);
    return found === undefined ? sendEmpty(reply, 404) : reply.send({ key, value: found.value });
  });
  app.get<{ Params: { q?: string } }>('/state/search/:q?', { config: { cost: COST.search } }, (request) => {
    return search(node.reader, request.params.q ?? '');
  });

  const waiting = () => {
    return node.waiting().map(({ ident, commands }) => {
      return { ident, commands: commands.map((command, index) => commandJson(command, index + 1)) };
    });
  };
  app.get('/stack', waiting);
  app.get('/stack/stake', () => {
    const isVote = ({ command }: { command: string }) =>
      command === 'modifyStake' || command === 'removePeer';
    return waiting().filter(({ commands }) => commands.some(isVote));
  });
}

function networkRoutes(app: FastifyInstance, context: ServedNode): void {
  const { node } = context;
  app.get('/about', () => ({
    version: VERSION,
    license: 'AGPL-3.0-or-later',
    publicKey: node.publicKey,
    height: node.reader.tip().height,
    chainId: node.chainId,
    networkName: context.networkName,
  }));
  const members = (leastStake: number) => {
    return node.snapshot().members.flatMap(({ publicKey, stake, link }) => {
      if (stake < leastStake) return [];
      const known = context.addressOf(publicKey);
      return [{ publicKey, http: known.http, udp: link?.address ?? known.udp, stake }];
    });
  };
  app.get('/network', () => members(0));
  app.get<{ Params: { stake: string } }>('/network/:stake', (request, reply) => {
    if (!/^\d{1,16}$/.test(request.params.stake))
      return sendProblem(reply, 400, 'the stake is a number from 0');
    return reply.send(members(Number(request.params.stake)));
  });
  app.get('/network/online', () => {
    const online = node.snapshot().members.filter(({ isSelf, link }) => isSelf || link?.connected === true);
    return online.map(({ publicKey }) => publicKey);
  });
}

function read(reader: ChainReader, key: string): StoredValue | undefined {
  if (!key.startsWith(TAKEN_PREFIX)) return reader.value(key);
  const taken = reader.value(key.slice(TAKEN_PREFIX.length));
  return taken !== undefined && isDecision(taken) ? taken : undefined;
}

function search(reader: ChainReader, query: string): { key: string; value: string }[] {
  if (!query.startsWith(TAKEN_PREFIX)) {
    return reader.searchValues(query, MOST_VALUES).map(({ key, value }) => ({ key, value }));
  }
  const found = reader.searchValues(query.slice(TAKEN_PREFIX.length), MOST_VALUES).filter(isDecision);
  return found.map(({ key, value }) => ({ key: TAKEN_PREFIX + key, value }));
}

/** Data is kept under `ns:origin`, a decision under `ns` alone. */
function isDecision({ key, origin }: StoredValue): boolean {
  return namespaceOfData(key, origin) === null && !isAboutKey(key);
}
