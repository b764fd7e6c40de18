/** Who asks to become a member of the open network, and what the owner decides about it. */
import { fromText } from '../core/bytes.ts';
import type { MembershipDesk } from '../networks/shared/desk-types.ts';
import type { Clock } from '../node/ports.ts';
import type { AdmissionState } from './contract/joining.ts';
import type { Handlers } from './dispatch.ts';
import { fingerprintOf } from './fingerprint.ts';

/** Who has given up is gone by itself. */
const LOOK_AGAIN_AFTER_MS = 5_000;
const MAX_SHOWN = 128;

export interface AdmissionDependencies {
  readonly clock: Clock;
  /** Of the open network. @throws AppError `no-network`, `other-kind` */
  readonly desk: () => MembershipDesk;
  readonly publish: (state: AdmissionState) => void;
}

type AdmissionHandlers = Pick<Handlers, 'setAdmission' | 'decideJoinRequest'>;

export class Admissions {
  readonly #dependencies: AdmissionDependencies;
  #desk: MembershipDesk | null = null;
  #unsubscribe: () => void = () => undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(dependencies: AdmissionDependencies) {
    this.#dependencies = dependencies;
  }

  readonly handlers: AdmissionHandlers = {
    setAdmission: (change) => {
      const desk = this.#dependencies.desk();
      desk.set(change);
      return desk.settings();
    },
    decideJoinRequest: ({ publicKey, accept }) => {
      this.#dependencies.desk().decide(publicKey, accept);
      return {};
    },
  };

  /** The open network is another one now, or none. */
  follow(desk: MembershipDesk | null): void {
    if (desk === this.#desk) return;
    this.#unsubscribe();
    this.#desk = desk;
    this.#unsubscribe = desk?.subscribe(() => this.#publish()) ?? (() => undefined);
    this.#publish();
  }

  end(): void {
    this.#cancelTimer();
    this.#unsubscribe();
  }

  #publish(): void {
    this.#cancelTimer();
    const { publish, clock } = this.#dependencies;
    const requests = (this.#desk?.requests() ?? []).slice(-MAX_SHOWN).map(({ displayName, ...request }) => {
      return { ...request, name: displayName, fingerprint: fingerprintOf(fromText(request.publicKey)!) };
    });
    publish({ settings: this.#desk?.settings() ?? null, requests });
    if (requests.length > 0) this.#cancelTimer = clock.schedule(LOOK_AGAIN_AFTER_MS, () => this.#publish());
  }
}
