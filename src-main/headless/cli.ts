/**
 * The command line (DESIGN, Command line). Without a command it starts the app. Each command loads only what it needs.
 */
import path from 'node:path';
import { HOST_HELP } from '../app/host-options.ts';
import { VERSION } from '../networks/version.ts';
import { EXIT, toCliError, usageError } from './cli-errors.ts';
import type { ExitCode } from './cli-errors.ts';
import { COMMAND_HELP, HELP } from './cli-help.ts';
import { commandFirst } from './cli-options.ts';
import { makeOutput } from './cli-output.ts';
import type { Output } from './cli-output.ts';
import { endWithParent } from './end-with-parent.ts';

type Command = (args: readonly string[], output: Output) => Promise<ExitCode> | ExitCode;

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  local: async () => {
    const { local } = await import('./cli-local.ts');
    return (args, output) => local(args, output, nodeProcessEntry());
  },
  node: async () => (await import('./cli-local.ts')).node,
  create: async () => (await import('./cli-join.ts')).create,
  join: async () => (await import('./cli-join.ts')).join,
  invite: async () => (await import('./cli-members.ts')).invite,
  members: async () => (await import('./cli-members.ts')).members,
  leave: async () => (await import('./cli-members.ts')).leave,
  approve: async () => (await import('./cli-members.ts')).approve,
  status: async () => (await import('./cli-chain.ts')).status,
  'sign-again': async () => (await import('./cli-chain.ts')).signAgain,
  submit: async () => (await import('./cli-records.ts')).submit,
  seal: async () => (await import('./cli-records.ts')).seal,
  verify: async () => (await import('./cli-records.ts')).verify,
  'verify-chain': async () => (await import('./cli-chain.ts')).verifyChain,
  backup: async () => (await import('./cli-backup.ts')).backup,
  restore: async () => (await import('./cli-backup.ts')).restore,
  discover: async () => (await import('./cli-reach.ts')).discover,
  readiness: async () => (await import('./cli-readiness.ts')).readiness,
  reach: async () => (await import('./cli-reach.ts')).reach,
  leftovers: async () => (await import('./cli-leftovers.ts')).leftovers,
  paths: async () => (await import('./cli-chain.ts')).paths,
};

/** Beside this program, in the sources as in the build. */
function nodeProcessEntry(): string {
  return path.join(import.meta.dirname, `node-process${path.extname(import.meta.filename)}`);
}

/** Undefined while what was started goes on. */
async function run(args: readonly string[], output: Output): Promise<number | undefined> {
  const [name, ...rest] = commandFirst(args);
  if (name === '--version') {
    output.answer({ version: VERSION }, VERSION);
    return EXIT.ok;
  }
  if (name === '--help' || name === 'help') {
    process.stdout.write(`${HELP}\n${HOST_HELP}`);
    return EXIT.ok;
  }
  if (name === undefined || name.startsWith('-')) {
    const { startApp } = await import('./start-app.ts');
    return startApp(args, { file: import.meta.filename, electron: 'if installed' });
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) throw usageError(`there is no command ${name}; --help lists them`);
  if (rest.includes('--help')) {
    process.stdout.write(COMMAND_HELP[name] ?? HELP);
    return EXIT.ok;
  }
  const command = await load();
  return command(rest, output);
}

// Whoever reads the answer may go away (`| head`): that is no failure. What runs on ends by itself then.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const args = process.argv.slice(2);
const output = makeOutput(args.includes('--json'));
endWithParent();
try {
  process.exitCode = await run(args, output);
} catch (error) {
  const known = toCliError(error);
  if (known.exitCode !== EXIT.ok) output.error(known);
  process.exitCode = known.exitCode;
}
