import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { Admissions } from '../../../src-main/app/admission-handlers.ts';
import { AdmissionState } from '../../../src-main/app/contract/joining.ts';
import { AppError } from '../../../src-main/app/errors.ts';
import type { JoinRequest, MembershipDesk } from '../../../src-main/networks/shared/desk-types.ts';
import { ManualClock } from './manual-clock.ts';

const BEN: JoinRequest = {
  publicKey: 'B'.repeat(42) + 'A',
  displayName: 'Ben',
  hasTicket: false,
  state: 'waiting',
  reason: 'owner',
  askedAtMs: 5,
};

function reception() {
  const published: AdmissionState[] = [];
  const clock = new ManualClock();
  const decided: unknown[] = [];
  let tell = (): void => undefined;
  const asking: JoinRequest[] = [];
  const settings = { admission: 'ask', paused: false } as const;
  const desk = {
    settings: () => settings,
    requests: () => asking,
    set: (change: unknown) => void decided.push(change),
    decide: (publicKey: string, accept: boolean) => void decided.push([publicKey, accept]),
    subscribe: (listener: () => void) => {
      tell = listener;
      return () => (tell = () => undefined);
    },
  } as unknown as MembershipDesk;
  let open: MembershipDesk | null = desk;
  const admissions = new Admissions({
    clock,
    desk: () => {
      if (open === null) throw new AppError('no-network');
      return open;
    },
    publish: (state) => void published.push(state),
  });
  const close = (): void => void (open = null);
  return { admissions, desk, published, clock, decided, asking, close, tell: () => tell() };
}

describe('who asks to become a member', () => {
  it('is shown as the contract says, as soon as it asks, and no more when it has given up', () => {
    const { admissions, desk, published, asking, tell, clock } = reception();
    admissions.follow(desk);
    admissions.follow(desk);
    expect(published).toEqual([{ settings: { admission: 'ask', paused: false }, requests: [] }]);
    expect(clock.pending).toBe(0);
    asking.push(BEN);
    tell();
    expect(published.at(-1)!.requests).toMatchObject([{ name: 'Ben', publicKey: BEN.publicKey }]);
    expect(Value.Errors(AdmissionState, published.at(-1))).toEqual([]);
    asking.pop();
    clock.advance(5_000);
    expect(published.at(-1)!.requests).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('is nobody when the network is closed', () => {
    const { admissions, desk, published, asking, tell } = reception();
    asking.push(BEN);
    admissions.follow(desk);
    admissions.follow(null);
    expect(published.at(-1)).toEqual({ settings: null, requests: [] });
    tell();
    expect(published).toHaveLength(2);
  });

  it('is decided about at the desk of the open network', async () => {
    const { admissions, decided, close } = reception();
    const { setAdmission, decideJoinRequest } = admissions.handlers;
    await setAdmission({ paused: true });
    await decideJoinRequest({ publicKey: BEN.publicKey, accept: true });
    expect(decided).toEqual([{ paused: true }, [BEN.publicKey, true]]);
    close();
    expect(() => decideJoinRequest({ publicKey: BEN.publicKey, accept: true })).toThrow(AppError);
  });
});
