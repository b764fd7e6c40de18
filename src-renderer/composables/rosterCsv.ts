import type { Member } from '../../src-main/app/contract/node.ts';

/** Who is in the network, as a table for spreadsheets: one line per member, in the order in which they joined. */
export function rosterCsv(
  columns: readonly [name: string, fingerprint: string, key: string, role: string, stake: string],
  members: readonly Member[],
  roleOf: (member: Member) => string,
): string {
  const lines = members.map((member) => [
    member.name,
    member.fingerprint,
    member.publicKey,
    roleOf(member),
    String(member.stake),
  ]);
  // Some spreadsheets take UTF-8 for something else unless a mark at the beginning says it.
  return `\uFEFF${[columns, ...lines].map((cells) => cells.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** Members choose their names: one that begins like a formula must not become one. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${plain.replaceAll('"', '""')}"`;
}
