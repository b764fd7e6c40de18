import { describe, expect, it } from 'vitest';
import type { PushOf } from '../../../src-main/app/contract/contract.ts';
import type { PushName } from '../../../src-main/app/contract/names.ts';
import { PushHub } from '../../../src-main/app/push-hub.ts';

const settings = (theme: 'light' | 'dark'): PushOf<'settings'> => ({
  settings: { language: 'en', theme },
  overridden: [],
});
const progress: PushOf<'transaction'> = {
  origin: 'o',
  ident: 'i',
  stage: 'accepted',
  height: null,
  results: [],
};

function makeHub() {
  const seen: PushName[] = [];
  const received: unknown[] = [];
  const hub = new PushHub((name) => seen.push(name));
  const attachment = hub.attach((name, value) => received.push([name, value]));
  return { hub, attachment, received, seen };
}

describe('pushes', () => {
  it('bring the newest state on subscribing, and what comes after it', () => {
    const { hub, attachment, received } = makeHub();
    hub.publish('settings', settings('light'));
    attachment.subscribe('settings');
    hub.publish('settings', settings('dark'));
    expect(received).toEqual([
      ['settings', settings('light')],
      ['settings', settings('dark')],
    ]);
  });

  it('bring an event only to those who had subscribed', () => {
    const { hub, attachment, received } = makeHub();
    hub.publish('transaction', progress);
    attachment.subscribe('transaction');
    expect(received).toEqual([]);
    hub.publish('transaction', progress);
    attachment.unsubscribe('transaction');
    hub.publish('transaction', progress);
    expect(received).toHaveLength(1);
  });

  it('stop for a hidden window, which gets the newest state when it is shown again', () => {
    const { hub, attachment, received, seen } = makeHub();
    attachment.subscribe('settings');
    attachment.setVisible(false);
    expect(hub.hasAudience('settings')).toBe(false);
    hub.publish('settings', settings('light'));
    hub.publish('settings', settings('dark'));
    expect(received).toEqual([]);
    attachment.setVisible(true);
    expect(received).toEqual([['settings', settings('dark')]]);
    expect(seen).toEqual(['settings', 'settings']);
  });

  it('end with the window, and with its page', () => {
    const { hub, attachment, received } = makeHub();
    attachment.subscribe('settings');
    attachment.reset();
    hub.publish('settings', settings('light'));
    attachment.subscribe('settings');
    attachment.detach();
    hub.publish('settings', settings('dark'));
    expect(received).toEqual([['settings', settings('light')]]);
  });
});
