// mempool.js, unmodified, against the simulated explorer: REST and the stream. Standard input is JSON:
// where it is, the node's login, a transaction to send, one that replaces it, and who is paid by both.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import mempoolJS from "@mempool/mempool.js";

const setup = JSON.parse(readFileSync(0, "utf8"));
const PATIENCE_MS = 10_000;
const { bitcoin } = mempoolJS({ hostname: setup.hostname, protocol: "http" });
const { addresses, blocks, fees, mempool, transactions, websocket } = bitcoin;
const done = [];

const twice = (data) => {
  const once = (bytes) => createHash("sha256").update(bytes).digest();
  return once(once(data));
};
const named = (hex) => twice(Buffer.from(hex, "hex")).reverse().toString("hex");
const sum = (rows) => rows.reduce((total, each) => total + each, 0);

async function refused(asked, status, words) {
  const error = await asked.then(
    () => assert.fail("it was answered"),
    (e) => e,
  );
  assert.equal(error.response?.status, status, String(error));
  assert.match(String(error.response.data), words);
}

async function generate() {
  const answer = await fetch(setup.rpc, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${setup.user}:${setup.password}`)}` },
    body: JSON.stringify({ id: 1, method: "generate", params: [1] }),
  });
  return (await answer.json()).result[0];
}

async function chain() {
  const height = await blocks.getBlocksTipHeight();
  const tip = await blocks.getBlocksTipHash();
  assert.equal(await blocks.getBlockHeight({ height }), tip);
  const newest = await blocks.getBlocks({ start_height: height });
  assert.deepEqual(newest[0], await blocks.getBlock({ hash: tip }));
  assert.ok(newest.every((each, n) => n === 0 || each.id === newest[n - 1].previousblockhash));
  const block = newest.find((each) => each.tx_count > 2);
  const where = { hash: block.id };
  const status = await blocks.getBlockStatus(where);
  assert.deepEqual([status.in_best_chain, status.height], [true, block.height]);
  const header = await blocks.getBlockHeader(where);
  assert.equal(named(header), block.id);
  assert.equal(Buffer.from(header, "hex").readUInt32LE(68), block.timestamp);
  assert.ok((await blocks.getBlockRaw(where)).length > 0);
  const txids = await blocks.getBlockTxids(where);
  assert.equal(txids.length, block.tx_count);
  assert.equal(await blocks.getBlockTxid({ ...where, index: 1 }), txids[1]);
  const whole = await blocks.getBlockTxs({ ...where, start_index: 0 });
  assert.deepEqual(
    whole.map((each) => each.txid),
    txids.slice(0, 25),
  );
  await refused(blocks.getBlockTxs({ ...where, start_index: 7 }), 400, /multiple of 25/);
  await refused(blocks.getBlock({ hash: "00".repeat(32) }), 404, /not found/);
  await refused(blocks.getBlockHeight({ height: 10_000 }), 404, /not found/);
  done.push("blocks and their parts");
  return { block, whole };
}

async function told({ block, whole }) {
  for (const tx of whole) {
    const { txid } = tx;
    assert.deepEqual(await transactions.getTx({ txid }), tx);
    assert.deepEqual(await transactions.getTxStatus({ txid }), tx.status);
    assert.equal(tx.status.block_hash, block.id);
    const hex = await transactions.getTxHex({ txid });
    assert.equal(named(hex), txid); // nothing here has a witness
    assert.deepEqual([hex.length / 2, hex.length * 2], [tx.size, tx.weight]);
    const paid = sum(tx.vout.map((each) => each.value));
    if (!tx.vin[0].is_coinbase) {
      assert.equal(sum(tx.vin.map((each) => each.prevout.value)) - paid, tx.fee);
      const [first] = tx.vin;
      const spend = await transactions.getTxOutspend({ txid: first.txid, vout: first.vout });
      assert.deepEqual([spend.spent, spend.txid, spend.vin], [true, txid, 0]);
      assert.deepEqual(spend.status, tx.status);
    }
    const spends = await transactions.getTxOutspends({ txid });
    assert.equal(spends.length, tx.vout.length);
    const proof = await transactions.getTxMerkleProof({ txid });
    let at = Buffer.from(txid, "hex").reverse();
    proof.merkle.forEach((each, n) => {
      const beside = Buffer.from(each, "hex").reverse();
      at = twice(Buffer.concat((proof.pos >> n) & 1 ? [beside, at] : [at, beside]));
    });
    assert.equal(at.reverse().toString("hex"), block.merkle_root);
  }
  await refused(transactions.getTx({ txid: "00".repeat(32) }), 404, /not found/);
  await refused(transactions.getTx({ txid: "nonsense" }), 400, /Invalid hex/);
  done.push("transactions: bytes, fees, who spends them, proofs of their block");
}

async function held(address) {
  const state = await addresses.getAddress({ address });
  const coins = await addresses.getAddressTxsUtxo({ address });
  const { chain_stats: mined, mempool_stats: waiting } = state;
  const balance =
    mined.funded_txo_sum - mined.spent_txo_sum + waiting.funded_txo_sum - waiting.spent_txo_sum;
  assert.equal(sum(coins.map((each) => each.value)), balance);
  const wait = await addresses.getAddressTxsMempool({ address });
  assert.equal(wait.length, waiting.tx_count);
  assert.ok(wait.every((each) => !each.status.confirmed));
  const page = await addresses.getAddressTxsChain({ address });
  assert.deepEqual(await addresses.getAddressTxs({ address }), [...wait, ...page]);
  let found = page;
  let last = page;
  while (last.length === 25) {
    const after_txid = last.at(-1).txid;
    last = await addresses.getAddressTxs({ address, after_txid });
    found = [...found, ...last];
  }
  assert.equal(new Set(found.map((each) => each.txid)).size, mined.tx_count);
  done.push("an address: coins, transactions by pages");
}

async function waits() {
  const state = await mempool.getMempool();
  const txids = await mempool.getMempoolTxids();
  assert.deepEqual([txids.length, new Set(txids).size], [state.count, state.count]);
  assert.equal(sum(state.fee_histogram.map((each) => each[1])), state.vsize);
  const planned = await fees.getFeesMempoolBlocks();
  assert.equal(sum(planned.map((each) => each.nTx)), state.count);
  assert.equal(sum(planned.map((each) => each.totalFees)), state.total_fee);
  const medians = planned.map((each) => each.medianFee);
  assert.deepEqual(
    medians,
    medians.toSorted((a, b) => b - a),
  );
  const rates = await fees.getFeesRecommended();
  assert.ok(rates.fastestFee >= rates.halfHourFee && rates.halfHourFee >= rates.hourFee);
  assert.ok(rates.hourFee >= rates.minimumFee);
  for (const each of await mempool.getMempoolRecent()) {
    const tx = await transactions.getTx({ txid: each.txid });
    assert.deepEqual([tx.fee, Math.ceil(tx.weight / 4)], [each.fee, each.vsize]);
    const { ancestors } = await fees.getCPFP({ txid: each.txid });
    const parents = new Set(tx.vin.map((input) => input.txid));
    assert.ok(txids.filter((name) => parents.has(name)).length <= ancestors.length);
  }
  done.push("what waits, and fees");
}

function listen(socket) {
  const frames = [];
  const waiting = new Set();
  socket.addEventListener("message", ({ data }) => {
    frames.push(JSON.parse(data));
    for (const look of waiting) look();
  });
  return (name, ...wanted) =>
    new Promise((found, failed) => {
      const timer = setTimeout(() => failed(new Error(`no frame with ${name}`)), PATIENCE_MS);
      const look = () => {
        const frame = frames.find((each) => name in each && wanted.every((f) => f(each[name])));
        if (frame === undefined) return;
        clearTimeout(timer);
        waiting.delete(look);
        const value = frame[name];
        delete frame[name]; // a frame has several
        found(value);
      };
      waiting.add(look);
      look();
    });
}

async function stream() {
  const socket = websocket.wsInit();
  const heard = listen(socket);
  assert.ok((await heard("blocks")).length > 1); // mempool.js says "init" by itself
  websocket.wsWantData(socket, ["blocks", "stats", "mempool-blocks"]);
  assert.ok((await heard("mempool-blocks")).length > 0);
  websocket.wsTrackAddress(socket, setup.address);
  websocket.wsTrackAddresses(socket, [setup.address]);
  socket.send(JSON.stringify({ action: "ping" }));
  await heard("pong"); // it has read all of that
  const txid = await transactions.postTx({ txhex: setup.raw });
  const of = (rows) => rows.some((each) => each.txid === txid);
  const [came] = await heard("address-transactions", of);
  assert.deepEqual(came, await transactions.getTx({ txid }));
  const several = await heard("multi-address-transactions");
  assert.deepEqual(several[setup.address].mempool[0], came);
  assert.equal(await transactions.postTx({ txhex: setup.raw }), txid); // once more does no harm
  websocket.wsTrackTransaction(socket, txid);
  assert.equal((await heard("txPosition", (told) => told.txid === txid)).position.block, 0);
  const other = await transactions.postTx({ txhex: setup.replacing });
  assert.equal((await heard("rbfTransaction")).txid, other);
  assert.equal((await heard("address-removed-transactions"))[0].txid, txid);
  await refused(transactions.postTx({ txhex: setup.raw }), 400, /insufficient fee/);
  await refused(transactions.postTx({ txhex: "00" }), 400, /-22.*TX decode failed/);
  websocket.wsTrackTransaction(socket, other);
  await heard("txPosition", (told) => told.txid === other);
  const name = await generate();
  assert.equal((await heard("block", (told) => told.id === name)).height > 0, true);
  assert.equal(await heard("txConfirmed"), other);
  const [mined] = await heard("block-transactions");
  assert.equal(mined.status.block_hash, name);
  assert.ok((await heard("mempoolInfo")).size >= 0);
  websocket.wsStopTrackingAddress(socket);
  websocket.wsStopTrackingTransaction(socket);
  websocket.wsStopData(socket);
  socket.send(JSON.stringify({ action: "ping" }));
  await heard("pong");
  socket.close();
  done.push("the stream, and transactions sent");
}

await told(await chain());
await held(setup.address);
await waits();
await stream();
console.log(JSON.stringify({ done }));
