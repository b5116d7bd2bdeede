// Calls of the Universal Router by Uniswap's own kits: for each a line of JSON with its data and
// what it was made from, in the words of argosy.model.calls. And hashes of Permit2's typed data.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { CurrencyAmount, Ether, Percent, Token, TradeType } = require('@uniswap/sdk-core')
const v2 = require('@uniswap/v2-sdk')
const v3 = require('@uniswap/v3-sdk')
const { Actions, URVersion, V4Planner } = require('@uniswap/v4-sdk')
const { Trade } = require('@uniswap/router-sdk')
const { CommandType, RoutePlanner, SwapRouter, UniversalRouterVersion } = require('@uniswap/universal-router-sdk')
const { AllowanceTransfer, permit2Address } = require('@uniswap/permit2-sdk')

const { router, seed, count, permits } = JSON.parse(readFileSync(0, 'utf8'))
const NATIVE = `0x${'00'.repeat(20)}`
const SENDER = `0x${'00'.repeat(19)}01`
const ITSELF = `0x${'00'.repeat(19)}02`

// --- chance, the same for the same seed (xorshift32) ----------------------------------------------

let state = (seed * 2654435761) >>> 0 || 1
function random() {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  state >>>= 0
  return state / 2 ** 32
}
const below = (most) => Math.floor(random() * most)
const pick = (all) => all[below(all.length)]
const hex = (size) => Array.from({ length: size }, () => below(256).toString(16).padStart(2, '0')).join('')
const address = () => `0x${hex(20)}`
const amount = (bits = 120) => BigInt(`0x${hex(16)}`) >> BigInt(128 - 1 - below(bits))
const text = (value) => value.toString()

function recipient() {
  const custom = address()
  return pick([[SENDER, ''], [ITSELF, router], [custom, custom]])
}

// --- single commands ------------------------------------------------------------------------------

const swap = (protocol, path, give, limit, exact_in, more = {}) =>
  ({ action: 'swap', protocol, path, amount: give, limit, exact_in, ...more })

function pairs(plan, version) {
  const [to, told] = recipient()
  const path = Array.from({ length: 2 + below(3) }, address)
  const [give, limit, exactIn] = [amount(), amount(), random() < 0.5]
  const type = exactIn ? CommandType.V2_SWAP_EXACT_IN : CommandType.V2_SWAP_EXACT_OUT
  const prices = version === UniversalRouterVersion.V2_0 ? [] : [path.slice(1).map(() => amount())]
  plan.addCommand(type, [to, give, limit, path, true, ...prices], false, version)
  return [swap('uniswap_v2', path, give, limit, exactIn, { recipient: told })]
}

function ranges(plan, version) {
  const [to, told] = recipient()
  const tokens = Array.from({ length: 2 + below(3) }, address)
  const fees = tokens.slice(1).map(() => pick([100, 500, 3000, 10000]))
  const [give, limit, exactIn] = [amount(), amount(), random() < 0.5]
  // What is got comes first in a path of an exact output.
  const [along, paid] = exactIn ? [tokens, fees] : [tokens.toReversed(), fees.toReversed()]
  const packed = along.map((each, at) => each.slice(2) + (paid[at]?.toString(16).padStart(6, '0') ?? '')).join('')
  const type = exactIn ? CommandType.V3_SWAP_EXACT_IN : CommandType.V3_SWAP_EXACT_OUT
  const prices = version === UniversalRouterVersion.V2_0 ? [] : [fees.map(() => amount())]
  plan.addCommand(type, [to, give, limit, `0x${packed}`, false, ...prices], false, version)
  return [swap('uniswap_v3', tokens, give, limit, exactIn, { recipient: told, fees })]
}

function managed(plan, version) {
  const named = version === UniversalRouterVersion.V2_0 ? URVersion.V2_0 : URVersion.V2_1_1
  const newer = named !== URVersion.V2_0
  const inner = new V4Planner()
  const told = []
  const [currency0, currency1] = [address(), address()].sort()
  const hooks = random() < 0.3 ? address() : NATIVE
  const poolKey = { currency0, currency1, fee: 3000, tickSpacing: 60, hooks }
  const zeroForOne = random() < 0.5
  const exactIn = random() < 0.5
  const [give, limit] = [amount(), amount()]
  const single = { poolKey, zeroForOne, ...(newer && { minHopPriceX36: amount() }), hookData: `0x${hex(below(40))}` }
  const ends = exactIn
    ? { amountIn: give, amountOutMinimum: limit }
    : { amountOut: give, amountInMaximum: limit }
  const action = exactIn ? Actions.SWAP_EXACT_IN_SINGLE : Actions.SWAP_EXACT_OUT_SINGLE
  inner.addAction(action, [{ ...single, ...ends }], named)
  const both = zeroForOne ? [currency0, currency1] : [currency1, currency0]
  told.push(swap('uniswap_v4', both, give, limit, exactIn, { fees: [3000], hooks: [hooks] }))
  const path = Array.from({ length: 2 + below(3) }, address)
  const between = exactIn ? path.slice(1) : path.slice(0, -1)
  const hops = between.map((each) =>
    ({ intermediateCurrency: each, fee: 500, tickSpacing: 10, hooks: NATIVE, hookData: '0x' }))
  const end = exactIn ? { currencyIn: path[0] } : { currencyOut: path.at(-1) }
  const prices = newer ? { minHopPriceX36: hops.map(() => amount()) } : {}
  inner.addAction(exactIn ? Actions.SWAP_EXACT_IN : Actions.SWAP_EXACT_OUT, [{ ...end, path: hops, ...prices, ...ends }], named)
  const along = { fees: hops.map(() => 500), hooks: hops.map(() => NATIVE) }
  told.push(swap('uniswap_v4', path, give, limit, exactIn, along))
  inner.addAction(Actions.SETTLE_ALL, [path[0], give])
  told.push({ action: 'note', what: 'settle', contract: path[0] })
  const [to, whose] = recipient()
  inner.addAction(Actions.TAKE, [path.at(-1), to, limit])
  told.push({ action: 'transfer', token: path.at(-1), recipient: whose, amount: limit })
  inner.addAction(Actions.TAKE_PORTION, [path.at(-1), to, 25])
  told.push({ action: 'transfer', token: path.at(-1), recipient: whose, portion_bps: 25 })
  plan.addCommand(CommandType.V4_SWAP, [inner.finalize()], false, version)
  return told
}

function payments(plan) {
  const [to, told] = recipient()
  const [token, much, sender] = [address(), amount(), address()]
  const moved = { action: 'transfer', token, recipient: told }
  const [type, parameters, row] = pick([
    [CommandType.WRAP_ETH, [to, much], { action: 'wrap', wrap: true, amount: much, recipient: told }],
    [CommandType.UNWRAP_WETH, [to, much], { action: 'wrap', wrap: false, least: much, recipient: told }],
    [CommandType.SWEEP, [token, to, much], { ...moved, least: much }],
    [CommandType.TRANSFER, [token, to, much], { ...moved, amount: much }],
    [CommandType.PAY_PORTION, [token, to, 30], { ...moved, portion_bps: 30 }],
    [CommandType.PERMIT2_TRANSFER_FROM, [token, to, much], { ...moved, amount: much }],
    [CommandType.PERMIT2_TRANSFER_FROM_BATCH, [[{ from: sender, to, amount: much, token }]], { ...moved, sender, amount: much }],
    [CommandType.BALANCE_CHECK_ERC20, [sender, token, much], { action: 'note', what: 'a balance is no less', contract: token, number: much }],
  ])
  plan.addCommand(type, parameters)
  return [row]
}

function permitted(plan) {
  const many = random() < 0.5
  const details = Array.from({ length: many ? 1 + below(3) : 1 }, () =>
    ({ token: address(), amount: amount(), expiration: 1_900_000_000 + below(9999), nonce: below(99) }))
  const spender = address()
  const permit = { details: many ? details : details[0], spender, sigDeadline: 1_900_000_000 }
  const type = many ? CommandType.PERMIT2_PERMIT_BATCH : CommandType.PERMIT2_PERMIT
  plan.addCommand(type, [permit, `0x${hex(65)}`])
  return details.map((each) => ({
    action: 'allowance', token: each.token, spender, amount: each.amount, permitted: true, by: 'permit2', deadline: each.expiration,
  }))
}

function planned() {
  const version = pick([UniversalRouterVersion.V2_0, UniversalRouterVersion.V2_1_1])
  const plan = new RoutePlanner()
  const actions = []
  const kinds = [pairs, ranges, managed, payments, permitted]
  for (let left = 1 + below(5); left > 0; left -= 1) actions.push(...pick(kinds)(plan, version))
  if (random() < 0.3) {
    const inner = new RoutePlanner()
    actions.push(...payments(inner))
    plan.addSubPlan(inner) // the one that may fail
  }
  const words = [plan.commands, plan.inputs, 1_900_000_000]
  return { data: SwapRouter.INTERFACE.encodeFunctionData('execute(bytes,bytes[],uint256)', words), actions }
}

// --- whole trades, as a page of Uniswap's would send them -----------------------------------------

async function traded() {
  const wrapped = new Token(1, '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2', 18)
  const other = new Token(1, address(), 6)
  const [nativeIn, exactIn, paired] = [random() < 0.5, random() < 0.5, random() < 0.5]
  const from = nativeIn ? Ether.onChain(1) : wrapped
  const units = (token, value) => CurrencyAmount.fromRawAmount(token, text(value))
  const [give, get] = [10n ** 18n + amount(50), 3_000_000_000n + amount(20)]
  const pair = new v2.Pair(units(wrapped, 10n ** 21n), units(other, 10n ** 13n))
  // The kit computes itself what a pair gives, and takes of a pool of ranges what it is told.
  let [inputAmount, outputAmount] = [units(from, give), units(other, get)]
  if (paired && exactIn) outputAmount = pair.getOutputAmount(inputAmount.wrapped)[0]
  if (paired && !exactIn) inputAmount = units(from, BigInt(text(pair.getInputAmount(outputAmount)[0].quotient)))
  const pool = new v3.Pool(wrapped, other, 500, v3.encodeSqrtRatioX96(1, 1), 10 ** 15, 0)
  const trade = new Trade({
    v2Routes: paired ? [{ routev2: new v2.Route([pair], from, other), inputAmount, outputAmount }] : [],
    v3Routes: paired ? [] : [{ routev3: new v3.Route([pool], from, other), inputAmount, outputAmount }],
    tradeType: exactIn ? TradeType.EXACT_INPUT : TradeType.EXACT_OUTPUT,
  })
  const slippageTolerance = new Percent(50, 10_000)
  const to = address()
  const { calldata, value } = SwapRouter.swapCallParameters(trade, {
    slippageTolerance, recipient: to, deadlineOrPreviousBlockhash: 1_900_000_000,
  })
  const limit = exactIn ? trade.minimumAmountOut(slippageTolerance) : trade.maximumAmountIn(slippageTolerance)
  const path = [wrapped.address.toLowerCase(), other.address.toLowerCase()]
  const words = [path, exactIn ? give : get, BigInt(text(limit.quotient)), exactIn]
  const made = swap(paired ? 'uniswap_v2' : 'uniswap_v3', ...words)
  return { data: calldata, swap: made, recipient: to, value: text(BigInt(value)), native: nativeIn }
}

// --- Permit2 --------------------------------------------------------------------------------------

const hashed = (permit) => AllowanceTransfer.hash(permit, permit2Address(1337), 1337)

const lines = []
for (let turn = 0; turn < count; turn += 1) lines.push(planned())
const trades = []
for (let turn = 0; turn < count / 5; turn += 1) trades.push(await traded())
const whole = (_, value) => (typeof value === 'bigint' ? text(value) : value)
process.stdout.write(JSON.stringify({ lines, trades, hashes: permits.map(hashed), permit2: permit2Address(1337) }, whole))
