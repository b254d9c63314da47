// The npm package okx-api, unmodified, at the other end of a pipe. A line in is a call, {id, target, method, args};
// a line out is its end, {id, result} or {id, refused} or {id, broken}, or news of a stream, {update} and {reply}.
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';
import { RestClient, WebsocketAPIClient, WebsocketClient } from 'okx-api';

globalThis.crypto ??= webcrypto; // node 18 hides it
const { rest, ws, key, secret, passphrase, demo } = JSON.parse(process.argv[2]);
const silent = { trace() {}, info() {}, error() {} };
const account = { apiKey: key, apiSecret: secret, apiPass: passphrase };
const streaming = { accounts: [account], demoTrading: demo, ...(ws ? { wsUrl: ws } : {}) };

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

const stream = new WebsocketClient(streaming, silent);
stream.on('update', ({ arg, action, data }) => say({ update: { arg, action, data } }));
stream.on('response', ({ event, arg, code }) => say({ reply: { event, arg, code } }));
stream.on('exception', ({ event, arg, code, msg }) => say({ reply: { event: event ?? 'exception', arg, code, msg } }));

const targets = {
  rest: new RestClient({ ...account, demoTrading: demo, ...(rest ? { baseUrl: rest } : {}) }),
  orders: new WebsocketAPIClient({ ...streaming, attachEventListeners: false }, silent),
  stream,
};
// what nobody listens to would end the process
targets.orders.getWSClient().on('exception', () => {});

async function answer({ id, target, method, args }) {
  try {
    const made = targets[target][method](...args);
    const result = await (Array.isArray(made) ? Promise.all(made) : made);
    say({ id, result: result ?? null });
  } catch (error) {
    const told = error && typeof error === 'object' && 'code' in error && 'data' in error;
    const short = error && typeof error === 'object' && 'code' in error && 'msg' in error;
    say(told || short ? { id, refused: error } : { id, broken: String(error?.stack ?? error) });
  }
}

for await (const line of createInterface({ input: process.stdin })) answer(JSON.parse(line));
stream.closeAll(true);
targets.orders.getWSClient().closeAll(true);
process.exit(0);
