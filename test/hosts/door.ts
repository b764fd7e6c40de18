/**
 * A door into a host: its API listens on its own loopback, where no other host can ask. This process of the host
 * leads from a socket in the file system, which all hosts share, to that API.
 */
import net from 'node:net';

const [socketPath, port] = process.argv.slice(2);

net
  .createServer((outside) => {
    const inside = net.connect(Number(port), '127.0.0.1');
    outside.pipe(inside).pipe(outside);
    for (const socket of [outside, inside]) {
      socket.on('error', () => {
        outside.destroy();
        inside.destroy();
      });
    }
  })
  .listen(socketPath, () => console.log('open'));
