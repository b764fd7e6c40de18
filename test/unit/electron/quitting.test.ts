import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { quitInOrder } from '../../../src-main/electron/quitting.ts';
import { NATIVE_TEXTS } from '../../../src-main/electron/texts.ts';

interface Box {
  readonly detail: string;
  readonly buttons: readonly string[];
  readonly signal: AbortSignal;
  answer(label: string): void;
}

const electron = vi.hoisted(() => ({
  quits: 0,
  exits: [] as number[],
  boxes: [] as unknown[],
  beforeQuit: (_: { preventDefault(): void }): void => undefined,
}));
const boxes = electron.boxes as Box[];

vi.mock('electron', () => ({
  app: {
    on: (_: string, listener: typeof electron.beforeQuit) => (electron.beforeQuit = listener),
    quit: () => void (electron.quits += 1),
    exit: (code: number) => void electron.exits.push(code),
  },
  dialog: {
    showMessageBox: (box: Omit<Box, 'answer'>) =>
      new Promise((resolve) => {
        const answer = (label: string): void => resolve({ response: box.buttons.indexOf(label) });
        boxes.push({ ...box, answer });
      }),
  },
}));

const PATIENCE_MS = 10_000;

/** An app that is about to quit; `closed` lets its closing come to an end. */
function quitting(unfinished: readonly string[] = ['Ben', 'Clara']) {
  let closed = (): void => undefined;
  const promise = new Promise<void>((resolve) => (closed = resolve));
  const abandon = vi.fn();
  quitInOrder({
    close: () => promise,
    unfinished: () => unfinished,
    abandon,
    texts: () => NATIVE_TEXTS.en,
  });
  return { closed: () => closed(), abandon };
}

/** Whether the quit was held back. */
function quit(): boolean {
  let held = false;
  electron.beforeQuit({ preventDefault: () => (held = true) });
  return held;
}

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(electron, { quits: 0, exits: [] });
  boxes.length = 0;
});
afterEach(() => void vi.useRealTimers());

describe('quitting', () => {
  it('waits for the app to close, and asks nothing while that is quick', async () => {
    const { closed, abandon } = quitting();
    expect(quit()).toBe(true);
    expect(quit()).toBe(true);
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    expect(electron.quits).toBe(0);
    closed();
    await vi.advanceTimersByTimeAsync(PATIENCE_MS * 5);
    expect(electron).toMatchObject({ quits: 1, exits: [], boxes: [] });
    expect(abandon).not.toHaveBeenCalled();
    expect(quit()).toBe(false);
  });

  it('says what is not finished, and ends it when the person wants that', async () => {
    const { abandon } = quitting();
    quit();
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(boxes).toHaveLength(1);
    expect(boxes[0]!.detail).toMatch(
      /^Still writing to disk: Ben, Clara\. .*nothing that was accepted is lost/,
    );
    boxes[0]!.answer('End it now');
    await vi.advanceTimersByTimeAsync(0);
    expect(abandon).toHaveBeenCalledOnce();
    expect(electron.exits).toEqual([0]);
  });

  it('waits on when the person wants that, asks again, and takes the question back when it has closed', async () => {
    const { closed, abandon } = quitting([]);
    quit();
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(boxes[0]!.detail).toContain('the app itself');
    boxes[0]!.answer('Keep waiting');
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    expect(boxes).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(boxes).toHaveLength(2);
    expect(boxes[1]!.signal.aborted).toBe(false);
    closed();
    await vi.advanceTimersByTimeAsync(0);
    expect(boxes[1]!.signal.aborted).toBe(true);
    // What is answered too late ends nothing.
    boxes[1]!.answer('End it now');
    await vi.advanceTimersByTimeAsync(PATIENCE_MS * 3);
    expect(electron).toMatchObject({ quits: 1, exits: [] });
    expect(abandon).not.toHaveBeenCalled();
  });
});
