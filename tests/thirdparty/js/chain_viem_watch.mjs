// viem: logs and filters, what is pushed over a WebSocket and what is polled for, waiting
// transactions, and the test client's own methods.

import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import * as viem from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { check, finish, heard, setup } from './checks.mjs'

const { tokens } = setup
const chain = viem.defineChain({
  id: 1337,
  name: 'sandbox',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [setup.url], webSocket: [setup.ws_url] } },
})
const answered = new EventEmitter()

// The transport, but it is told when a question was answered: from then on a filter stands.
const overheard = (inner) => (options) => {
  const made = inner(options)
  const request = async (asked, more) => {
    const told = await made.request(asked, more)
    answered.emit(asked.method)
    return told
  }
  const subscribe = async (asked) => {
    const told = await made.value.subscribe(asked)
    answered.emit('eth_subscribe')
    return told
  }
  const value = made.value?.subscribe ? { ...made.value, subscribe } : made.value
  return { ...made, request, value }
}
const transport = overheard(viem.http(setup.url, { retryCount: 0 }))
const http = viem.createPublicClient({ chain, transport, pollingInterval: 50, cacheTime: 0 })
const socket = viem.createPublicClient({
  chain,
  transport: overheard(viem.webSocket(setup.ws_url, { reconnect: false, retryCount: 0 })),
  pollingInterval: 50,
  cacheTime: 0,
})
const account = mnemonicToAccount(setup.mnemonic, { addressIndex: 11 })
const rival = mnemonicToAccount(setup.mnemonic, { addressIndex: 12 })
const wallet = viem.createWalletClient({ account, chain, transport })
const node = viem.createTestClient({ mode: 'anvil', chain, transport })
const NOBODY = '0x1111111111111111111111111111111111111111'
const ERC20 = viem.erc20Abi
const TRANSFER = viem.getAbiItem({ abi: ERC20, name: 'Transfer' })
const dai = tokens.DAI
const anvil = setup.node === 'anvil'

const pay = (amount, token = dai, to = NOBODY) =>
  wallet.writeContract({ address: token, abi: ERC20, functionName: 'transfer', args: [to, amount] })

async function paid(amount, token, to) {
  return http.waitForTransactionReceipt({ hash: await pay(amount, token, to) })
}

// --- logs ---------------------------------------------------------------------------------------

await check('logs by event, argument, address and block', async () => {
  const first = await paid(101n)
  const second = await paid(102n, tokens.USDC)
  const blocks = { fromBlock: first.blockNumber, toBlock: second.blockNumber }
  const event = TRANSFER
  const address = [dai, tokens.USDC]
  const both = await http.getLogs({ address, event, args: { to: NOBODY }, ...blocks })
  assert.deepEqual(both.map((each) => each.args.value), [101n, 102n])
  const one = await http.getLogs({ address: dai, event, args: { to: [NOBODY, rival.address] }, ...blocks })
  assert.deepEqual(one.map((each) => each.transactionHash), [first.transactionHash])
  assert.equal(one[0].removed, false)
  assert.equal(one[0].blockHash, first.blockHash)
  const none = await http.getLogs({ event, args: { from: NOBODY }, ...blocks })
  assert.deepEqual(none, [])
  const ofBlock = await http.getLogs({ event, blockHash: second.blockHash })
  assert.deepEqual(ofBlock.map((each) => each.args.value), [102n])
  const events = viem.parseAbi(['event Approval(address indexed owner, address indexed spender, uint256 value)'])
  const either = await http.getLogs({ events: [TRANSFER, ...events], ...blocks })
  assert.equal(either.length, 2)
  const everything = await http.getContractEvents({ address: dai, abi: ERC20, fromBlock: 'earliest' })
  assert.ok(everything.length > 20)
  const indexes = everything.map((each) => each.blockNumber)
  assert.deepEqual(indexes, [...indexes].sort((a, b) => Number(a - b)))
})

await check('a range that ends before it begins', async () => {
  const height = await http.getBlockNumber()
  const backwards = { fromBlock: height, toBlock: height - 1n }
  const told = await http.getLogs(backwards).catch((error) => error)
  assert.ok(told instanceof viem.BaseError || told.length === 0)
})

// The next `count` that a filter has. anvil tells its filters of a block a moment after it is made.
async function changes(filter, count) {
  const found = []
  while (found.length < count) found.push(...(await http.getFilterChanges({ filter })))
  return found
}

// --- filters ------------------------------------------------------------------------------------

await check('a filter of an event', async () => {
  const filter = await http.createEventFilter({ address: dai, event: TRANSFER, args: { to: NOBODY } })
  assert.deepEqual(await http.getFilterChanges({ filter }), [])
  await paid(7n)
  await paid(8n, dai, rival.address)
  await paid(9n)
  const came = await changes(filter, 2)
  assert.deepEqual(came.map((each) => each.args.value), [7n, 9n])
  assert.deepEqual(await http.getFilterChanges({ filter }), [])
  const receipt = await paid(10n)
  const later = await http.createContractEventFilter({
    address: dai, abi: ERC20, eventName: 'Transfer', fromBlock: receipt.blockNumber,
  })
  const kept = await http.getFilterLogs({ filter: later })
  assert.deepEqual(kept.map((each) => each.args.value), [10n])
  assert.equal(await http.uninstallFilter({ filter }), true)
  assert.equal(await http.uninstallFilter({ filter }), false)
  await assert.rejects(http.getFilterChanges({ filter }))
})

await check('a filter of blocks', async () => {
  const filter = await http.createBlockFilter()
  await node.mine({ blocks: 2 })
  const came = await changes(filter, 2)
  assert.equal(came.length, 2)
  assert.equal(came[1], (await http.getBlock()).hash)
  assert.deepEqual(await http.getFilterChanges({ filter }), [])
})

await check('a filter of what waits', async () => {
  const filter = await http.createPendingTransactionFilter()
  const hash = await pay(1n)
  assert.deepEqual(await changes(filter, 1), [hash])
  await http.waitForTransactionReceipt({ hash })
})

// --- what is told by itself ---------------------------------------------------------------------

for (const [name, client, pushed] of [['polling', http, false], ['WebSocket', socket, true]]) {
  const stands = (method) => once(answered, pushed ? 'eth_subscribe' : method)

  await check(`${name}: blocks`, async () => {
    let off
    const mine = () => node.mine({ blocks: 1 })
    const numbers = await heard(
      2,
      async (hear) => {
        const ready = stands('eth_getBlockByNumber')
        const onBlock = async (block) => {
          hear(block.number)
          await mine() // who polls is told of the newest alone: one after another
        }
        off = client.watchBlocks({ onBlock, onError: hear })
        await ready
      },
      mine,
    )
    off()
    assert.ok(numbers[1] > numbers[0], String(numbers))
  })

  await check(`${name}: logs`, async () => {
    let off
    const logs = await heard(
      2,
      async (hear) => {
        const ready = stands('eth_newFilter')
        off = client.watchContractEvent({
          address: dai,
          abi: ERC20,
          eventName: 'Transfer',
          args: { to: NOBODY },
          onLogs: (found) => found.forEach(hear),
          onError: hear,
        })
        await ready
      },
      async () => {
        await paid(21n)
        await paid(22n, dai, rival.address)
        await paid(23n)
      },
    )
    off()
    assert.deepEqual(logs.map((each) => each.args?.value), [21n, 23n])
  })

  await check(`${name}: waiting transactions`, async () => {
    let off
    let sent
    const found = await heard(
      1,
      async (hear) => {
        const ready = stands('eth_newPendingTransactionFilter')
        const onTransactions = (told) => told.forEach(hear)
        off = client.watchPendingTransactions({ onTransactions, onError: hear })
        await ready
      },
      async () => {
        sent = await pay(31n)
      },
    )
    off()
    assert.deepEqual(found, [sent])
  })
}

await check('WebSocket: questions, refusals, an end of a subscription', async () => {
  assert.equal(await socket.getChainId(), 1337)
  await assert.rejects(socket.request({ method: 'eth_noSuchThing', params: [] }), viem.BaseError)
  const { unsubscribe } = await socket.transport.subscribe({
    params: ['newHeads'], onData: () => {}, onError: () => {},
  })
  assert.equal((await unsubscribe()).result, true)
})

// --- blocks by hand -----------------------------------------------------------------------------

await check('what waits is seen, replaced and dropped', async () => {
  assert.equal(await node.getAutomine(), true)
  await node.setAutomine(false)
  try {
    assert.equal(await node.getAutomine(), false)
    const fees = { maxFeePerGas: viem.parseGwei('20'), maxPriorityFeePerGas: viem.parseGwei('1') }
    const nonce = await http.getTransactionCount({ address: account.address, blockTag: 'pending' })
    const first = await wallet.sendTransaction({ to: NOBODY, value: 1n, gas: 21_000n, nonce, ...fees })
    const waiting = await http.getTransaction({ hash: first })
    assert.equal(waiting.blockNumber, null)
    assert.equal(waiting.blockHash, null)
    assert.equal(waiting.transactionIndex, null)
    assert.equal(await http.getTransactionCount({ address: account.address, blockTag: 'pending' }), nonce + 1)
    assert.equal(await http.getTransactionCount({ address: account.address }), nonce)
    const { pending } = await node.getTxpoolContent()
    const [[, theirs]] = Object.entries(pending).filter(([who]) => viem.isAddressEqual(who, account.address))
    assert.equal(theirs[nonce].hash, first)
    assert.deepEqual(await node.getTxpoolStatus(), { pending: 1, queued: 0 })
    await assert.rejects(wallet.sendTransaction({ to: NOBODY, value: 1n, gas: 21_000n, nonce, ...fees }))
    let reason
    const seen = once(answered, 'eth_getTransactionByHash')
    const replaced = http.waitForTransactionReceipt({
      hash: first, onReplaced: (told) => { reason = told.reason },
    })
    await seen // what it never saw it cannot find replaced
    const double = { maxFeePerGas: fees.maxFeePerGas * 2n, maxPriorityFeePerGas: fees.maxPriorityFeePerGas * 2n }
    const second = await wallet.sendTransaction({ to: NOBODY, value: 1n, gas: 21_000n, nonce, ...double })
    await node.mine({ blocks: 1 })
    assert.equal((await replaced).transactionHash, second)
    assert.equal(reason, 'repriced')
    const third = await wallet.sendTransaction({ to: NOBODY, value: 1n, gas: 21_000n, nonce: nonce + 1, ...fees })
    await node.dropTransaction({ hash: third })
    assert.deepEqual(await node.getTxpoolStatus(), { pending: 0, queued: 0 })
  } finally {
    await node.setAutomine(true)
  }
})

await check('what the test client sets', async () => {
  const before = await node.snapshot()
  const address = NOBODY
  await node.setBalance({ address, value: 9n })
  assert.equal(await http.getBalance({ address }), 9n)
  await node.setCode({ address, bytecode: '0x602a60005260206000f3' })
  assert.equal(viem.hexToBigInt((await http.call({ to: address })).data), 42n)
  const value = `0x${'0'.repeat(63)}7`
  await node.setStorageAt({ address, index: 3, value })
  assert.equal(await http.getStorageAt({ address, slot: '0x3' }), value)
  await node.setNonce({ address, nonce: 5 })
  assert.equal(await http.getTransactionCount({ address }), 5)
  const { timestamp } = await http.getBlock()
  await node.setNextBlockTimestamp({ timestamp: timestamp + 100n })
  await node.mine({ blocks: 1 })
  assert.equal((await http.getBlock()).timestamp, timestamp + 100n)
  if (!anvil) {
    // where blocks follow at a distance that was set, anvil (1.7.1) passes both over
    await node.increaseTime({ seconds: 50 })
    await node.mine({ blocks: 1 })
    assert.ok((await http.getBlock()).timestamp >= timestamp + 150n)
    await node.mine({ blocks: 3, interval: 7 })
    const head = await http.getBlock()
    const parent = await http.getBlock({ blockNumber: head.number - 1n })
    assert.equal(head.timestamp - parent.timestamp, 7n)
  }
  await node.revert({ id: before })
  assert.equal(await http.getTransactionCount({ address }), 0)
})

await check('what anvil alone can do', async () => {
  const address = '0x3333333333333333333333333333333333333333'
  const baseFeePerGas = viem.parseGwei('3')
  if (!anvil) {
    await assert.rejects(node.impersonateAccount({ address }), viem.MethodNotFoundRpcError)
    await assert.rejects(node.setNextBlockBaseFeePerGas({ baseFeePerGas }), viem.MethodNotFoundRpcError)
    return
  }
  await node.setBalance({ address, value: viem.parseEther('1') })
  await node.impersonateAccount({ address })
  const theirs = viem.createWalletClient({ account: address, chain, transport })
  const hash = await theirs.sendTransaction({ to: NOBODY, value: 5n, gas: 21_000n })
  const receipt = await http.waitForTransactionReceipt({ hash })
  assert.equal(viem.isAddressEqual(receipt.from, address), true)
  await node.stopImpersonatingAccount({ address })
  await node.setNextBlockBaseFeePerGas({ baseFeePerGas })
  await node.mine({ blocks: 1 })
  assert.equal((await http.getBlock()).baseFeePerGas, baseFeePerGas)
})

finish()
