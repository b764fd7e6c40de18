import { describe, expect, it } from 'vitest';
import type { SafetyRecord } from '../../../src-main/core/effects.ts';
import { DecodeError } from '../../../src-main/core/encoding.ts';
import { SafetyLog } from '../../../src-main/core/safety-log.ts';
import { certificateOf, crypto, skipCertificateOf, skipOf, voteOf } from './builders.ts';
import { RoundBench } from './round-bench.ts';

const bench = new RoundBench();
const { network, recorder } = bench;
const bundle = bench.bundle(1);
const header = bench.header(0, [bundle]);

function written(write: (log: SafetyLog) => void): SafetyRecord[] {
  recorder.forget();
  write(new SafetyLog(2, recorder.context));
  return recorder.of('persistSafety').map(({ record }) => record);
}

function restored(records: readonly SafetyRecord[], height = 2): SafetyLog {
  const log = new SafetyLog(height, recorder.context);
  log.restore(records, crypto);
  return log;
}

describe('the safety log', () => {
  const notarisation = certificateOf(network, 'N', 0, header.hash);
  const entry = { certificate: skipCertificateOf(network, 0, [0, -1, 0]), notarisation };

  it('gives back everything that was said and known, byte for byte', () => {
    const propose = bench.propose(1, header, entry.certificate, notarisation);
    const vote = voteOf(network, 'vote', 0, 0, header.hash);
    const commit = voteOf(network, 'commit', 0, 0, header.hash);
    const skip = skipOf(network, 0, 0, 0, notarisation);
    const records = written((log) => {
      log.recordEntry(0, null);
      log.recordVote(vote, header, [bundle]);
      log.recordHighNotarisation(notarisation, header);
      log.recordCommit(commit);
      log.recordSkip(skip);
      log.recordEntry(1, entry);
      log.recordProposal(propose);
    });
    const log = restored(records);
    expect([log.view, log.votedView, log.skipView]).toEqual([1, 0, 0]);
    expect(log.entry).toEqual(entry);
    expect(log.highNotarisation).toEqual(notarisation);
    expect([...log.proposals]).toEqual([[1, propose]]);
    expect([...log.votes]).toEqual([[0, vote]]);
    expect([...log.commits]).toEqual([[0, commit]]);
    expect([...log.skips]).toEqual([[0, skip]]);
    expect(log.headers).toEqual([header]);
    expect(log.bundles).toEqual([bundle]);
  });

  it('begins with nothing', () => {
    const log = restored([]);
    expect([log.view, log.votedView, log.skipView]).toEqual([-1, -1, -1]);
    expect(log.entry).toBeNull();
    expect(log.highNotarisation).toBeNull();
  });

  it('keeps views of more than 24 bits', () => {
    const view = 2 ** 31 + 5;
    expect(restored(written((log) => log.recordEntry(view, null))).view).toBe(view);
  });

  it('writes a header and a bundle once', () => {
    const records = written((log) => {
      log.recordVote(voteOf(network, 'vote', 0, 0, header.hash), header, [bundle]);
      log.recordHighNotarisation(notarisation, header);
      log.recordVote(voteOf(network, 'vote', 0, 1, header.hash), header, [bundle]);
    });
    expect(records.filter(({ kind }) => kind === 'header' || kind === 'bundle')).toHaveLength(2);
  });

  it('writes what a vote cites before the vote', () => {
    const records = written((log) => {
      log.recordVote(voteOf(network, 'vote', 0, 0, header.hash), header, [bundle]);
    });
    expect(records.map(({ kind }) => kind)).toEqual(['views', 'header', 'bundle', 'vote']);
  });

  it('reads only the records of its own height', () => {
    const records = written((log) => log.recordEntry(3, null));
    expect(restored(records, 3).view).toBe(-1);
  });

  const valid = written((log) => {
    log.recordEntry(0, null);
    log.recordVote(voteOf(network, 'vote', 0, 0, header.hash), header, [bundle]);
    log.recordHighNotarisation(notarisation, header);
    log.recordEntry(1, entry);
  });
  it.each([...new Set(valid.map(({ kind }) => kind))])('calls a cut record of kind %s bad', (kind) => {
    const cut = valid.map((record) =>
      record.kind === kind ? { ...record, bytes: record.bytes.slice(0, record.bytes.length / 2) } : record,
    );
    expect(() => restored(cut)).toThrow(DecodeError);
  });
});
