/** The model of one height (docs/model): the short run, and a trail told in words. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');

function model(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['scripts/model.js', ...args], { cwd: root, encoding: 'utf8' });
}

it('breaks no promise with the five rules, and one without any of them', () => {
  const { status, stdout, stderr } = model('--quick');
  expect(stdout, stderr).toContain('All as it should be.');
  expect(status).toBe(0);
  expect(stdout).toMatch(/\| honest, honest \| \d{6} \| .* \| nothing \|/);
  for (const flag of ['NO_RULE_1', 'NO_RULE_2', 'COMMIT_AFTER_SKIP', 'FORGETTING_HN', 'NO_RULE_5']) {
    expect(stdout).toMatch(new RegExp(`${flag}\` \\| [^|]* \\| [^|]* \\| \\w+ \\| \\d+ \\|`));
  }
});

it('tells how two blocks become final where a view is given up and committed to', () => {
  const { status, stdout, stderr } = model('--explain', 'COMMIT_AFTER_SKIP', '--fork');
  expect(stdout, stderr).toMatch(
    /(?<member>member \d) says SKIP of view 0, naming -1\n[^]*\k<member> says COMMIT .* view 0/,
  );
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('broken: oneFinalBlock');
  expect(status).toBe(0);
});

it('names the mutants that there are', () => {
  const { status, stderr } = model('--explain', 'NO_RULE_6');
  expect(stderr).toContain('NO_RULE_5');
  expect(status).toBe(1);
});
