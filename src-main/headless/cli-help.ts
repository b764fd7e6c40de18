/** What --help prints. */

const COMMON = `  --data-dir DIR   the folder of the node or of the local network (DIVA_DATA_DIR)
  --network ID     which network of the folder, where it has several (DIVA_NETWORK)
  --json           answers for scripts: one JSON object per line
`;

const EXIT_CODES = `Exit codes: 0 done, 1 not valid or not found, 2 wrong usage, 3 the node does not run or nobody
answers, 4 accepted but not in a block in time, 5 refused by the node or by others, 6 the folder
cannot be used, 70 unexpected.
`;

const PASSPHRASE_FILE = `  --passphrase-file FILE   the passphrase of its key, where it has one (DIVA_PASSPHRASE_FILE)
`;

const COMMANDS = [
  ['local', '--data-dir DIR', 'create or resume a network of real node processes, until Ctrl+C'],
  ['node', '', 'run one node of a local network'],
  ['create', '--name NAME', 'found a network over several machines; `node` runs it'],
  ['invite', '', 'give out an invitation to the network of the running node'],
  ['join', 'INVITATION', 'become a member of a network, and run the own node'],
  ['approve', '', 'who asks to become a member, and the decision about it'],
  ['members', '', 'who is in the network'],
  ['leave', '', 'the running node leaves its network'],
  ['status', '', 'what the running node says of itself'],
  ['sign-again', 'REASON --only-copy', 'decide about a node that signs nothing'],
  ['submit', '--ns NS --data D', 'publish a record'],
  ['seal', 'FILE --proof OUT', 'seal a file into the chain and write its proof'],
  ['verify', 'PROOF FILE', 'check a proof, without any node'],
  ['verify-chain', '', 'check the whole chain, from the genesis on'],
  ['backup', 'FILE', 'everything of the folder in one encrypted file'],
  ['restore', 'FILE', 'put such a file into the folder'],
  ['discover', '', 'look for networks that are announced nearby'],
  ['readiness', '', 'try out this machine before a class, and sign a ticket about it'],
  ['reach', '', 'where other machines can reach a node'],
  ['leftovers', '[--end]', 'node processes that outlived what started them'],
  ['paths', '', 'where everything is'],
] as const;

const list = COMMANDS.map(([name, args, what]) => `  ${`${name} ${args}`.padEnd(28)} ${what}`).join('\n');

export const HELP = `diva-node COMMAND [options]

${list}
  COMMAND --help               the options of a command
  --version, --help

${COMMON}
${EXIT_CODES}`;

const DETAILS: Readonly<Record<string, string>> = {
  local: `  --nodes N        1 to 16 nodes, for a new network (4)
  --name NAME      of a new network (the folder's)
  --first-port P   the ports of a new network follow from here; taken ones are skipped (17468)
  --loss PERCENT   of every datagram, at most 90, decimals allowed (0)
  --delay MS       of every datagram (0)

DIR belongs to this network alone. A killed node stays down until \`diva-node node\` starts it.
With --json the first line is
{"event":"ready","network":{…},"nodes":[…]}, later events follow one per line.
`,
  node: `  --api-port, --feed-port, --udp-port PORT   instead of its own; taken ones are an error then
  --loss PERCENT, --delay MS                 of every datagram it sends, instead of those of its network
  --new-database                             when its database is lost: begins with the genesis, and is silent
                                             until it has caught up with the others
${PASSPHRASE_FILE}`,
  create: `  --as NAME        how the others call its owner (the name of this machine)
  --admission ask|automatic   whether the owner is asked about newcomers without a ticket (ask)
  --by-hand        members give newcomers no stake by themselves
  --interface NAME[,NAME]   others may reach the node over these (none: this machine alone)
${PASSPHRASE_FILE}`,
  invite: `  --reusable       for many; otherwise for the first who uses it
  --ask            without a ticket: whoever is asked decides
  --blocks N       the ticket ends so many blocks from now (1000)
  --note TEXT      for the own list
  --out FILE       also into a new file, which \`join\` takes as well
  --list           what was given out
  --revoke ID      nobody is let in with it any more
`,
  join: `  --as NAME        how the others call its owner (the name of this machine)
  --interface NAME[,NAME]   over these it reaches the others, and they it (none: this machine alone)
  --fast           the chain up to the block that the invitation names first, the signatures of its blocks
                   afterwards, while the node runs; \`status\` says how far that is
  --api-port, --feed-port, --udp-port PORT   instead of its own; taken ones are an error then
  --loss PERCENT, --delay MS   of every datagram the own node sends: tries out a bad link
${PASSPHRASE_FILE}
INVITATION is a link or a file. After whatever interrupted it, the same command goes on, and so does
\`node\`. With --json, each stage is {"event":"stage","stage","done","total","elapsedMs"}; then comes the
ready line of \`node\`.
`,
  leave: `  --timeout S      how long to wait until the others can decide without it (300)
`,
  approve: `  --accept KEY, --refuse KEY   of somebody who asks
  --admission ask|automatic    from now on
  --pause, --resume            nobody is let in meanwhile
`,
  'sign-again': `  REASON           what is decided: clone or amnesia, as status says it
  --only-copy      no other node runs with this key, now or later

A node whose key runs in another place as well (clone), or whose database was lost or restored (amnesia),
signs nothing; status says so. After the decision about a clone the node takes part again three blocks after
it has caught up. An amnesia ends by itself while enough others are there, or at once with this. If what the
node signs then contradicts what its key has signed before, here or elsewhere, others prove it and it loses
its stake. Refused, code not-silent, where the node does not wait for this decision.
`,
  submit: `  --ns NS          name space, such as test:notes:today
  --data D         at most 8192 characters, may be empty
  --ident ID       instead of a random one
`,
  seal: `  --proof OUT      where the proof is written
  --force          replaces OUT, even if that is no proof of this file
  --note TEXT      becomes public with the seal; a file that was sealed before keeps its note
  --timeout S      how long to wait for the block (300); later, the same command writes the proof

The file is hashed here and never leaves the machine.
`,
  verify: `  --chain-id ID    the network that the proof must belong to; without it, any
`,
  backup: `  --passphrase-file FILE       the passphrase of the backup; otherwise it is asked for (DIVA_PASSPHRASE_FILE)
  --key-passphrase-file FILE   that of the key, where it is another one
  --chains                     also the chains of networks that have members elsewhere

In it are the key, the settings, and of each network all that makes this machine a member. A network that
lives in this folder alone is in it with all its nodes and its chain. Nodes may run meanwhile. It is done
when all of it was restored once, into a folder that is removed again. FILE must not exist.
`,
  restore: `  --passphrase-file FILE   the passphrase of the backup; otherwise it is asked for (DIVA_PASSPHRASE_FILE)
  --dry-run                only checks the backup and says what is in it
  --replace                a key and networks that are there already move into a dated backup first

A key that was not encrypted stays so; any other is encrypted with the passphrase of the backup. Of a
network that has members elsewhere, the node signs nothing until it has caught up with them.
`,
  discover: `  --seconds S      how long to look (12); exit code 1 when nothing was found

With --json: {"event":"found","network":{…}}, "changed" and "lost" as they come, and at the end
{"event":"done","networks":[…],"diagnosis":{…}}. A network's link is an invitation without a ticket.
`,
  readiness: `  --with HOST:PORT   another machine that answers (\`--serve\` there): datagrams there and back
  --ticket FILE    writes the signed ticket, also in place of an earlier one
  --as NAME        in the ticket (the name of this machine)
  --serve --host ADDRESS [--port P]   answers others until Ctrl+C (17471), and says its room
  --verify PATH [--room ROOM]         whether a ticket, or all of a folder, are signed, of that room, and ready

Tries datagrams, discovery and the disk, in about 12 seconds; exit code 1 when something is in the way.
${PASSPHRASE_FILE}`,
  reach: `  --interface A,B    agrees to these and no others, or to none: this machine alone
  --announce on|off  whether machines nearby may see the network and its name

Without these it says how it is. What is agreed to is kept, and is in force at once when the node runs.
`,
  leftovers: `  --end            ends them: as their network would, after 5 s by force

Nodes end with the app or the command that started them, unless they are frozen or hang. While one is left,
its network cannot start it again.
`,
  'verify-chain': `Asks the node when it runs, otherwise reads its database without changing it.
`,
};

export const COMMAND_HELP: Readonly<Record<string, string>> = Object.fromEntries(
  COMMANDS.map(([name, args, what]) => {
    const usage = `diva-node ${name} ${args}`.trimEnd();
    return [name, `${usage}\n\n${what}\n\n${DETAILS[name] ?? ''}${COMMON}\n${EXIT_CODES}`];
  }),
);
