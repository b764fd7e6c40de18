import { afterEach, expect, test } from 'vitest';
import type { NodeOptions } from './support.ts';
import { TestNode } from './support.ts';

const nodes: TestNode[] = [];

async function open(options: NodeOptions = {}): Promise<TestNode> {
  const node = await TestNode.open(options);
  nodes.push(node);
  return node;
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.transport.close()));
});

test.each(['127.0.0.1', '::1'])('two nodes on %s connect and talk, with fragments', async (host) => {
  const a = await open({ host });
  const b = await open({ host });
  a.knows(b);
  b.knows(a);
  const begin = performance.now();
  await a.until(() => a.isConnectedTo(b) && b.isConnectedTo(a));
  console.log('connected after', performance.now() - begin);
  const small = new Uint8Array([1, 2, 3]);
  const large = new Uint8Array(320 * 1024).map((_, i) => i * 7);
  a.transport.send(b.text, small);
  a.transport.send(b.text, large);
  a.transport.flush();
  await b.until(() => b.messages.length === 2);
  console.log(performance.now() - begin, a.link(b), b.transport.rejections());
  expect(b.messages.map(({ payload }) => payload.length)).toEqual([3, large.length]);
  expect(Buffer.compare(b.messages[1]!.payload, large)).toBe(0);
});
