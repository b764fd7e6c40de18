/** The window of the browser host when the host goes away: it says so, and connects again by itself. */
import { afterEach, describe, expect, it } from 'vitest';
import { HOSTS, killHosts, startHost } from './hosts.ts';
import { LONG } from './window.ts';

afterEach(killHosts);

describe.runIf(HOSTS.includes('headless'))('a window whose host has gone', () => {
  it('says so', async () => {
    const host = await startHost('headless');
    await host.page.getByTestId('choose-create').waitFor(LONG);
    expect(await host.page.getByText('The node cannot be reached.').count()).toBe(0);
    await host.end();
    await host.page.getByText('The node cannot be reached.').first().waitFor(LONG);
    const outcome = await host.page.evaluate(() => {
      const { diva } = globalThis as unknown as { diva: { getSettings(argument: object): Promise<object> } };
      return diva.getSettings({});
    });
    expect(outcome).toEqual({ ok: false, error: { code: 'host-unreachable', params: {} } });
  });

  it('shows no address with the token, and cannot be opened twice with it', async () => {
    const host = await startHost('headless');
    await host.page.getByTestId('choose-create').waitFor(LONG);
    expect(new URL(host.page.url()).hash).not.toContain('token');
    const stranger = await host.page.context().browser()!.newContext();
    const page = await stranger.newPage();
    await page.goto(host.address!);
    await page.getByTestId('choose-create').or(page.getByRole('heading')).first().waitFor(LONG);
    const outcome = await page.evaluate(() => {
      const { diva } = globalThis as unknown as { diva: { getSettings(argument: object): Promise<object> } };
      return diva.getSettings({});
    });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'unauthorized' } });
    await stranger.close();
    await host.stop();
  });
});
