import { describe, expect, it, vi } from 'vitest';
import type { Task } from '../../../src-main/app/contract/networks.ts';
import { AppError } from '../../../src-main/app/errors.ts';
import { TaskRunner, type TaskPlan, type TaskReporter } from '../../../src-main/app/tasks.ts';
import { describeError } from '../../../src-main/app/translate-errors.ts';
import { ManualClock } from './manual-clock.ts';

const PLAN: TaskPlan = {
  kind: 'createLocalNetwork',
  stages: ['keys', 'genesis', 'starting'],
  cancellable: true,
};

function makeRunner() {
  const clock = new ManualClock();
  const published: Task[] = [];
  const runner = new TaskRunner({ clock, publish: (task) => published.push(task), describe: describeError });
  return { clock, published, runner };
}

/** Work that goes on when the test says so. */
function controlled() {
  let finish: () => void = () => undefined;
  let fail: (reason: Error) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  let report: TaskReporter | undefined;
  return {
    work: (reporter: TaskReporter): Promise<void> => {
      report = reporter;
      reporter.signal.addEventListener('abort', () => fail(reporter.signal.reason as Error));
      return done;
    },
    finish,
    fail,
    report: (): TaskReporter => report!,
  };
}

describe('long work', () => {
  it('shows its stages, how many of each are done, and the elapsed time', async () => {
    const { clock, published, runner } = makeRunner();
    const { work, finish, report } = controlled();
    runner.start(PLAN, work);
    report().stage('keys');
    clock.advance(1500);
    report().stage('starting', 2, 4);
    expect(published.at(-1)).toMatchObject({
      state: 'running',
      elapsedMs: 1500,
      stages: [
        { name: 'keys', state: 'done' },
        { name: 'genesis', state: 'done' },
        { name: 'starting', state: 'running', done: 2, total: 4 },
      ],
    });
    report().networkId('net');
    finish();
    await runner.close();
    expect(published.at(-1)).toMatchObject({ state: 'done', networkId: 'net', failure: null });
    expect(published.at(-1)?.stages.at(-1)).toMatchObject({ state: 'done', done: 4, total: 4 });
    expect(published.map(({ version }) => version)).toEqual(published.map((_task, index) => index + 1));
  });

  it('says why it failed, and at which stage', async () => {
    const { published, runner } = makeRunner();
    const { work, fail, report } = controlled();
    runner.start(PLAN, work);
    report().stage('genesis');
    fail(new AppError('disk-full'));
    await vi.waitFor(() => expect(published.at(-1)?.state).toBe('failed'));
    expect(published.at(-1)?.failure).toEqual({ code: 'disk-full', params: {} });
    expect(published.at(-1)?.stages.map(({ state }) => state)).toEqual(['done', 'failed', 'pending']);
  });

  it('runs one at a time, and none when it is over', async () => {
    const { runner } = makeRunner();
    const { work, finish } = controlled();
    runner.start(PLAN, work);
    expect(() => runner.start(PLAN, work)).toThrow(expect.objectContaining({ code: 'busy' }) as Error);
    finish();
    await vi.waitFor(() => expect(runner.isRunning).toBe(false));
    runner.start(PLAN, () => Promise.resolve());
    await runner.close();
    expect(() => runner.start(PLAN, work)).toThrow(expect.objectContaining({ code: 'cancelled' }) as Error);
  });

  it('can be cancelled, and is told so', async () => {
    const { published, runner } = makeRunner();
    const { work } = controlled();
    const { taskId } = runner.start(PLAN, work);
    expect(runner.cancel('another')).toBe(false);
    expect(runner.cancel(taskId)).toBe(true);
    expect(published.at(-1)).toMatchObject({ state: 'cancelling' });
    await runner.close();
    expect(published.at(-1)).toMatchObject({ state: 'cancelled', failure: null });
    expect(runner.cancel(taskId)).toBe(false);
  });

  it('cannot be cancelled where stopping halfway would do harm', async () => {
    const { runner } = makeRunner();
    const { work, finish } = controlled();
    const { taskId } = runner.start({ ...PLAN, cancellable: false }, work);
    expect(() => runner.cancel(taskId)).toThrow(AppError);
    finish();
    await runner.close();
  });

  it('is called slow when a stage takes long, until the next stage', async () => {
    const { clock, published, runner } = makeRunner();
    const { work, finish, report } = controlled();
    runner.start(PLAN, work);
    report().stage('keys');
    clock.advance(60_000);
    expect(published.at(-1)).toMatchObject({ slow: true });
    report().stage('genesis');
    expect(published.at(-1)).toMatchObject({ slow: false });
    finish();
    await runner.close();
    expect(clock.pending).toBe(0);
  });
});
