import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { SignatureCheck } from '../../../src-main/core/answer-checks.ts';
import { packChecks, readChecks } from '../../../src-main/identity/verify-job.ts';
import { VerifyAhead, type VerifyAheadOptions } from '../../../src-main/identity/verify-ahead.ts';
import { keyOf } from '../core/builders.ts';

const BELIEVING = path.join(import.meta.dirname, 'believing-worker.ts');
const COUNT = 80;

const key = keyOf(3);
const checks: readonly SignatureCheck[] = Array.from({ length: COUNT }, (_, index) => {
  const message = new Uint8Array(10 + index).fill(index);
  return { message, signature: key.signer.sign(message), publicKey: key.publicKey };
});
const forged = checks.map((check) => {
  return { ...check, signature: check.signature.map((byte, at) => (at === 5 ? byte ^ 1 : byte)) };
});

const opened: VerifyAhead[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.close()));

function open(options: VerifyAheadOptions = {}): VerifyAhead {
  const ahead = new VerifyAhead({ threads: 1, ...options });
  opened.push(ahead);
  return ahead;
}

/** The first ones go unchecked: nobody waits for a thread to start. */
async function checkAhead(ahead: VerifyAhead, wanted: readonly SignatureCheck[]): Promise<void> {
  for (;;) {
    const checked = ahead.ahead(wanted);
    if (checked !== null) return checked;
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

const ask = (ahead: VerifyAhead, { signature, message, publicKey }: SignatureCheck): boolean =>
  ahead.verify(signature, message, publicKey);

it('answers as the library does, whether a thread has looked before or not', async () => {
  const ahead = open();
  expect(checks.every((check) => ask(ahead, check))).toBe(true);
  await checkAhead(ahead, [...checks, ...forged]);
  expect(checks.every((check) => ask(ahead, check))).toBe(true);
  expect(forged.some((check) => ask(ahead, check))).toBe(false);
  // It is remembered once; what is asked again is checked again.
  expect(ask(ahead, checks[0]!)).toBe(true);
});

it('believes the thread about the whole of signature, message and key, and nothing else', async () => {
  const ahead = open({ program: BELIEVING });
  await checkAhead(ahead, forged);
  const [first, second, third] = forged as [SignatureCheck, SignatureCheck, SignatureCheck];
  expect(ask(ahead, first)).toBe(true);
  expect(ask(ahead, { ...second, message: new Uint8Array(11).fill(9) })).toBe(false);
  expect(ask(ahead, { ...third, publicKey: keyOf(4).publicKey })).toBe(false);
  expect(ask(ahead, second)).toBe(true);
});

it('leaves a few to whoever asks', async () => {
  const ahead = open();
  await checkAhead(ahead, checks);
  expect(ahead.ahead(checks.slice(0, 20))).toBeNull();
});

it('has no threads where there is one processor', async () => {
  const ahead = open({ threads: 0, program: '/nowhere' });
  for (let turn = 0; turn < 20; turn++) {
    expect(ahead.ahead(checks)).toBeNull();
    await new Promise((resolve) => void setImmediate(resolve));
  }
  expect(ask(ahead, checks[0]!)).toBe(true);
});

it('goes on alone when a thread does not run, and says so', async () => {
  const failed = new Promise<Error>((resolve) => {
    const ahead = open({ program: path.join(import.meta.dirname, 'no-such-worker.ts'), onFailure: resolve });
    expect(ahead.ahead(checks)).toBeNull();
  });
  expect((await failed).message).toContain('no-such-worker');
  const [ahead] = opened;
  expect(ahead!.ahead(checks)).toBeNull();
  expect(ask(ahead!, checks[0]!)).toBe(true);
  expect(ask(ahead!, forged[0]!)).toBe(false);
});

it('lets whoever waits go on when it is closed', async () => {
  const ahead = open();
  await checkAhead(ahead, checks);
  const waiting = ahead.ahead(checks);
  ahead.close();
  await waiting;
  expect(ahead.ahead(checks)).toBeNull();
});

it('packs what has the length of a signature and a key', () => {
  const odd = { ...checks[0]!, signature: new Uint8Array(63) };
  expect(readChecks(packChecks([odd, ...checks])).map(({ message }) => message)).toEqual(
    checks.map(({ message }) => message),
  );
  expect(packChecks([])).toHaveLength(0);
});
