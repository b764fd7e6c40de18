/** Commands about records: submit, seal, verify. */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fromText, toText } from '../core/bytes.ts';
import { MAX_PROOF_TEXT_LENGTH, sealNamespace, verifyProof } from '../core/proof.ts';
import type { ProofClaim, ProofFault, ProofVerdict } from '../core/proof.ts';
import type { Hash } from '../core/types.ts';
import { sodiumCrypto } from '../identity/sodium-crypto.ts';
import { NodeClient, readAnswer } from './cli-client.ts';
import { CliError, EXIT, usageError } from './cli-errors.ts';
import type { ExitCode } from './cli-errors.ts';
import { Options } from './cli-options.ts';
import { countOf, printable } from './cli-output.ts';
import type { Output } from './cli-output.ts';

const LONGEST_NODE_WAIT_MS = 20_000;
const LONGEST_ANSWER_MS = 10_000;
const DEFAULT_TIMEOUT_SECONDS = 300;

export async function submit(args: readonly string[], output: Output): Promise<ExitCode> {
  const options = new Options(args, { ns: 'string', data: 'string', ident: 'string' }, []);
  const ns = options.required('ns');
  const d = options.required('data');
  const client = NodeClient.findOrFail(options);
  const ident = await put(client, ns, d, options.text('ident'));
  const { publicKey: origin } = client.running;
  output.answer(
    { ident, origin, ns, key: `${ns}:${origin}` },
    `accepted as ${ident}: it is on the node's disk, and with the next block under ${ns}:${origin}`,
  );
  return EXIT.ok;
}

async function put(
  client: NodeClient,
  ns: string,
  d: string,
  ident = toText(randomBytes(12)),
): Promise<string> {
  const commands = [{ seq: 1, command: 'data', ns, d }];
  const answer = readAnswer(await client.put(`/transaction/${ident}`, commands));
  return (answer as { ident: string }).ident;
}

export async function seal(args: readonly string[], output: Output): Promise<ExitCode> {
  const types = { proof: 'string', note: 'string', timeout: 'string', force: 'boolean' } as const;
  const options = new Options(args, types, ['FILE']);
  const file = path.resolve(options.positionals[0]!);
  const proofFile = path.resolve(options.required('proof'));
  if (file === proofFile) throw usageError('the proof cannot replace the file that it proves');
  const timeoutSeconds =
    options.number('timeout', { least: 0, most: 86_400, whole: true }) ?? DEFAULT_TIMEOUT_SECONDS;
  const client = NodeClient.findOrFail(options);
  const fileHash = await hashFile(file);
  const hash = toText(fileHash);
  if (!options.isSet('force')) keepOthers(proofFile, fileHash);
  refuseUnwritable(proofFile);
  const wait: Wait = { seconds: timeoutSeconds, output };
  const proof = await sealedProof(client, fileHash, options.text('note') ?? '', wait);
  writeWhole(proofFile, proof);
  const verdict = verifyProof(proof, fileHash, fromText(client.folder.networkId)!, sodiumCrypto);
  if (!verdict.valid)
    throw new CliError(EXIT.invalid, verdict.reason, 'the node gave a proof that is not valid');
  const { height, blockHash, origin, ident, note } = verdict.claim;
  const wanted = options.text('note');
  if (wanted !== undefined && wanted !== note)
    output.note(`the file was sealed before: its note remains "${printable(note)}", and yours was not used`);
  output.answer(
    {
      fileHash: hash,
      height,
      block: blockHash,
      origin,
      ident,
      note,
      chainId: client.folder.networkId,
      proof: proofFile,
    },
    `sealed in block ${height}; the proof is in ${proofFile}`,
  );
  return EXIT.ok;
}

interface Wait {
  readonly seconds: number;
  readonly output: Output;
}

/** The proof of the file's seal; seals it first where that has not happened yet. */
async function sealedProof(client: NodeClient, fileHash: Hash, note: string, wait: Wait): Promise<string> {
  const hash = toText(fileHash);
  const found = await fetchProof(client, hash, 0, wait);
  if (found !== undefined) return found;
  if (!(await isWaiting(client, sealNamespace(fileHash)))) await put(client, sealNamespace(fileHash), note);
  wait.output.note('accepted; waiting for the block that holds it');
  return waitForProof(client, hash, wait);
}

/** A proof of this file may be written again; whatever else is there is not lost. */
function keepOthers(proofFile: string, fileHash: Hash): void {
  if (!fs.existsSync(proofFile)) return;
  if (verifyProof(readProof(proofFile), fileHash, null, sodiumCrypto).valid) return;
  throw usageError(`${proofFile} is there already and no proof of this file; --force replaces it`);
}

/** Before the file is sealed, which cannot be taken back. */
function refuseUnwritable(proofFile: string): void {
  const folder = path.dirname(proofFile);
  try {
    fs.accessSync(folder, fs.constants.W_OK);
  } catch (error) {
    throw usageError(`cannot write into ${folder}: ${fileFault(error)}; nothing was sealed`);
  }
}

/** The seal may have been accepted before, by a command that did not wait long enough. */
async function isWaiting(client: NodeClient, ns: string): Promise<boolean> {
  const stack = readAnswer(await client.get('/stack')) as { commands: { ns?: string }[] }[];
  return stack.some(({ commands }) => commands.some((command) => command.ns === ns));
}

async function waitForProof(client: NodeClient, hash: string, wait: Wait): Promise<string> {
  const endMs = performance.now() + wait.seconds * 1000;
  for (;;) {
    const leftMs = Math.max(0, endMs - performance.now());
    const proof = await fetchProof(client, hash, Math.floor(Math.min(leftMs, LONGEST_NODE_WAIT_MS)), wait);
    if (proof !== undefined) return proof;
    if (leftMs > 0) continue;
    const message = `accepted, but in no block after ${wait.seconds} s; the same command later writes the proof`;
    throw new CliError(EXIT.pending, 'not-committed', message);
  }
}

/** A node that hangs is not waited for longer than a seal would be. */
async function fetchProof(
  client: NodeClient,
  hash: string,
  waitMs: number,
  { seconds }: Wait,
): Promise<string | undefined> {
  const answerMs = Math.min(Math.max(seconds, 1) * 1000, LONGEST_ANSWER_MS);
  const answer = await client.get(`/node/proof/${hash}?waitMs=${waitMs}`, waitMs + answerMs);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) readAnswer(answer);
  return answer.text;
}

const FAULTS: Readonly<Record<ProofFault, string>> = {
  malformed: 'this is not a proof, or it was changed',
  'wrong-chain': 'the proof belongs to another network',
  'wrong-file': 'the file is not the one that was sealed, or it was changed since',
  'not-in-bundle': 'the proof holds no signed record that seals this file',
  'broken-lane': 'the record does not lead to the block',
  'wrong-committee': 'the members that signed do not follow from the genesis',
  'bad-certificate': 'the block is not signed by more than two thirds of its members',
};

/** Needs nothing but the proof and the file: no node, no network, no folder. */
export async function verify(args: readonly string[], output: Output): Promise<ExitCode> {
  const options = new Options(args, { 'chain-id': 'string' }, ['PROOF', 'FILE']);
  const [proofFile, file] = options.positionals as [string, string];
  const wanted = options.text('chain-id');
  const chainId = wanted === undefined ? null : fromText(wanted);
  if (chainId === undefined || (chainId !== null && chainId.length !== 32)) {
    throw usageError('--chain-id has 43 characters of base64url');
  }
  const text = readProof(proofFile);
  const verdict = verifyProof(text, await hashFile(file), chainId, sodiumCrypto);
  output.answer(...describe(verdict));
  return verdict.valid ? EXIT.ok : EXIT.invalid;
}

function describe(verdict: ProofVerdict): [object, string] {
  if (!verdict.valid) {
    const message = FAULTS[verdict.reason];
    return [{ valid: false, reason: verdict.reason, message }, `NOT VALID: ${message} (${verdict.reason})`];
  }
  const { height, blockHash, networkName, chainId, origin, note } = verdict.claim;
  const lines = [
    `valid: this file existed, as it is, before block ${height} of "${printable(networkName)}"`,
    `  network  ${chainId}`,
    `  block    ${blockHash}, signed by ${signersOf(verdict.claim)}`,
    `  sealed by ${origin}`,
    ...(note === '' ? [] : [`  note     ${printable(note)}`]),
  ];
  return [{ valid: true, ...verdict.claim }, lines.join('\n')];
}

function signersOf({ signerCount, memberCount, signedStake, totalStake }: ProofClaim): string {
  const percent = Math.floor((100 * signedStake) / totalStake);
  return `${signerCount} of ${countOf(memberCount, 'member')} with ${percent} % of the stake`;
}

function readProof(file: string): string {
  // Larger ones are none; they are not read to find that out.
  const handle = openFile(file);
  try {
    if (fs.fstatSync(handle).size > MAX_PROOF_TEXT_LENGTH) return '';
    return fs.readFileSync(handle, 'utf8');
  } finally {
    fs.closeSync(handle);
  }
}

/** SHA-256 of a file of any size. */
async function hashFile(file: string): Promise<Uint8Array> {
  const handle = openFile(file);
  const hash = createHash('sha256');
  await pipeline(fs.createReadStream(file, { fd: handle }), hash);
  return new Uint8Array(hash.digest());
}

function openFile(file: string): number {
  try {
    const handle = fs.openSync(file, 'r');
    if (!fs.fstatSync(handle).isDirectory()) return handle;
    fs.closeSync(handle);
  } catch (error) {
    throw usageError(`cannot read ${file}: ${fileFault(error)}`);
  }
  throw usageError(`${file} is a folder`);
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'there is a file where a folder must be',
  EISDIR: 'it is a folder',
  EACCES: 'you may not',
  EPERM: 'you may not',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
};

function fileFault(error: unknown): string {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  return FILE_FAULTS[code] ?? code;
}

function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    fs.writeFileSync(draft, text, { flush: true });
    fs.renameSync(draft, file);
  } catch (error) {
    throw usageError(`cannot write ${file}: ${fileFault(error)}`);
  }
}
