// viem: blocks, accounts, calls with other states, estimates, fees, transactions of every kind, and
// why something was refused, as its decoders read the node's answers.

import assert from 'node:assert/strict'
import * as viem from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { check, finish, revertingWith, setup } from './checks.mjs'

const { contracts, tokens } = setup
const chain = viem.defineChain({
  id: 1337,
  name: 'sandbox',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [setup.url] } },
})
const transport = viem.http(setup.url, { batch: true, retryCount: 0 })
const client = viem.createPublicClient({ chain, transport, pollingInterval: 50, cacheTime: 0 })
const account = mnemonicToAccount(setup.mnemonic, { addressIndex: 11 })
const rival = mnemonicToAccount(setup.mnemonic, { addressIndex: 12 })
const wallet = viem.createWalletClient({ account, chain, transport })
const node = viem.createTestClient({ mode: 'anvil', chain, transport })
const NOBODY = '0x1111111111111111111111111111111111111111'
const ERC20 = viem.erc20Abi
const weth = tokens.WETH
const dai = tokens.DAI
const anvil = setup.node === 'anvil'

async function mined(hash) {
  return client.waitForTransactionReceipt({ hash })
}

async function refusal(promise, kind) {
  const error = await promise.then(
    (value) => assert.fail(`not refused: ${value}`),
    (e) => e,
  )
  const found = error.walk?.((each) => each instanceof kind)
  assert.ok(found, `no ${kind.name} in: ${error.message}`)
  return found
}

// --- blocks -------------------------------------------------------------------------------------

await check('chain id and height', async () => {
  assert.equal(await client.getChainId(), 1337)
  assert.ok((await client.getBlockNumber()) > 10n)
})

await check('blocks by number, word and hash', async () => {
  const latest = await client.getBlock({ includeTransactions: true })
  assert.equal(typeof latest.timestamp, 'bigint')
  assert.equal(latest.gasLimit, 30_000_000n)
  assert.ok(latest.baseFeePerGas > 0n)
  assert.ok(latest.size > 0n)
  const named = await client.getBlock({ blockHash: latest.hash })
  assert.deepEqual(named.transactions, latest.transactions.map((each) => each.hash))
  for (const blockTag of ['safe', 'finalized']) {
    assert.equal((await client.getBlock({ blockTag })).uncles.length, 0)
  }
  assert.equal((await client.getBlock({ blockTag: 'earliest' })).number, 0n)
  const pending = await client.getBlock({ blockTag: 'pending' })
  assert.equal(pending.parentHash, latest.hash)
  const before = await client.getBlock({ blockNumber: latest.number - 1n })
  assert.equal(before.hash, latest.parentHash)
  const refused = client.getBlock({ blockNumber: latest.number + 99n })
  await refusal(refused, viem.BlockNotFoundError)
})

await check('how many transactions a block has', async () => {
  const block = await client.getBlock({ blockNumber: 1n })
  const { blockHash, blockNumber } = { blockHash: block.hash, blockNumber: 1n }
  assert.equal(await client.getBlockTransactionCount({ blockNumber }), block.transactions.length)
  assert.equal(await client.getBlockTransactionCount({ blockHash }), block.transactions.length)
})

await check('a transaction by its place in a block', async () => {
  const block = await client.getBlock({ blockNumber: 1n })
  const hash = block.transactions[0]
  const byHash = await client.getTransaction({ hash })
  const byPlace = await client.getTransaction({ blockNumber: 1n, index: 0 })
  const byBlock = await client.getTransaction({ blockHash: block.hash, index: 0 })
  assert.deepEqual(byPlace, byHash)
  assert.deepEqual(byBlock, byHash)
  const refused = client.getTransaction({ blockNumber: 1n, index: 99 })
  await refusal(refused, viem.TransactionNotFoundError)
  assert.ok((await client.getTransactionConfirmations({ hash })) > 10n)
})

await check('receipts of a block', async () => {
  const receipts = await client.getBlockReceipts({ blockNumber: 2n })
  const block = await client.getBlock({ blockNumber: 2n })
  assert.deepEqual(receipts.map((each) => each.transactionHash), block.transactions)
  for (const each of receipts) assert.equal(each.status, 'success')
})

await check('what is not there is not found', async () => {
  const hash = `0x${'ab'.repeat(32)}`
  await refusal(client.getTransaction({ hash }), viem.TransactionNotFoundError)
  await refusal(client.getTransactionReceipt({ hash }), viem.TransactionReceiptNotFoundError)
})

await check('a mined transaction keeps its bytes', async () => {
  const [hash] = (await client.getBlock({ blockNumber: 1n })).transactions
  const serialized = await client.getRawTransaction({ hash })
  assert.equal(viem.keccak256(serialized), hash)
})

// --- accounts -----------------------------------------------------------------------------------

await check('balances now and before', async () => {
  const address = account.address
  assert.ok((await client.getBalance({ address })) > 0n)
  if (anvil) return // it keeps no states of blocks that it loaded
  const start = await client.getBalance({ address, blockNumber: 0n })
  assert.equal(start, viem.parseEther('1000000'))
  assert.equal(await client.getBalance({ address: NOBODY, blockTag: 'earliest' }), 0n)
})

await check('by a block of a hash', async () => {
  // EIP-1898: a state is named by its block's hash, so that a reorganisation is noticed.
  const block = await client.getBlock({ blockTag: 'latest' })
  const asked = [account.address, { blockHash: block.hash }]
  const told = await client.request({ method: 'eth_getBalance', params: asked })
  assert.equal(viem.hexToBigInt(told), await client.getBalance({ address: account.address }))
  const numbered = [account.address, { blockNumber: viem.toHex(block.number) }]
  assert.equal(await client.request({ method: 'eth_getBalance', params: numbered }), told)
})

await check('code, storage, counts', async () => {
  assert.ok((await client.getCode({ address: weth })).length > 100)
  assert.equal(await client.getCode({ address: NOBODY }), undefined)
  const slot = await client.getStorageAt({ address: weth, slot: '0x2' })
  assert.equal(viem.hexToNumber(slot), 18)
  for (const blockTag of ['latest', 'pending']) {
    const count = await client.getTransactionCount({ address: account.address, blockTag })
    assert.equal(typeof count, 'number')
  }
})

// --- calls --------------------------------------------------------------------------------------

await check('reads of a contract', async () => {
  const token = viem.getContract({ address: dai, abi: ERC20, client })
  const [symbol, decimals, supply, held] = await Promise.all([
    token.read.symbol(),
    token.read.decimals(),
    token.read.totalSupply(),
    token.read.balanceOf([account.address]),
  ])
  assert.deepEqual([symbol, decimals], ['DAI', 18])
  assert.ok(held > 0n && held < supply)
  assert.equal(await token.read.balanceOf([NOBODY], { blockNumber: 1n }).catch(() => 'none'), 'none')
})

await check('many reads without a contract for them', async () => {
  const reads = ['symbol', 'decimals'].map((functionName) => ({ address: dai, abi: ERC20, functionName }))
  const told = await client.multicall({ contracts: reads, deployless: true, allowFailure: false })
  assert.deepEqual(told, ['DAI', 18])
})

await check('a signature is verified by code that is not there', async () => {
  const message = 'what the desk says'
  const signature = await account.signMessage({ message })
  const verify = (address) => client.verifyMessage({ address, message, signature })
  assert.equal(await verify(account.address), true)
  assert.equal(await verify(NOBODY), false)
})

await check('a call that would write', async () => {
  const abi = viem.parseAbi([
    'function quoteExactInputSingle((address tokenIn, address tokenOut, uint256 amountIn, uint24 fee, uint160 limit)) returns (uint256 amountOut, uint160 price, uint32 crossed, uint256 gas)',
  ])
  const terms = { tokenIn: weth, tokenOut: tokens.USDC, amountIn: 10n ** 18n, fee: 500, limit: 0n }
  const { result } = await client.simulateContract({
    address: contracts['uniswap_v3.quoter'],
    abi,
    functionName: 'quoteExactInputSingle',
    args: [terms],
  })
  assert.ok(result[0] > 10n ** 8n)
})

await check('a call with another state', async () => {
  const address = NOBODY
  const echo = '0x60005460005260206000f3' // what is in slot 0
  const told = async (stateOverride) => (await client.call({ to: address, stateOverride })).data
  const slot = { slot: `0x${'0'.repeat(64)}`, value: `0x${'0'.repeat(63)}9` }
  assert.equal(await told([{ address, code: echo, stateDiff: [slot] }]), slot.value)
  assert.equal(await told([{ address, code: echo, state: [slot] }]), slot.value)
  const worth = '0x4760005260206000f3' // its own balance
  const rich = await told([{ address, code: worth, balance: 77n, nonce: 3 }])
  assert.equal(viem.hexToBigInt(rich), 77n)
  assert.equal(await client.getCode({ address }), undefined)
})

await check('a call of code that is nowhere', async () => {
  const data = viem.encodeFunctionData({ abi: ERC20, functionName: 'decimals' })
  const { data: told } = await client.call({ code: '0x600a600c600039600a6000f3602a60005260206000f3', data })
  assert.equal(viem.hexToBigInt(told), 42n)
})

await check('a call in another block', async () => {
  const code = '0x4260005260206000f3' // the block's time
  const stateOverride = [{ address: NOBODY, code }]
  const { data } = await client.call({ to: NOBODY, stateOverride, blockOverrides: { time: 7n } })
  assert.equal(viem.hexToBigInt(data), 7n)
  const number = '0x4360005260206000f3'
  const other = await client.call({
    to: NOBODY,
    stateOverride: [{ address: NOBODY, code: number }],
    blockOverrides: { number: 5_000n },
  })
  assert.equal(viem.hexToBigInt(other.data), 5_000n)
})

await check('calls one after another', async () => {
  const { results } = await client.simulateCalls({
    account: account.address,
    calls: [
      { to: dai, abi: ERC20, functionName: 'transfer', args: [NOBODY, 5n] },
      { to: dai, abi: ERC20, functionName: 'balanceOf', args: [NOBODY] },
      { to: dai, abi: ERC20, functionName: 'transferFrom', args: [NOBODY, rival.address, 9n] },
    ],
  })
  assert.equal(results[0].status, 'success')
  assert.equal(results[0].logs.length, 1)
  assert.equal(results[1].result, 5n)
  assert.equal(results[2].status, 'failure')
  assert.match(String(results[2].error), /exceeds (balance|allowance)|insufficient allowance/)
})

await check('blocks of calls', async () => {
  const head = await client.getBlockNumber()
  const [one, two] = await client.simulateBlocks({
    blocks: [
      {
        stateOverrides: [{ address: NOBODY, balance: 100n }],
        calls: [{ account: NOBODY, to: rival.address, value: 60n }],
      },
      { calls: [{ account: NOBODY, to: dai, abi: ERC20, functionName: 'transfer', args: [NOBODY, 1n] }] },
    ],
  })
  if (!anvil) assert.equal(one.number, head + 1n) // anvil's is that of the head (1.7.1)
  assert.equal(two.number, one.number + 1n)
  assert.ok(two.timestamp > one.timestamp)
  assert.equal(one.calls[0].status, 'success')
  assert.equal(two.calls[0].status, 'failure')
})

// --- estimates and fees -------------------------------------------------------------------------

await check('gas that is enough', async () => {
  assert.equal(await client.estimateGas({ account, to: NOBODY, value: 1n }), 21_000n)
  const asked = { address: dai, abi: ERC20, functionName: 'transfer', args: [NOBODY, 1n], account }
  const gas = await client.estimateContractGas(asked)
  assert.ok(gas > 21_000n && gas < 120_000n, String(gas))
  const rich = [{ address: NOBODY, balance: viem.parseEther('2') }]
  const value = viem.parseEther('1')
  const poor = { account: NOBODY, to: rival.address, value }
  assert.equal(await client.estimateGas({ ...poor, stateOverride: rich }), 21_000n)
  if (!anvil) await refusal(client.estimateGas(poor), viem.InsufficientFundsError)
})

await check('fees', async () => {
  await node.mine({ blocks: 4 })
  const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [10, 50, 90] })
  assert.equal(history.baseFeePerGas.length, 5)
  assert.equal(history.gasUsedRatio.length, 4)
  assert.deepEqual(history.reward.map((each) => each.length), [3, 3, 3, 3])
  const bare = await client.getFeeHistory({ blockCount: 2, rewardPercentiles: [] })
  assert.equal(bare.baseFeePerGas.length, 3)
  const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas()
  assert.ok(maxFeePerGas > maxPriorityFeePerGas)
  assert.ok((await client.getGasPrice()) > 0n)
  assert.ok((await client.estimateMaxPriorityFeePerGas()) >= 0n)
  assert.ok((await client.getBlobBaseFee()) >= 1n)
})

await check('what a call touches', async () => {
  const data = viem.encodeFunctionData({ abi: ERC20, functionName: 'transfer', args: [NOBODY, 1n] })
  const asked = { account, to: dai, data }
  const refused = client.createAccessList(asked)
  if (!anvil) {
    const error = await refusal(refused, viem.MethodNotFoundRpcError)
    assert.match(error.details, /eth_createAccessList/)
    return
  }
  const { accessList } = await refused
  assert.equal(accessList[0].address, dai)
})

// --- transactions -------------------------------------------------------------------------------

await check('a transfer with fees of its own', async () => {
  const value = 12_345n
  const before = await client.getBalance({ address: NOBODY })
  const hash = await wallet.sendTransaction({ to: NOBODY, value })
  const receipt = await mined(hash)
  assert.equal(receipt.status, 'success')
  assert.equal(receipt.type, 'eip1559')
  assert.equal(receipt.gasUsed, 21_000n)
  assert.equal(receipt.from, account.address.toLowerCase())
  assert.equal((await client.getBalance({ address: NOBODY })) - before, value)
  const sent = await client.getTransaction({ hash })
  assert.equal(sent.typeHex, '0x2')
  assert.equal(sent.chainId, 1337)
  assert.equal(sent.value, value)
  const block = await client.getBlock({ blockHash: receipt.blockHash })
  assert.equal(receipt.effectiveGasPrice, sent.gasPrice)
  assert.ok(receipt.effectiveGasPrice >= block.baseFeePerGas)
  assert.equal(await viem.recoverTransactionAddress({
    serializedTransaction: await client.getRawTransaction({ hash }),
  }), account.address)
})

await check('transactions of the older kinds', async () => {
  const gasPrice = viem.parseGwei('5')
  const plain = await mined(await wallet.sendTransaction({ to: NOBODY, value: 1n, gasPrice }))
  assert.equal(plain.type, 'legacy')
  assert.equal(plain.effectiveGasPrice, gasPrice)
  const accessList = [{ address: dai, storageKeys: [`0x${'0'.repeat(63)}1`] }]
  const listed = await wallet.sendTransaction({ to: dai, gasPrice, accessList, type: 'eip2930', gas: 90_000n,
    data: viem.encodeFunctionData({ abi: ERC20, functionName: 'approve', args: [NOBODY, 1n] }) })
  assert.equal((await mined(listed)).type, 'eip2930')
  assert.deepEqual((await client.getTransaction({ hash: listed })).accessList, accessList)
})

await check('an account that acts as a contract for once', async () => {
  const code = '0x602a60005260206000f3'
  const home = '0x2222222222222222222222222222222222222222'
  await node.setCode({ address: home, bytecode: code })
  const authorization = await wallet.signAuthorization({ account: rival, contractAddress: home })
  const hash = await wallet.sendTransaction({ to: NOBODY, authorizationList: [authorization], gas: 100_000n })
  const receipt = await mined(hash)
  assert.equal(receipt.type, 'eip7702')
  assert.equal(await client.getDelegation({ address: rival.address }), home)
  const sent = await client.getTransaction({ hash })
  assert.equal(sent.authorizationList.length, 1)
  assert.deepEqual(await viem.recoverAddress({
    hash: (await import('viem/utils')).hashAuthorization(authorization),
    signature: sent.authorizationList[0],
  }), rival.address)
})

await check('a contract is created', async () => {
  const bytecode = '0x600a600c600039600a6000f3602a60005260206000f3'
  const hash = await wallet.deployContract({ abi: [], bytecode })
  const receipt = await mined(hash)
  assert.equal(receipt.to, null)
  const created = viem.getContractAddress({
    from: account.address,
    nonce: BigInt((await client.getTransaction({ hash })).nonce),
  })
  assert.equal(viem.getAddress(receipt.contractAddress), created)
  assert.equal(viem.hexToBigInt((await client.call({ to: created })).data), 42n)
})

await check('sent and mined in one question', async () => {
  const request = await wallet.prepareTransactionRequest({ to: NOBODY, value: 3n })
  const serializedTransaction = await wallet.signTransaction(request)
  const receipt = await wallet.sendRawTransactionSync({ serializedTransaction })
  assert.equal(receipt.status, 'success')
  assert.equal(receipt.transactionHash, viem.keccak256(serializedTransaction))
})

// --- refusals -----------------------------------------------------------------------------------

await check('words of a revert', async () => {
  const args = [NOBODY, 2n ** 200n]
  const asked = { address: dai, abi: ERC20, functionName: 'transfer', args, account }
  for (const refused of [
    client.simulateContract(asked),
    client.estimateContractGas(asked),
    wallet.writeContract(asked),
  ]) {
    const found = await refusal(refused, viem.ContractFunctionRevertedError)
    assert.match(found.reason ?? found.shortMessage, /exceeds balance/)
  }
})

await check('an error of a contract by its name', async () => {
  const abi = viem.parseAbi([
    'error CurrenciesOutOfOrderOrEqual(address currency0, address currency1)',
    'function initialize((address currency0, address currency1, uint24 fee, int24 tickSpacing, address hooks) key, uint160 price) returns (int24)',
  ])
  const [low, high] = [dai, weth].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  const key = { currency0: high, currency1: low, fee: 500, tickSpacing: 10, hooks: viem.zeroAddress }
  const asked = { address: contracts['uniswap_v4.pools'], abi, functionName: 'initialize', account }
  const refused = client.simulateContract({ ...asked, args: [key, 2n ** 96n] })
  const found = await refusal(refused, viem.ContractFunctionRevertedError)
  assert.equal(found.data.errorName, 'CurrenciesOutOfOrderOrEqual')
  assert.deepEqual(found.data.args.map((each) => each.toLowerCase()), [high, low])
})

await check('a panic, an error that nobody knows, and one without words', async () => {
  const abi = viem.parseAbi(['function any() view returns (uint256)'])
  const panic = `0x4e487b71${'0'.repeat(62)}11`
  for (const [data, words] of [
    [panic, /overflow/],
    ['0x12345678', /0x12345678/],
    ['0x', /reverted|no data/],
  ]) {
    const code = revertingWith(data)
    const found = await refusal(
      client.readContract({ address: NOBODY, abi, functionName: 'any', stateOverride: [{ address: NOBODY, code }] }),
      viem.ContractFunctionRevertedError,
    )
    assert.match(`${found.shortMessage} ${found.reason ?? ''} ${found.signature ?? ''}`, words)
  }
  const nothing = client.readContract({ address: NOBODY, abi, functionName: 'any' })
  await refusal(nothing, viem.ContractFunctionZeroDataError)
})

await check('a transaction that was reverted', async () => {
  const data = viem.encodeFunctionData({ abi: ERC20, functionName: 'transfer', args: [NOBODY, 2n ** 200n] })
  const hash = await wallet.sendTransaction({ to: dai, data, gas: 200_000n })
  const receipt = await mined(hash)
  assert.equal(receipt.status, 'reverted')
  assert.equal(receipt.logs.length, 0)
})

await check('why a transaction is not taken', async () => {
  const nonce = await client.getTransactionCount({ address: account.address })
  const fees = { maxFeePerGas: viem.parseGwei('50'), maxPriorityFeePerGas: 1n }
  const send = (more) =>
    wallet.sendTransaction({ to: NOBODY, value: 1n, gas: 21_000n, nonce, ...fees, ...more })
  await refusal(send({ nonce: nonce - 1 }), viem.NonceTooLowError)
  await refusal(send({ value: 10n ** 30n }), viem.InsufficientFundsError)
  await refusal(send({ gas: 20_000n }), viem.IntrinsicGasTooLowError)
  await refusal(send({ maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }), viem.FeeCapTooLowError)
  await refusal(
    client.sendRawTransaction({
      serializedTransaction: await account.signTransaction({
        chainId: 1, type: 'eip1559', to: NOBODY, gas: 21_000n, nonce, ...fees,
      }),
    }),
    viem.BaseError,
  )
  assert.equal(await client.getTransactionCount({ address: account.address }), nonce)
})

await check('a question that nobody knows', async () => {
  const refused = client.request({ method: 'eth_noSuchThing', params: [] })
  await refusal(refused, viem.MethodNotFoundRpcError)
})

finish()
