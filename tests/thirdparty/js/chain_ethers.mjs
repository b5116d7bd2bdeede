// ethers 6: the same chain as its providers, wallets and contracts see it, over HTTP and WebSocket.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import * as ethers from 'ethers'
import { check, finish, heard, revertingWith, setup } from './checks.mjs'

const { contracts, tokens } = setup
const HOME = "m/44'/60'/0'/0"
const options = { cacheTimeout: -1, staticNetwork: ethers.Network.from(1337) }
const http = new ethers.JsonRpcProvider(setup.url, undefined, { cacheTimeout: -1, pollingInterval: 50 })
const socket = new ethers.WebSocketProvider(setup.ws_url, undefined, options)
const wallet = ethers.HDNodeWallet.fromPhrase(setup.mnemonic, '', `${HOME}/11`).connect(http)
const rival = ethers.HDNodeWallet.fromPhrase(setup.mnemonic, '', `${HOME}/12`).connect(http)
const NOBODY = '0x1111111111111111111111111111111111111111'
const ERC20 = [
  'function symbol() view returns (string)',
  'function decimals() view returns (uint8)',
  'function balanceOf(address) view returns (uint256)',
  'function transfer(address, uint256) returns (bool)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
]
const anvil = setup.node === 'anvil'
const dai = new ethers.Contract(tokens.DAI, ERC20, wallet)

// When a question of this name is answered to who polls.
function answered(method) {
  return new Promise((resolve) => {
    const asked = new Set()
    http.on('debug', ({ action, payload, result }) => {
      if (action === 'sendRpcPayload') {
        for (const each of [payload].flat()) if (each.method === method) asked.add(each.id)
      } else if (action === 'receiveRpcResult') {
        if ([result].flat().some((each) => asked.has(each.id))) resolve()
      }
    })
  })
}

async function refusal(promise, code) {
  const error = await promise.then(
    (value) => assert.fail(`not refused: ${value}`),
    (e) => e,
  )
  assert.equal(error.code, code, error.stack)
  return error
}

// --- reading ------------------------------------------------------------------------------------

await check('network, height, blocks', async () => {
  assert.equal((await http.getNetwork()).chainId, 1337n)
  const height = await http.getBlockNumber()
  const block = await http.getBlock('latest', true)
  assert.equal(block.number, height)
  assert.equal(block.prefetchedTransactions.length, block.transactions.length)
  const named = await http.getBlock(block.hash)
  assert.equal(named.hash, block.hash)
  assert.equal((await http.getBlock(height - 1)).hash, block.parentHash)
  assert.equal(await http.getBlock(height + 99), null)
  for (const tag of ['earliest', 'safe', 'finalized', 'pending']) assert.ok(await http.getBlock(tag))
  assert.equal((await http.getBlock('pending')).parentHash, block.hash)
  assert.ok(block.prevRandao)
  assert.ok(block.stateRoot)
  assert.ok(block.receiptsRoot)
})

await check('accounts', async () => {
  assert.ok((await http.getBalance(wallet.address)) > 0n)
  assert.equal(await http.getTransactionCount(NOBODY), 0)
  assert.equal(await http.getCode(NOBODY), '0x')
  assert.equal(BigInt(await http.getStorage(tokens.WETH, 2)), 18n)
  const unlocked = await http.listAccounts()
  assert.equal(unlocked[11].address, wallet.address)
})

await check('fees', async () => {
  const fees = await http.getFeeData()
  assert.ok(fees.maxFeePerGas > fees.maxPriorityFeePerGas)
  assert.ok(fees.gasPrice > 0n)
})

await check('contracts', async () => {
  assert.equal(await dai.symbol(), 'DAI')
  assert.equal(await dai.decimals(), 18n)
  const held = await dai.balanceOf(wallet.address)
  assert.ok(held > 0n)
  assert.equal(await dai.transfer.staticCall(NOBODY, 5n), true)
  const gas = await dai.transfer.estimateGas(NOBODY, 5n)
  assert.ok(gas > 21_000n && gas < 120_000n)
  if (anvil) return // it keeps no states of blocks that it loaded
  await refusal(dai.balanceOf(NOBODY, { blockTag: 1 }), 'BAD_DATA') // it was not there yet
  assert.equal(await http.getBalance(wallet.address, 0), ethers.parseEther('1000000'))
})

await check('many questions in one request', async () => {
  const asked = Array.from({ length: 150 }, (_, index) => http.getBlock(index))
  assert.equal((await Promise.all(asked)).length, 150)
})

// --- transactions -------------------------------------------------------------------------------

await check('a transfer, its receipt and what it became', async () => {
  const sent = await wallet.sendTransaction({ to: NOBODY, value: 77n })
  assert.equal(sent.type, 2)
  const receipt = await sent.wait()
  assert.equal(receipt.status, 1)
  assert.equal(receipt.gasUsed, 21_000n)
  assert.equal(receipt.from, wallet.address)
  assert.equal(receipt.fee, receipt.gasUsed * receipt.gasPrice)
  const found = await http.getTransaction(sent.hash)
  assert.equal(found.blockHash, receipt.blockHash)
  assert.equal(found.signature.serialized, sent.signature.serialized)
  assert.equal(ethers.Transaction.from(found).from, wallet.address)
  assert.equal(await found.confirmations(), 1)
  assert.equal((await receipt.getBlock()).hash, receipt.blockHash)
  assert.equal((await http.waitForTransaction(sent.hash)).index, 0)
  const block = await http.getBlock(receipt.blockNumber, true)
  assert.equal((await block.getTransaction(0)).hash, sent.hash)
})

await check('the older kinds, and one of an authorization', async () => {
  const gasPrice = ethers.parseUnits('5', 'gwei')
  const old = await (await wallet.sendTransaction({ to: NOBODY, type: 0, gasPrice })).wait()
  assert.equal(old.type, 0)
  const accessList = [{ address: tokens.DAI, storageKeys: [ethers.ZeroHash] }]
  const listed = await (await wallet.sendTransaction({ to: NOBODY, type: 1, gasPrice, accessList })).wait()
  assert.equal(listed.type, 1)
  const found = await http.getTransaction(listed.hash)
  assert.deepEqual([...found.accessList[0].storageKeys], [ethers.ZeroHash])
  const authorization = await rival.authorize({ address: tokens.WETH })
  const acted = await wallet.sendTransaction({
    type: 4, to: NOBODY, gasLimit: 100_000n, authorizationList: [authorization],
  })
  assert.equal((await acted.wait()).type, 4)
  const code = await http.getCode(rival.address)
  assert.equal(code, `0xef0100${tokens.WETH.slice(2).toLowerCase()}`)
  const told = await http.getTransaction(acted.hash)
  assert.equal(told.authorizationList[0].signature.serialized, authorization.signature.serialized)
})

await check('a contract is created', async () => {
  const bytecode = '0x600a600c600039600a6000f3602a60005260206000f3'
  const made = await new ethers.ContractFactory([], bytecode, wallet).deploy()
  await made.waitForDeployment()
  assert.equal(BigInt(await http.call({ to: await made.getAddress() })), 42n)
})

await check('an account that the node signs for', async () => {
  const signer = await http.getSigner(5)
  const sent = await signer.sendTransaction({ to: NOBODY, value: 1n })
  assert.equal((await sent.wait()).status, 1)
})

// --- refusals -----------------------------------------------------------------------------------

await check('words of a revert', async () => {
  for (const asked of [dai.transfer.staticCall, dai.transfer.estimateGas, dai.transfer]) {
    const error = await refusal(asked(NOBODY, 2n ** 200n), 'CALL_EXCEPTION')
    assert.match(error.reason, /exceeds balance/)
    assert.equal(error.revert.name, 'Error')
  }
})

await check('an error of a contract by its name', async () => {
  const manager = new ethers.Contract(contracts['uniswap_v4.pools'], [
    'error CurrenciesOutOfOrderOrEqual(address currency0, address currency1)',
    'function initialize(tuple(address currency0, address currency1, uint24 fee, int24 tickSpacing, address hooks) key, uint160 price) returns (int24)',
  ], wallet)
  const [low, high] = [tokens.DAI, tokens.WETH].sort()
  const key = [high, low, 500, 10, ethers.ZeroAddress]
  const error = await refusal(manager.initialize.staticCall(key, 2n ** 96n), 'CALL_EXCEPTION')
  assert.equal(error.revert.name, 'CurrenciesOutOfOrderOrEqual')
})

await check('a panic', async () => {
  const to = '0x4444444444444444444444444444444444444444'
  const panic = revertingWith(`0x4e487b71${'0'.repeat(62)}11`)
  await http.send('anvil_setCode', [to, panic])
  const error = await refusal(http.call({ to }), 'CALL_EXCEPTION')
  assert.equal(error.reason, 'Panic due to OVERFLOW(17)')
  await http.send('anvil_setCode', [to, revertingWith('0x')])
  const silent = await refusal(http.call({ to }), 'CALL_EXCEPTION')
  assert.equal(silent.data, '0x')
})

await check('a transaction that was reverted', async () => {
  const sent = await dai.transfer(NOBODY, 2n ** 200n, { gasLimit: 200_000n })
  const error = await refusal(sent.wait(), 'CALL_EXCEPTION')
  assert.equal(error.receipt.status, 0)
})

await check('why a transaction is not taken', async () => {
  const nonce = await wallet.getNonce()
  await refusal(wallet.sendTransaction({ to: NOBODY, nonce: nonce - 1 }), 'NONCE_EXPIRED')
  const rich = { to: NOBODY, value: 10n ** 30n, gasLimit: 21_000n }
  await refusal(wallet.sendTransaction(rich), 'INSUFFICIENT_FUNDS')
  assert.equal(await wallet.getNonce(), nonce)
})

// --- logs and what is told ----------------------------------------------------------------------

await check('logs of a contract', async () => {
  const receipt = await (await dai.transfer(NOBODY, 5n)).wait()
  const wanted = dai.filters.Transfer(wallet.address, NOBODY)
  const found = await dai.queryFilter(wanted, receipt.blockNumber, receipt.blockNumber)
  assert.deepEqual(found.map((each) => each.args.value), [5n])
  const [ofBlock] = await http.getLogs({ blockHash: receipt.blockHash, address: tokens.DAI })
  assert.equal(ofBlock.transactionHash, receipt.hash)
  assert.ok((await dai.queryFilter('Transfer', 0, 'latest')).length > 20)
  assert.equal((await ofBlock.getTransaction()).hash, receipt.hash)
})

for (const [name, provider] of [['polling', http], ['WebSocket', socket]]) {
  const mine = () => http.send('evm_mine', [])

  await check(`${name}: blocks`, async () => {
    const numbers = await heard(
      2,
      async (hear) => {
        const asked = answered('eth_blockNumber') // who polls counts from the first answer on
        await provider.on('block', hear)
        await (provider === socket ? provider.getBlockNumber() : asked) // in order: it is subscribed
      },
      async () => {
        await mine()
        await mine()
      },
    )
    await provider.removeAllListeners()
    assert.equal(numbers[1], numbers[0] + 1)
  })

  await check(`${name}: logs`, async () => {
    const stands = answered('eth_newFilter')
    const token = dai.connect(provider)
    const events = await heard(
      2,
      async (hear) => {
        await token.on(token.filters.Transfer(null, NOBODY), (told) => hear(told.args.value))
        await (provider === socket ? provider.getBlockNumber() : stands)
      },
      async () => {
        for (const [to, value] of [[NOBODY, 41n], [rival.address, 42n], [NOBODY, 43n]]) {
          await (await dai.transfer(to, value)).wait()
        }
      },
    )
    await token.removeAllListeners()
    assert.deepEqual(events, [41n, 43n])
  })
}

await check('WebSocket: waiting transactions', async () => {
  let sent
  const [hash] = await heard(
    1,
    async (hear) => {
      await socket.on('pending', hear)
      await socket.getBlockNumber()
    },
    async () => {
      sent = await wallet.sendTransaction({ to: NOBODY, value: 1n })
    },
  )
  await socket.removeAllListeners()
  assert.equal(hash, sent.hash)
})

await check('what waits is replaced, and whoever waits for it is told', async () => {
  await http.send('evm_setAutomine', [false])
  try {
    const nonce = await wallet.getNonce('pending')
    const gwei = (many) => ethers.parseUnits(String(many), 'gwei')
    const fees = (many) => ({ maxFeePerGas: gwei(20 * many), maxPriorityFeePerGas: gwei(many) })
    const first = await wallet.sendTransaction({ to: NOBODY, value: 1n, nonce, ...fees(1) })
    assert.equal((await http.getTransaction(first.hash)).blockNumber, null)
    assert.equal(await http.getTransactionReceipt(first.hash), null)
    assert.equal(await wallet.getNonce('pending'), nonce + 1)
    const same = wallet.sendTransaction({ to: NOBODY, value: 2n, nonce, gasLimit: 21_000n, ...fees(1) })
    await refusal(same, 'REPLACEMENT_UNDERPRICED')
    const waiting = first.wait()
    const second = await wallet.sendTransaction({ to: NOBODY, value: 1n, nonce, ...fees(2) })
    const told = refusal(waiting, 'TRANSACTION_REPLACED')
    let done = false
    told.finally(() => (done = true)).catch(() => {})
    while (!done) await http.send('evm_mine', []) // it looks after each block that it hears of
    const error = await told
    assert.equal(error.reason, 'repriced')
    assert.equal(error.replacement.hash, second.hash)
  } finally {
    await http.send('evm_setAutomine', [true])
  }
})

await check('a closed connection', async () => {
  const gone = once(socket.websocket, 'close')
  await socket.destroy()
  await gone
})

finish()
