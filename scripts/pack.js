// npm run pack: packs the app into release/ and checks what went in. `npm run pack -- --linux deb` makes an installer.
import fs from 'node:fs';
import path from 'node:path';
import { electronCanBeHad } from './electron.js';
import { handOver, PlainError, prepare, projectNode, root, run, runMain, say } from './prepare.js';

/** Where Electron keeps its fuses: a marker, a version, a count, and one character each. */
const FUSE_WIRE = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x09111111111';
const UNPACKED_ASAR = path.join(root, 'release', 'linux-unpacked', 'resources', 'app.asar');

/** Stands in for Electron, so that the rest of the package can be made and checked without it. */
function writeStandIn() {
  const folder = path.join(root, '.cache', 'electron-stand-in');
  fs.mkdirSync(path.join(folder, 'resources'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'electron'), `#!/bin/sh\nexit 1\n${FUSE_WIRE}`, { mode: 0o755 });
  fs.writeFileSync(path.join(folder, 'LICENSE'), '');
  return folder;
}

await runMain(async () => {
  const targets = process.argv.slice(2);
  await prepare({ build: true });
  const builder = path.join(root, 'node_modules', 'electron-builder', 'cli.js');
  const args = [builder, '--projectDir', root, ...(targets.length > 0 ? targets : ['--linux', 'dir'])];
  if (!(await electronCanBeHad())) {
    if (targets.length > 0)
      throw new PlainError('An installer needs Electron, and its download host is not reachable.');
    say(
      "Electron's download host is not reachable: packing around a stand-in, to check the content. It does not run.",
    );
    args.push(`-c.electronDist=${writeStandIn()}`);
  }
  const code = await run(projectNode, args, { stage: 'packing' });
  if (code !== 0 || targets.length > 0) return code;
  return handOver([path.join(root, 'scripts', 'verify-pack.js'), UNPACKED_ASAR]);
});
