/** Requests about blocks, transactions and state: reads of the own node's database, nothing else. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Crypto } from '../core/crypto.ts';
import { encodeGenesis } from '../core/genesis.ts';
import { namespaceOfData } from '../ledger/own-keys.ts';
import type { NodeFacade } from '../node/facade.ts';
import type { StoredValue } from '../node/ports.ts';
import {
  detailOf,
  genesisDetail,
  partsOfStored,
  summaryOf,
  transactionsOf,
  type BlockParts,
} from './block-view.ts';
import type { BlockDetail, BlockSummary, StateEntry } from './contract/chain.ts';
import type { Handlers } from './dispatch.ts';
import { AppError } from './errors.ts';

/** Reading a full block takes milliseconds: after so many bytes the node gets its turn. */
const BYTES_PER_TURN = 256 * 1024;

export interface ChainDependencies {
  readonly crypto: Crypto;
  /** The node of the open network. @throws AppError `no-network` */
  node(): NodeFacade;
  /** When this machine saw a block. */
  seenAtMs(height: number): number | null;
}

type ChainHandlers = Pick<
  Handlers,
  'listBlocks' | 'getBlock' | 'getTransaction' | 'getState' | 'searchState'
>;

export function chainHandlers(dependencies: ChainDependencies): ChainHandlers {
  const { crypto, seenAtMs } = dependencies;
  return {
    listBlocks: async ({ before, limit }) => {
      const node = dependencies.node();
      const tipHeight = node.reader.tip().height;
      const blocks: BlockSummary[] = [];
      let bytes = 0;
      for (let height = Math.min((before ?? tipHeight + 1) - 1, tipHeight); height >= 1; height--) {
        if (blocks.length === limit) break;
        const summary = height === 1 ? genesis(node, crypto).summary : summaryAt(node, height);
        blocks.push(summary);
        bytes += summary.sizeBytes;
        if (bytes > BYTES_PER_TURN) {
          bytes = 0;
          await nextTurn();
        }
      }
      return { blocks, tipHeight };
    },
    getBlock: ({ height, transactionOffset, transactionLimit }) => {
      const node = dependencies.node();
      if (height === 1) return genesis(node, crypto);
      const page = { offset: transactionOffset, limit: transactionLimit };
      return detailOf(partsAt(node, height, crypto), seenAtMs(height), page);
    },
    getTransaction: ({ origin, ident }) => {
      const node = dependencies.node();
      const place = node.reader.transaction(origin, ident);
      if (place === undefined) throw new AppError('not-found');
      const parts = partsAt(node, place.height, crypto);
      const executed = parts.transactions.filter((one) => one.origin === origin && one.ident === ident);
      const transaction = transactionsOf(parts, executed)[0];
      if (transaction === undefined) throw new AppError('not-found');
      return { height: place.height, transaction };
    },
    getState: ({ key, height }) => {
      const { reader } = dependencies.node();
      const value = height === null ? reader.value(key) : reader.value(key, height);
      if (value === undefined) throw new AppError('not-found');
      return entryOf(value);
    },
    searchState: ({ query, limit }) => {
      return { entries: dependencies.node().reader.searchValues(query, limit).map(entryOf) };
    },
  };

  function summaryAt(node: NodeFacade, height: number): BlockSummary {
    return summaryOf(partsAt(node, height, crypto), seenAtMs(height));
  }
}

function partsAt(node: NodeFacade, height: number, crypto: Crypto): BlockParts {
  const block = node.reader.block(height);
  if (block === undefined) throw new AppError('not-found');
  return partsOfStored(block, crypto);
}

function genesis(node: NodeFacade, crypto: Crypto): BlockDetail {
  return genesisDetail(node.genesis, node.chainId, encodeGenesis(node.genesis).length, crypto);
}

function entryOf({ key, value, height, origin }: StoredValue): StateEntry {
  return { key, ns: namespaceOfData(key, origin), value, height };
}
