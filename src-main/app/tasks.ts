/**
 * Long work in named stages, one at a time: the window shows the stages, the elapsed time, whether it is slow, why it
 * failed, and offers to cancel.
 */
import { randomUUID } from 'node:crypto';
import type { WorkOptions } from '../networks/types.ts';
import type { Clock } from '../node/ports.ts';
import type { ContractError } from './contract/errors.ts';
import type { StageName, Task, TaskStage, TaskStarted } from './contract/networks.ts';
import { AppError } from './errors.ts';

/** A stage that takes longer than this is called slow. On a small machine 16 nodes start within half of it. */
const SLOW_AFTER_MS = 20_000;

export interface TaskPlan {
  readonly kind: Task['kind'];
  readonly stages: readonly StageName[];
  readonly cancellable: boolean;
  readonly networkId?: string;
}

/** What the work reports while it runs. */
export interface TaskReporter {
  /** Enters a stage, or updates how many of it are done. The stages before it are done then. */
  stage(name: StageName, done?: number, total?: number): void;
  /** Which stages there are was known only now. */
  stages(names: readonly StageName[]): void;
  networkId(id: string): void;
  backupPath(path: string): void;
  /** Aborted when the person cancels: the work stops, undoes what it began, and throws. */
  readonly signal: AbortSignal;
}

/** For work below the app. */
export function workOf(report: TaskReporter): Required<WorkOptions> {
  return {
    signal: report.signal,
    onStage: ({ stage, done, total }) => report.stage(stage, done, total),
    onStages: (stages) => report.stages(stages),
  };
}

interface Running {
  readonly task: { -readonly [Key in keyof Task]: Task[Key] };
  readonly startedAtMs: number;
  readonly abort: AbortController;
  finished: Promise<void>;
  cancelSlowTimer: () => void;
}

export interface TaskDependencies {
  readonly clock: Clock;
  readonly publish: (task: Task) => void;
  readonly describe: (error: unknown) => ContractError;
}

export class TaskRunner {
  readonly #dependencies: TaskDependencies;
  #running: Running | null = null;
  #isClosed = false;

  constructor(dependencies: TaskDependencies) {
    this.#dependencies = dependencies;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** @throws AppError `busy` */
  refuseWhileRunning(): void {
    if (this.#running !== null) throw new AppError('busy', { task: this.#running.task.kind });
  }

  /** @throws AppError `busy` while another task runs, `cancelled` when the app closes */
  start(plan: TaskPlan, work: (report: TaskReporter) => Promise<void>): TaskStarted {
    this.refuseWhileRunning();
    if (this.#isClosed) throw new AppError('cancelled');
    const abort = new AbortController();
    const running: Running = {
      task: newTask(plan),
      startedAtMs: this.#dependencies.clock.nowMs(),
      abort,
      finished: Promise.resolve(),
      cancelSlowTimer: () => undefined,
    };
    this.#running = running;
    this.#publish(running);
    running.finished = this.#run(running, work);
    return { taskId: running.task.id };
  }

  /**
   * False when this task is not running any more. @throws AppError `invalid-request` for work that must not stop
   * halfway.
   */
  cancel(taskId: string): boolean {
    const running = this.#running;
    if (running === null || running.task.id !== taskId) return false;
    if (!running.task.cancellable)
      throw new AppError('invalid-request', { request: 'cancelTask', path: '/taskId' });
    this.#abort(running);
    return true;
  }

  /** Resolves when nothing runs, nor ever will; cancels what can be cancelled. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const running = this.#running;
    if (running === null) return;
    if (running.task.cancellable) this.#abort(running);
    await running.finished;
  }

  async #run(running: Running, work: (report: TaskReporter) => Promise<void>): Promise<void> {
    const { task } = running;
    try {
      await work(this.#reporter(running));
      task.stages = task.stages.map((stage) => ({ ...stage, state: 'done', done: stage.total }));
      task.state = 'done';
    } catch (error) {
      const cancelled = running.abort.signal.aborted;
      task.stages = task.stages.map((stage) =>
        stage.state === 'running' ? { ...stage, state: 'failed' } : stage,
      );
      task.state = cancelled ? 'cancelled' : 'failed';
      task.failure = cancelled ? null : this.#dependencies.describe(error);
    }
    running.cancelSlowTimer();
    task.slow = false;
    this.#running = null;
    this.#publish(running);
  }

  #reporter(running: Running): TaskReporter {
    const { task } = running;
    return {
      signal: running.abort.signal,
      stage: (name, done = 0, total = 0) => {
        const entered = task.stages.findIndex((stage) => stage.name === name);
        if (entered < 0 || task.state === 'cancelling') return;
        if (task.stages[entered]?.state === 'pending') this.#watchSlowness(running);
        task.stages = task.stages.map((stage, index) => advance(stage, index - entered, done, total));
        this.#publish(running);
      },
      stages: (names) => {
        const known = new Map(task.stages.map((stage) => [stage.name, stage]));
        task.stages = newStages(names).map((stage) => known.get(stage.name) ?? stage);
        this.#publish(running);
      },
      networkId: (id) => {
        task.networkId = id;
      },
      backupPath: (path) => {
        task.backupPath = path;
      },
    };
  }

  #watchSlowness(running: Running): void {
    running.cancelSlowTimer();
    running.task.slow = false;
    running.cancelSlowTimer = this.#dependencies.clock.schedule(SLOW_AFTER_MS, () => {
      running.task.slow = true;
      this.#publish(running);
    });
  }

  #abort(running: Running): void {
    if (running.abort.signal.aborted) return;
    running.task.state = 'cancelling';
    running.abort.abort(new AppError('cancelled'));
    this.#publish(running);
  }

  #publish(running: Running): void {
    running.task.version += 1;
    running.task.elapsedMs = Math.max(0, this.#dependencies.clock.nowMs() - running.startedAtMs);
    this.#dependencies.publish({ ...running.task });
  }
}

function newTask(plan: TaskPlan): Task {
  return {
    version: 0,
    id: randomUUID(),
    kind: plan.kind,
    state: 'running',
    stages: newStages(plan.stages),
    elapsedMs: 0,
    slow: false,
    cancellable: plan.cancellable,
    networkId: plan.networkId ?? null,
    failure: null,
    backupPath: null,
  };
}

function newStages(names: readonly StageName[]): TaskStage[] {
  return names.map((name) => ({ name, state: 'pending', done: 0, total: 0 }));
}

/** `distance` from the stage that was entered: negative ones are done, positive ones have not begun. */
function advance(stage: TaskStage, distance: number, done: number, total: number): TaskStage {
  if (distance < 0) return { ...stage, state: 'done', done: stage.total };
  if (distance === 0) return { ...stage, state: 'running', done, total };
  return stage;
}
