/**
 * Loaded by hosts before the app: they know no interface of this machine but the loopback one, so that nothing is
 * looked for, announced or bound outside of it.
 */
import os from 'node:os';

const real = os.networkInterfaces.bind(os);

os.networkInterfaces = () =>
  Object.fromEntries(
    Object.entries(real()).filter(
      ([, infos = []]) => infos.length > 0 && infos.every(({ internal }) => internal),
    ),
  );
