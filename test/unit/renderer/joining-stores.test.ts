import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useAdmissionStore } from '../../../src-renderer/stores/admission.ts';
import { useInvitationsStore } from '../../../src-renderer/stores/invitations.ts';
import { useJoiningStore } from '../../../src-renderer/stores/joining.ts';
import { useNoticesStore } from '../../../src-renderer/stores/notices.ts';
import { type Answers, FakeBridge } from './fixtures/bridge.ts';
import { JoiningSample } from './fixtures/joining.ts';
import { text32 } from './fixtures/keys.ts';
import { Sample } from './fixtures/sample.ts';

const sample = new JoiningSample(new Sample({ nodeCount: 4, away: [], height: 48 }, text32), text32);
const LINK = 'diva://join/1/AAAA';

function host(answers: Answers = {}): FakeBridge {
  const fake = new FakeBridge({ forgetOpenedLink: () => ({}), ...answers });
  vi.stubGlobal('window', { diva: fake.bridge });
  return fake;
}

function textFile(text: string): File {
  return new File([text], 'a.diva-invitation', { type: '' });
}

beforeEach(() => setActivePinia(createPinia()));
afterEach(() => void vi.unstubAllGlobals());

describe('an invitation that was received', () => {
  it('is read without its surroundings, and joined with as it was read', async () => {
    const fake = host({ readInvitation: () => sample.invitation(), joinNetwork: () => ({ taskId: '1' }) });
    const joining = useJoiningStore();
    await joining.read(`  ${LINK}\n`);
    expect(joining).toMatchObject({ link: LINK, view: sample.invitation(), error: null, reading: false });
    await joining.join({ displayName: 'Boris', passphrase: null, interfaces: [], fast: false });
    expect(fake.calls.at(-1)?.request).toMatchObject({ invitation: LINK, displayName: 'Boris' });
  });

  it.each(['', '   ', 'x'.repeat(5000)])(
    'is none where there is nothing, or far too much (%#)',
    async (text) => {
      const fake = host();
      const joining = useJoiningStore();
      await joining.read(text);
      expect(joining.error).toMatchObject({ code: 'invitation-malformed' });
      expect(fake.calls).toEqual([]);
    },
  );

  it('takes the place of an earlier one, whose answer comes later', async () => {
    let answerFirst: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (answerFirst = resolve));
    const fake = host({ readInvitation: () => sample.invitation() });
    const bridge = {
      ...{ onOpenedLink: fake.bridge.onOpenedLink, forgetOpenedLink: fake.bridge.forgetOpenedLink },
      readInvitation: async (request: { invitation: string }) => {
        if (request.invitation === LINK) await slow;
        return fake.bridge.readInvitation(request);
      },
    };
    vi.stubGlobal('window', { diva: bridge });
    const joining = useJoiningStore();
    const first = joining.read(LINK);
    await joining.read(`${LINK}B`);
    answerFirst();
    await first;
    expect(joining.link).toBe(`${LINK}B`);
  });

  it('comes from a file, unless that is too large for one', async () => {
    host({ readInvitation: () => sample.invitation() });
    const joining = useJoiningStore();
    await joining.readFile(textFile(`${LINK}\n`));
    expect(joining).toMatchObject({ link: LINK, fault: null });
    await joining.readFile(textFile('x'.repeat(17_000)));
    expect(joining).toMatchObject({ link: '', view: null, fault: 'too-large' });
  });

  it('of a link that was clicked is shown once, and the host forgets it', async () => {
    const fake = host({ readInvitation: () => sample.invitation() });
    const joining = useJoiningStore();
    joining.connect();
    fake.push('openedLink', { link: null, fault: null });
    expect(joining.opened).toBe(false);
    fake.push('openedLink', { link: LINK, fault: null });
    await vi.waitFor(() => expect(joining.view).not.toBeNull());
    expect(joining.opened).toBe(true);
    expect(fake.calls.map(({ name }) => name)).toContain('forgetOpenedLink');
    joining.forget();
    expect(joining).toMatchObject({ opened: false, view: null, link: '' });
  });

  it('of a file that was clicked and gives none is a sentence, also while another one is read', async () => {
    const fake = host({ readInvitation: () => sample.invitation() });
    const answer = fake.hold('readInvitation');
    const joining = useJoiningStore();
    joining.connect();
    fake.push('openedLink', { link: LINK, fault: null });
    fake.push('openedLink', { link: null, fault: 'unreadable' });
    answer();
    await new Promise((resolve) => setTimeout(resolve));
    expect(joining).toMatchObject({ opened: true, view: null, fault: 'unreadable', reading: false });
    expect(fake.calls.filter(({ name }) => name === 'forgetOpenedLink')).toHaveLength(2);
  });
});

describe('who asks to become a member', () => {
  it('is for the owner only where the owner has to decide', () => {
    const fake = host();
    const admission = useAdmissionStore();
    admission.connect();
    fake.push('admission', sample.admission());
    expect(admission.requests).toHaveLength(3);
    expect(admission.open.map(({ name }) => name)).toEqual(['Anna’s laptop']);
    const paused = sample.request(0, { reason: 'paused' });
    fake.push('admission', { ...sample.admission(), requests: [paused] });
    expect(admission.open).toEqual([]);
  });

  it('is answered once, and a failure is said', async () => {
    const fake = host({ decideJoinRequest: () => ({ code: 'not-found', params: {} }) });
    const admission = useAdmissionStore();
    const answered = admission.decide(sample.request(0, {}), true);
    expect(admission.deciding).toEqual([sample.request(0, {}).publicKey]);
    await answered;
    expect(admission.deciding).toEqual([]);
    expect(fake.calls.at(-1)?.request).toMatchObject({ accept: true });
    expect(useNoticesStore().notices).toMatchObject([{ action: 'decideJoinRequest' }]);
  });
});

describe('invitations that were given out', () => {
  it('are shown no more when they are revoked, in a room as well', async () => {
    const list = () => ({ invitations: sample.issuedInvitations(), height: 48 });
    host({
      createInvitation: ({ ticket }) => sample.givenInvitation(ticket !== 'none'),
      listInvitations: list,
      revokeInvitation: list,
    });
    const invitations = useInvitationsStore();
    await invitations.create({ ticket: 'one-time', lifetimeBlocks: 100, note: '' });
    await invitations.openRoom('Room');
    expect(invitations.given?.id).toBe(invitations.room?.id);
    await invitations.revoke('another');
    expect([invitations.given, invitations.room]).not.toContain(null);
    await invitations.closeRoom();
    expect([invitations.given, invitations.room]).toEqual([null, null]);
  });
});
