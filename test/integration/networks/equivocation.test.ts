/** A member that signs two different things, as a real process among three honest ones. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { fromText } from '../../../src-main/core/bytes.ts';
import { verifyStatement } from '../../../src-main/core/signing.ts';
import type { SignedStatement } from '../../../src-main/core/types.ts';
import { sodiumCrypto } from '../../../src-main/identity/sodium-crypto.ts';
import { createNetworkFolder } from '../../../src-main/networks/create.ts';
import { forkProcessHost } from '../../../src-main/networks/fork-host.ts';
import type { LocalNetwork, LocalNode, ProcessHost } from '../../../src-main/networks/types.ts';
import type { StatementText } from '../../../src-main/ledger/evidence-value.ts';
import type { MemberEvidence } from '../../../src-main/node/evidence.ts';
import { runCli } from '../headless/run-cli.ts';
import {
  accept,
  type Api,
  expectOneChain,
  getJson,
  load,
  NODE_PROCESS,
  settled,
  temporaryFolder,
} from './harness.ts';
import type { Lie } from './lying-process.ts';

const LYING_PROCESS = path.join(import.meta.dirname, 'lying-process.ts');

interface Lying {
  readonly network: LocalNetwork;
  readonly liar: LocalNode;
  readonly honest: readonly LocalNode[];
}

/** Four nodes, of which the last one lies. */
async function networkWithLiar(lie: Lie): Promise<Lying> {
  const home = temporaryFolder();
  await createNetworkFolder(home, { networkName: 'Liars', nodeCount: 4 }, {});
  const honestHost = forkProcessHost(NODE_PROCESS);
  const lyingHost = forkProcessHost(LYING_PROCESS);
  const start: ProcessHost['start'] = (options) => {
    process.env['LIE'] = lie;
    return options.name === names[3] ? lyingHost.start(options) : honestHost.start(options);
  };
  const network = load(home, { start });
  const names = network.nodes().map(({ name }) => name);
  await network.start();
  const nodes = network.nodes();
  return { network, liar: nodes[3]!, honest: nodes.slice(0, 3) };
}

interface Status {
  readonly height: number;
  readonly members: readonly {
    readonly publicKey: string;
    readonly stake: number;
    readonly evidence: MemberEvidence | null;
    readonly laneFork: { readonly seq: number; readonly first: object; readonly second: object } | null;
  }[];
}

async function memberAt(node: Api, { publicKey }: LocalNode) {
  const { members } = (await getJson(node, '/node/status')) as Status;
  return members.find((member) => member.publicKey === publicKey)!;
}

/** Entries go on until this is true: a lie may come too late for the block that it is about. */
async function entriesUntil(node: Api, name: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (let count = 0; !(await isTrue()); count++) {
    await accept(node, `${name}-${count}`);
    await settled([node]);
  }
}

function statementOf(publicKey: string, text: StatementText): SignedStatement {
  const { kind, height, view } = text;
  const common = { signer: fromText(publicKey)!, height, view, signature: fromText(text.signature)! };
  return kind === 'skip'
    ? { ...common, kind, hn: text.hn! }
    : { ...common, kind, hash: fromText(text.hash!)! };
}

interface Block {
  readonly height: number;
  readonly committeeHash: string;
  readonly nextCommitteeHash: string;
  readonly certificate: { readonly totalStake: number };
  readonly votes: readonly { readonly origin: string }[];
  readonly tx: readonly { readonly commands: readonly Record<string, unknown>[] }[];
}

test.each<Lie>(['vote', 'commit', 'propose'])(
  'two signatures of one member (%s) are on the chain, for everybody to check, and cost its stake',
  async (lie) => {
    const { network, liar, honest } = await networkWithLiar(lie);
    const [first] = honest;
    const before = await memberAt(first!, liar);
    expect(before).toMatchObject({ stake: expect.any(Number), evidence: null });
    await entriesUntil(first!, 'lie', async () => (await memberAt(first!, liar)).evidence !== null);
    await settled(honest);

    const { evidence } = await memberAt(first!, liar);
    expect([evidence!.first.kind, evidence!.second.kind]).toEqual([lie, lie]);
    expect(evidence!.first.height).toBe(evidence!.second.height);
    expect(evidence!.first.hash).not.toBe(evidence!.second.hash);
    for (const said of [evidence!.first, evidence!.second]) {
      const statement = statementOf(liar.publicKey, said);
      expect(verifyStatement(sodiumCrypto, fromText(network.id)!, statement)).toBe(true);
    }
    for (const node of honest) {
      const { block, ...said } = evidence!;
      const state = (await getJson(node, `/state/evidence:${liar.publicKey}`)) as { value: string };
      expect(JSON.parse(state.value)).toEqual(said);
      expect(await getJson(node, `/state/peer:${liar.publicKey}`)).toMatchObject({ value: '0' });
      const { tx } = (await getJson(node, `/block/${block}`)) as Block;
      const command = {
        command: 'evidence',
        publicKey: liar.publicKey,
        ...said,
        result: { outcome: 'applied' },
      };
      expect(tx.flatMap(({ commands }) => commands)).toContainEqual(expect.objectContaining(command));
    }

    // What block h changes governs height h + 2.
    const blockAt = async (height: number) => (await getJson(first!, `/block/${height}`)) as Block;
    const { block } = evidence!;
    await entriesUntil(first!, 'after', async () => (await memberHeight(first!)) >= block + 2);
    const [at, next, governed] = await Promise.all([block, block + 1, block + 2].map(blockAt));
    expect(next!.certificate.totalStake).toBe(at!.certificate.totalStake);
    expect(governed!.certificate.totalStake).toBe(at!.certificate.totalStake - before.stake);
    expect(governed!.committeeHash).toBe(next!.nextCommitteeHash);
    expect(governed!.votes.map(({ origin }) => origin)).not.toContain(liar.publicKey);
    await expectOneChain(honest);

    const said = await runCli('status', '--data-dir', first!.dataDir);
    expect(said.stdout).toContain(`member ${liar.publicKey.slice(0, 8)} signed two different statements`);
    expect(said.stdout).toContain(`recorded in block ${block}, it lost its stake`);
  },
);

async function memberHeight(node: Api): Promise<number> {
  return ((await getJson(node, '/node/status')) as Status).height;
}

test('two pages with one number are noted, also across a restart, and cost nothing', async () => {
  const { network, liar, honest } = await networkWithLiar('bundle');
  const [first] = honest;
  const before = await memberAt(first!, liar);
  await entriesUntil(liar, 'page', async () => (await memberAt(first!, liar)).laneFork !== null);
  const { laneFork, stake, evidence } = await memberAt(first!, liar);
  expect(laneFork!.first).not.toEqual(laneFork!.second);
  expect([stake, evidence]).toEqual([before.stake, null]);
  await network.stopNode(first!.publicKey);
  await network.startNode(first!.publicKey);
  expect((await memberAt(network.nodes()[0]!, liar)).laneFork).toEqual(laneFork);
  const said = await runCli('status', '--data-dir', first!.dataDir);
  expect(said.stdout).toContain(`signed two different pages ${laneFork!.seq} of its notebook`);
  // Whoever started again may have other ports than before.
  const keys = new Set(honest.map(({ publicKey }) => publicKey));
  await expectOneChain(network.nodes().filter(({ publicKey }) => keys.has(publicKey)));
});
