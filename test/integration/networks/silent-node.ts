/** What tests ask of a node that lost part of its memory. */
import { expect } from 'vitest';
import { accept, type Accepted, type Api, getJson, settled } from './harness.ts';

interface Status {
  readonly height: number;
  readonly silence: string | null;
  readonly resumeHeight: number | null;
}

export async function statusOf(node: Api): Promise<Status> {
  return (await getJson(node, '/node/status')) as Status;
}

/**
 * Caught up, and waiting to sign again; the heights at which it signs nothing yet. A member that was away may have said
 * meanwhile that it is ready to lead, so some of the three blocks may be there already.
 */
export async function untilCaughtUp(node: Api): Promise<{ resumeHeight: number; silentHeights: number[] }> {
  let status = await statusOf(node);
  const look = async () => (status = await statusOf(node)).resumeHeight;
  await expect.poll(look, { timeout: 300_000 }).not.toBeNull();
  const { height } = status;
  const resumeHeight = status.resumeHeight!;
  expect(resumeHeight).toBeGreaterThan(height + 1);
  expect(resumeHeight).toBeLessThanOrEqual(height + 3);
  const count = resumeHeight - height - 1;
  return { resumeHeight, silentHeights: Array.from({ length: count }, (_, index) => height + 1 + index) };
}

export async function untilSilence(node: Api, silence: string | null): Promise<void> {
  await expect.poll(async () => (await statusOf(node)).silence, { timeout: 300_000 }).toBe(silence);
}

/** Entries of this node, one block after the other. */
export async function write(node: Api, name: string, count: number): Promise<Accepted[]> {
  const accepted: Accepted[] = [];
  for (let index = 0; index < count; index++) {
    accepted.push(await accept(node, `${name}-${index}`));
    await settled([node]);
  }
  return accepted;
}

/** Whose COMMIT signatures stand under a block. */
export async function signersOf(node: Api, height: number): Promise<string[]> {
  const { votes } = (await getJson(node, `/block/${height}`)) as { votes: readonly { origin: string }[] };
  return votes.map(({ origin }) => origin);
}
