/** Blocks and transactions: the reading half of DIVA's block API. */
import type { FastifyInstance } from 'fastify';
import { decodeBundle } from '../core/encoding.ts';
import { readBlockJson, transactionJson } from './block-json.ts';
import type { BlockJson } from './block-json.ts';
import type { ServedNode } from '../networks/served-node.ts';
import { sendEmpty, sendProblem } from './problem.ts';
import { COST } from './guard.ts';

const MOST_BLOCKS = 100;
const DEFAULT_PAGE = 100;
/** Blocks may have a megabyte each: an answer ends early rather than taking the node's memory. */
const MOST_TRANSACTIONS = 20_000;

interface RangeParams {
  readonly from?: string;
  readonly to?: string;
}

export function chainRoutes(app: FastifyInstance, context: ServedNode): void {
  const { node, crypto } = context;
  const tipHeight = () => node.reader.tip().height;
  const read = (height: number) => readBlockJson(node.reader, node.genesis, crypto, height);

  /** Ascending; an answer that grows too large ends early, at the older end when the newest come first. */
  const blocks = (heights: readonly number[], newestFirst: boolean): BlockJson[] => {
    const found: BlockJson[] = [];
    let transactions = 0;
    for (const height of newestFirst ? heights.toReversed() : heights) {
      const block = transactions < MOST_TRANSACTIONS ? read(height) : undefined;
      if (block === undefined) continue;
      transactions += block.tx.length;
      found.push(block);
    }
    return newestFirst ? found.reverse() : found;
  };

  app.get('/block/genesis', () => read(1));
  app.get('/block/latest', () => read(tipHeight()));
  app.get<{ Params: { height: string } }>('/block/:height', (request, reply) => {
    const height = heightOf(request.params.height);
    const block = height === undefined || height > tipHeight() ? undefined : read(height);
    return block === undefined ? sendEmpty(reply, 404) : reply.send(block);
  });

  app.get('/blocks', () => blocks(range(tipHeight() - MOST_BLOCKS + 1, tipHeight()), true));
  for (const path of ['/blocks/:from', '/blocks/:from/:to']) {
    app.get<{ Params: RangeParams }>(path, (request, reply) => {
      const from = heightOf(request.params.from);
      const to = request.params.to === undefined ? tipHeight() : heightOf(request.params.to);
      if (from === undefined || to === undefined)
        return sendProblem(reply, 400, 'from and to are heights from 1');
      return reply.send(blocks(range(from, Math.min(to, tipHeight(), from + MOST_BLOCKS - 1)), false));
    });
  }

  app.get<{ Params: { page: string; size?: string } }>('/blocks/page/:page/:size?', (request, reply) => {
    const page = heightOf(request.params.page);
    const size = Math.min(heightOf(request.params.size ?? String(DEFAULT_PAGE)) ?? 0, MOST_BLOCKS);
    if (page === undefined || size === 0) return sendProblem(reply, 400, 'page and size are numbers from 1');
    const last = tipHeight() - (page - 1) * size;
    return reply.send(blocks(range(last - size + 1, last), true));
  });

  app.get<{ Params: { q?: string } }>('/blocks/search/:q?', { config: { cost: COST.search } }, (request) => {
    const query = request.params.q ?? '';
    if (query === '') return blocks(range(tipHeight() - MOST_BLOCKS + 1, tipHeight()), true);
    return blocks(node.reader.searchBlocks(query, MOST_BLOCKS), true);
  });

  app.get<{ Params: { height: string } }>('/sync/:height', (request, reply) => {
    const from = heightOf(request.params.height);
    if (from === undefined) return sendProblem(reply, 400, 'the height is a number from 1');
    return reply.send(blocks(range(from, Math.min(tipHeight(), from + MOST_BLOCKS - 1)), false));
  });
  transactionRoute(app, context);
}

function transactionRoute(app: FastifyInstance, { node, crypto }: ServedNode): void {
  app.get<{ Params: { origin: string; ident: string } }>('/transaction/:origin/:ident', (request, reply) => {
    const { origin, ident } = request.params;
    const place = node.reader.transaction(origin, ident);
    const block = place === undefined ? undefined : node.reader.block(place.height);
    const bytes = block?.bundles[place?.bundleIndex ?? 0];
    const executed = block?.transactions.find((candidate) => {
      return (
        candidate.bundleIndex === place?.bundleIndex && candidate.transactionIndex === place.transactionIndex
      );
    });
    if (place === undefined || bytes === undefined || executed === undefined) return sendEmpty(reply, 404);
    const transaction = transactionJson(executed, decodeBundle(bytes, crypto));
    return reply.send({ height: place.height, transaction });
  });
}

/** A positive whole number, undefined for anything else. */
function heightOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

function range(from: number, to: number): number[] {
  const heights: number[] = [];
  for (let height = Math.max(1, from); height <= to; height++) heights.push(height);
  return heights;
}
