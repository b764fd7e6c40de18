/** DIVA's block API of one node on loopback, with its feed on a port of its own (docs/api.md). */
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { NetworkError } from '../networks/errors.ts';
import type { NodeServer, ServedNode } from '../networks/served-node.ts';
import { chainRoutes } from './routes-chain.ts';
import { memberRoutes } from './routes-members.ts';
import { nodeRoutes } from './routes-node.ts';
import { stateRoutes } from './routes-state.ts';
import { writeRoutes } from './routes-write.ts';
import { openFeed } from './feed.ts';
import type { BlockFeed } from './feed.ts';
import { Budget, COST, isForeign, LOOPBACK } from './guard.ts';
import { sendEmpty, sendProblem } from './problem.ts';
import { ApiToken, TOKEN_HEADER } from './token.ts';

/** 16 commands of 8192 characters, each at most six bytes in JSON, fit; what is larger is answered with 413. */
const MOST_BODY_BYTES = 1024 * 1024;
const MOST_CONNECTIONS = 512;
const KEEP_ALIVE_MS = 60_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Tokens of the request budget; 1 unless told. */
    cost?: number;
    needsToken?: boolean;
  }
}

/** Implements ServeNode. */
export async function serveNode(served: ServedNode): Promise<NodeServer> {
  const { ports, tokenFile } = served;
  const token = new ApiToken(tokenFile);
  const app = buildApi(served, token);
  let feed: BlockFeed | undefined;
  try {
    feed = await bind(ports.feed, () => openFeed(ports.feed, served.node));
    await bind(ports.api, () => app.listen({ port: ports.api, host: LOOPBACK, exclusive: true }));
  } catch (error) {
    token.close();
    await feed?.close();
    await app.close();
    throw error;
  }
  return {
    close: async () => {
      token.close();
      await Promise.all([app.close(), feed.close()]);
    },
  };
}

function buildApi(served: ServedNode, token: ApiToken): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: MOST_BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    // What the router itself refuses, such as /state/%ff, has the form of all errors.
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(reply, error.statusCode ?? 400, 'the address is malformed, or a part of it too long');
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.removeAllContentTypeParsers();
  // Whatever a client calls it, a body is JSON. This is safe because writing needs a header that no web page
  // can send.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) =>
    parseJson(String(body), done),
  );
  app.addHook('onRequest', guard(served, token));
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 404, 'there is nothing here'));
  app.setErrorHandler((error: { statusCode?: number; message: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return sendProblem(reply, status, error.message);
    served.logger.log('error', 'request failed', { url: request.url, error: error.message });
    return sendProblem(reply, 500, 'the node could not answer; its log says why');
  });
  chainRoutes(app, served);
  stateRoutes(app, served);
  writeRoutes(app, served);
  nodeRoutes(app, served);
  memberRoutes(app, served);
  app.get('/testnet/token', (_request, reply) => {
    if (!served.openToken)
      return sendProblem(reply, 403, 'the token is in a file that only its owner can read');
    return reply.send({ header: TOKEN_HEADER, token: token.value });
  });
  return app;
}

function guard(served: ServedNode, token: ApiToken) {
  const budget = new Budget(served.clock);
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (isForeign(request.headers))
      return void sendProblem(reply, 403, 'only programs of this machine may ask');
    const { cost, needsToken } = request.routeOptions.config;
    const refused = needsToken === true && !token.accepts(request.headers[TOKEN_HEADER]);
    const waitSeconds = budget.take(refused ? COST.wrongToken : (cost ?? COST.request));
    if (waitSeconds > 0) sendProblem(reply, 429, 'too many requests', waitSeconds);
    else if (refused) sendEmpty(reply, 401);
    else done();
  };
}

function parseJson(text: string, done: (error: Error | null, body?: unknown) => void): void {
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    done(Object.assign(new Error('the body is not JSON'), { statusCode: 400 }));
    return;
  }
  done(null, body);
}

async function bind<T>(port: number, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new NetworkError('port-in-use', `port ${port} is taken`, { port }, error);
    if (code === 'EACCES')
      throw new NetworkError('permission-denied', `port ${port} is not allowed`, { port }, error);
    throw error;
  }
}
